"""A push in a process of its own that kills itself at one line of its journal.

`pushing_child.py URL KIND FOLDER EXPORT MODEL DEFAULT AT`: AT is `STEP` for right after that line was written,
`STEP-` for right before, `none` for not at all.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from deploying import clouds, push

from workbench.core.deploy.state import PushEntry, PushJournal
from workbench.core.progress import silent


def main(url: str, kind: str, folder: str, export: str, model: str, default: str, at: str) -> None:
    """Push, and die where it was said."""
    write, forget = PushJournal.write, PushJournal.forget

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)

    def writing(self: PushJournal, entry: PushEntry) -> None:
        word = "operation" if entry.operation and entry.step == "creating" else entry.step
        if at == f"{word}-":
            kill()
        write(self, entry)
        if at == word:
            kill()

    def forgetting(self: PushJournal) -> None:
        if at == "end":
            kill()
        forget(self)

    PushJournal.write, PushJournal.forget = writing, forgetting  # type: ignore[method-assign]
    push(Path(export), clouds(url, Path(folder))[kind], model=model, default=default == "default", report=silent)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
