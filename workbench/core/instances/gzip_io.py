"""Opens files that may be gzipped and yields their decompressed content."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import IO, Final, cast

GZIP: Final = b"\x1f\x8b"
"""How every gzip file begins (RFC 1952)."""

HEAD: Final = 64
"""Bytes that tell what a file is."""

READ_ERRORS: Final = (OSError, EOFError, zlib.error)
"""What reading raises on files that are unreadable, cut off or damaged (`gzip.BadGzipFile` is an OSError)."""


def opened(path: str | Path) -> IO[bytes]:
    """The file's content for reading, unpacked where it is gzipped. Raises `READ_ERRORS`, while it is read too."""
    file = open(path, "rb")  # noqa: SIM115 - the caller closes what it is given.
    packed = file.peek(2)[:2] == GZIP
    if not packed:
        return file
    file.close()
    return cast(IO[bytes], gzip.open(path, "rb"))


def reason(error: BaseException) -> str:
    """Short description of one of `READ_ERRORS`."""
    if isinstance(error, EOFError):
        return "it is cut off"
    return str(getattr(error, "strerror", None) or error)
