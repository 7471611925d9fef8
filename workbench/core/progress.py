"""How the core tells of its progress, and how it is stopped: a callable it is given."""

from __future__ import annotations

from collections.abc import Callable

from workbench.spec.model import Progress

Report = Callable[[Progress], None]
"""Called between steps; raises `CancelledError` when the work should stop."""


def silent(progress: Progress) -> None:
    """A `Report` for callers that do not want to know."""
