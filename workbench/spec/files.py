"""Read regular files only, within bounds; write beside, then replace, so that no reader ever sees half a file.

Standard library only.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from workbench.spec.errors import WorkbenchError
from workbench.spec.temporary import temporary_file

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def open_regular(path: str | Path) -> BinaryIO:
    """A regular file, links followed, open for reading.

    Raises `OSError` where there is none, and for a device, a pipe, a socket or a folder: reading one may never end.
    """
    # Without waiting: a pipe would hold the opening itself until somebody writes into it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _refuse_kind(os.fstat(handle).st_mode, path)
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def require_regular(path: Path) -> int:
    """The bytes of a regular file, unread. Raises `OSError` as `open_regular`."""
    told = path.stat()
    _refuse_kind(told.st_mode, path)
    return told.st_size


def _refuse_kind(mode: int, path: str | Path) -> None:
    if not stat.S_ISREG(mode):
        kind = next((word for is_one, word in _KINDS if is_one(mode)), "something else")
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))


def read_regular(path: Path, most: int) -> bytes:
    """A whole regular file. Raises `OSError` as `open_regular`, and for one of more than `most` bytes, unread."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(most + 1) if size <= most else b""
    if size > most or len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most:,} bytes", str(path))
    return content


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A binary file to write; it takes the place of `path` when the block ends well, else it is gone.

    Raises `WorkbenchError` CANNOT_WRITE when the folder or the disk refuses.
    """
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = temporary_file(path)
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
            # In its place before the lock goes with the descriptor: another run would take it for left over.
            beside.chmod(0o666 & ~umask())
            beside.replace(path)
            beside = None
    except OSError as err:
        reason = err.strerror or str(err)
        raise WorkbenchError("CANNOT_WRITE", f"The file cannot be written: {reason}.", where=str(path)) from err
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
