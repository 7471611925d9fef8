"""Arrays in `.npy` and `.npz` files, read row by row; pickles, which could run code, are rejected unread.

numpy's bytes dtype `S` pads each element with NULs to the longest and removes all NULs at the end on reading: a JPEG
ends in FF D9 and is restored completely, other data may not be.
"""

from __future__ import annotations

import lzma
import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.instances.gzip_io import MAX_EXPANSION, SMALL
from workbench.core.instances.image_instances import MAX_IMAGE
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.files import open_regular, require_regular

ERRORS: Final = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError),
    *(SyntaxError, tokenize.TokenError, zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError),
)
"""Exceptions of numpy and zipfile for damaged, compressed or encrypted files; numpy parses a header as Python
source."""

MAX_WHOLE: Final = 1 << 30
"""Largest array, in bytes, that may be loaded as a whole; necessary if it is stored column by column."""

_KINDS: Final = "biufSU"
"""numpy's kinds of bools, numbers, bytes and texts."""


class ArrayHeader(msgspec.Struct, frozen=True):
    """One array of a file, by its header; the first axis of `shape` is the instances.

    `member` is its entry in an `.npz`, `begin` the offset of its elements in bytes.
    """

    path: str
    member: str
    dtype: Any
    shape: tuple[int, ...]
    begin: int
    by_columns: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the elements are bytes or texts."""
        return self.dtype.kind in "SU"


def arrays_of(path: str, kind: str) -> dict[str, ArrayHeader]:
    """The arrays of a file by name; that of an `.npy` has the name "".

    Raises `WorkbenchError` PICKLED for arrays of Python objects, BAD_ARRAY for an array that is not a list of
    instances, NOT_NUMPY for a file that is neither `.npy` nor `.npz`.
    """
    try:
        found = {"": _npy(path)} if kind == "npy" else _npz(path)
    except ERRORS as err:
        raise WorkbenchError("NOT_NUMPY", f"This is not a complete {kind} file: {_brief(err)}.", where=path) from err
    if not found:
        raise WorkbenchError("NOT_NUMPY", "The file contains no array.", where=path)
    for name, stored in found.items():
        _check(name, stored)
    return found


def _npy(path: str) -> ArrayHeader:
    with open_regular(path) as file:
        return _header(path, "", file, os.fstat(file.fileno()).st_size)


def _npz(path: str) -> dict[str, ArrayHeader]:
    found = {}
    require_regular(Path(path))
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                found[entry.filename.removesuffix(".npy")] = _header(path, entry.filename, file, entry.file_size)
    return found


def _header(path: str, member: str, file: IO[bytes], size: int) -> ArrayHeader:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, by_columns, dtype = read(file)
    stored = ArrayHeader(path, member, dtype, tuple(shape), file.tell(), bool(by_columns) and len(shape) > 1)
    # The header does not state the length of a pickle; negative sizes are rejected with the array's name.
    if not dtype.hasobject and min(shape, default=0) >= 0 and size - stored.begin < dtype.itemsize * math.prod(shape):
        raise EOFError("it is truncated")
    return stored


def _check(name: str, stored: ArrayHeader) -> None:
    called = f"The array '{name}'" if name else "The array"
    if stored.dtype.hasobject:
        hint = "Save bytes with .astype(bytes), such as np.save(file, np.array(images).astype(bytes))."
        text = f"{called} contains pickled Python objects, which could run code: it is not read."
        raise WorkbenchError("PICKLED", text, where=stored.path, hint=hint)
    if stored.dtype.kind not in _KINDS:
        text = f"{called} has the dtype {stored.dtype}, which signatures do not support."
        raise WorkbenchError("BAD_ARRAY", text, where=stored.path)
    if not stored.shape or min(stored.shape) < 0:
        text = f"{called} has the shape {list(stored.shape)}; the first dimension must be the number of instances."
        raise WorkbenchError("BAD_ARRAY", text, where=stored.path)
    if _row_bytes(stored) > MAX_IMAGE:
        raise WorkbenchError("TOO_LARGE", f"One instance of {called.lower()} is over 256 MB.", where=stored.path)


def _row_bytes(stored: ArrayHeader) -> int:
    return int(stored.dtype.itemsize) * math.prod(stored.shape[1:])


def rows_of(stored: ArrayHeader) -> Iterator[Any]:
    """The instances' values in order: bytes and texts as Python objects (in lists above rank 1), numbers as arrays.

    If the file is truncated or damaged, the last item is an `ErrorInfo`.
    """
    try:
        if stored.shape[0] == 0:
            return
        for row in _mapped(stored) if not stored.member else _unzipped(stored):
            yield row.tolist() if stored.is_text or row.ndim == 0 else row
    except ERRORS as err:
        yield ErrorInfo("BAD_ARRAY", f"The file is damaged from here on: {_brief(err)}.")


def _mapped(stored: ArrayHeader) -> Iterator[npt.NDArray[Any]]:
    whole = np.load(stored.path, mmap_mode="r", allow_pickle=False)
    for place in range(len(whole)):
        # A copy: a row must neither change nor keep the memory map open once it has been returned.
        yield np.array(whole[place])


def _unzipped(stored: ArrayHeader) -> Iterator[npt.NDArray[Any]]:
    if stored.by_columns:
        # Stored column by column, the first instance ends at the end of the array: all of it must be in memory.
        _refuse_large(stored)
        with np.load(stored.path, allow_pickle=False) as archive:
            yield from np.asarray(archive[stored.member.removesuffix(".npy")])
        return
    size = _row_bytes(stored)
    with zipfile.ZipFile(stored.path) as archive, archive.open(stored.member) as file:
        file.seek(stored.begin)
        for _ in range(stored.shape[0]):
            data = file.read(size)
            if len(data) < size:
                raise EOFError("it is truncated")
            yield np.frombuffer(data, stored.dtype, math.prod(stored.shape[1:])).reshape(stored.shape[1:])


def _refuse_large(stored: ArrayHeader) -> None:
    with zipfile.ZipFile(stored.path) as archive:
        packed = archive.getinfo(stored.member).compress_size
    most = min(MAX_WHOLE, max(SMALL, packed * MAX_EXPANSION))
    size = int(stored.dtype.itemsize) * math.prod(stored.shape)
    if size > most:
        hint = "save it row by row: np.ascontiguousarray(array)"
        raise ValueError(f"the array is stored by columns and unpacks to {size:,} bytes, at most {most:,}; {hint}")


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else f"{text[:197]}..."
