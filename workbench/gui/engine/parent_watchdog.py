"""`python -m workbench.gui.engine.parent_watchdog COMMAND...`: a command that ends with the window that started it.

The command runs in this very process; a thread waits for the end of stdin, which comes however the window ends -
also by a crash, after which nobody else would stop a server. Standard library only.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

PATIENCE: Final = 5.0
"""Seconds between asking the command to end and ending it."""


def main(arguments: list[str]) -> None:
    """Run the command line `arguments` until it ends or the parent does."""
    threading.Thread(target=_wait_for_the_end, name="tie", daemon=True).start()
    sys.argv = ["workbench", *arguments]
    runpy.run_module("workbench", run_name="__main__", alter_sys=True)


def _wait_for_the_end() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
