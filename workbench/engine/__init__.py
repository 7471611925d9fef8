"""Floor 2: `core.jobs` behind a process boundary, JSON lines on stdin and stdout."""

from workbench.engine.main import main

__all__ = ["main"]
