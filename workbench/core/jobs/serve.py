"""The verb about the local target itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def serve(host: str, port: int, root: Path, on_ready: Callable[[str], None]) -> None:
    """Run the local target until it is told to stop."""
    from workbench.core.serve.run import serve as run

    run(host, port, root, on_ready)
