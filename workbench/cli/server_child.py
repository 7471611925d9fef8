"""A local target as a child process for the length of a block: `demo` pushes to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workbench.spec.errors import OutsideError

_STOP_SECONDS: Final = 10.0


@contextmanager
def running_server(root: Path) -> Iterator[str]:
    """Start `workbench serve` on a free port; yields its URL, stops it at the end.

    Raises `OutsideError` SERVER_FAILED with what it said when it does not come up.
    """
    command = [sys.executable, "-m", "workbench", "serve", "--port", "0", "--root", str(root)]
    log = root.with_name(f"{root.name}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        if not url:
            said = log.read_text(errors="replace").strip()[-300:]
            raise OutsideError("SERVER_FAILED", f"The local target did not start: {said}", where=str(root))
        yield url
    finally:
        _stop(child)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout:
        child.stdout.close()
