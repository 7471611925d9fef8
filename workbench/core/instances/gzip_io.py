"""Opens files that may be gzipped and yields their decompressed content."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import IO, Final, cast

from workbench.spec.files import open_regular

GZIP: Final = b"\x1f\x8b"
"""How every gzip file begins (RFC 1952)."""

HEAD: Final = 64
"""Bytes that tell what a file is."""

READ_ERRORS: Final = (OSError, EOFError, zlib.error)
"""What reading raises on files that are unreadable, cut off or damaged (`gzip.BadGzipFile` is an OSError)."""


SMALL: Final = 64 * 1024 * 1024
"""Bytes that anything may unpack to: they harm nobody."""

MAX_EXPANSION: Final = 100
"""Unpacked bytes for one packed byte beyond that. Pictures hardly pack, numbers as text about five times."""


def longest(path: str | Path, most: int) -> int:
    """The most bytes that one line or record of a file may have, `most` at the outside: by what is really stored.

    Raises `OSError`.
    """
    with open_regular(path) as file:
        stored, packed = os.fstat(file.fileno()).st_size, file.read(2) == GZIP
    return min(most, max(SMALL, stored * MAX_EXPANSION) if packed else stored)


def opened(path: str | Path) -> IO[bytes]:
    """The file's content for reading, unpacked where it is gzipped. Raises `READ_ERRORS`, while it is read too."""
    file = open_regular(path)  # The caller closes what it is given.
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
