"""The verb about the local target itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def serve(
    host: str, port: int, root: Path, on_ready: Callable[[str], None], *, faults: str = "", seed: int | None = None
) -> None:
    """Run the local target until it is told to stop. `faults`: rules by which it fails, a file or JSON text."""
    from workbench.core.serve.faults import read_faults
    from workbench.core.serve.run import serve as run

    run(host, port, root, on_ready, faults=read_faults(faults, seed) if faults else None)
