"""Write beside, then replace: no reader ever sees half a file. Standard library only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from workbench.spec.errors import WorkbenchError


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A binary file to write; it takes the place of `path` when the block ends well, else it is gone.

    Raises `WorkbenchError` CANNOT_WRITE when the folder or the disk refuses.
    """
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        beside = Path(name)
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.chmod(0o666 & ~umask())
        beside.replace(path)
        beside = None
    except OSError as err:
        reason = err.strerror or str(err)
        raise WorkbenchError("CANNOT_WRITE", f"This cannot be written: {reason}.", where=str(path)) from err
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file at once. Raises `WorkbenchError` CANNOT_WRITE."""
    with replacing(path) as out:
        out.write(content)


def write_text(path: Path, text: str) -> None:
    """Write a whole text file at once, as UTF-8. Raises `WorkbenchError` CANNOT_WRITE."""
    write_bytes(path, text.encode())


def umask() -> int:
    """The mode bits the user's new files are without: what `tempfile` makes is private, what was asked for is not."""
    value = os.umask(0)
    os.umask(value)
    return value
