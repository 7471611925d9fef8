"""Opens files that may be gzipped and yields their decompressed content."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import IO, Final, cast

from workbench.spec.files import open_regular

GZIP: Final = b"\x1f\x8b"
"""The first bytes of every gzip file (RFC 1952)."""

HEAD: Final = 64
"""Bytes that are enough to identify a file."""

READ_ERRORS: Final = (OSError, EOFError, zlib.error)
"""Exceptions for files that are unreadable, truncated or damaged (`gzip.BadGzipFile` is an OSError)."""


SMALL: Final = 64 * 1024 * 1024
"""Bytes that any file may decompress to: so many are harmless."""

MAX_EXPANSION: Final = 100
"""Decompressed bytes per compressed byte beyond that. Images hardly compress, numbers as text about fivefold."""


def longest(path: str | Path, most: int) -> int:
    """Upper bound of the bytes of one line or record of a file: at most `most`, and limited by the size of the file.

    Raises `OSError`.
    """
    with open_regular(path) as file:
        stored, packed = os.fstat(file.fileno()).st_size, file.read(2) == GZIP
    return min(most, max(SMALL, stored * MAX_EXPANSION) if packed else stored)


def opened(path: str | Path) -> IO[bytes]:
    """The file's content for reading, decompressed if it is gzipped. Raises `READ_ERRORS`, also while it is read."""
    file = open_regular(path)  # The caller closes it.
    packed = file.read(2) == GZIP
    file.seek(0)
    if not packed:
        return file
    file.close()
    return cast(IO[bytes], gzip.open(path, "rb"))


def reason(error: BaseException) -> str:
    """Short description of one of `READ_ERRORS`."""
    if isinstance(error, EOFError):
        return "it is truncated"
    return str(getattr(error, "strerror", None) or error)
