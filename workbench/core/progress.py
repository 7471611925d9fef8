"""Progress reporting and cancellation: a callable that the caller passes in."""

from __future__ import annotations

from collections.abc import Callable

from workbench.spec.model import Progress

Report = Callable[[Progress], None]
"""Called between steps; raises `CancelledError` to stop the work."""


def silent(progress: Progress) -> None:
    """Default `Report`: does nothing."""
