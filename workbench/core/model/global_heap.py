"""Checks the global heaps of an HDF5 file, which hold its texts of variable length, before the library reads one.

The library trusts the sizes inside a heap; with some damage to them it does not return. Layout: HDF5 File Format
Specification, "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from workbench.core.model.raw_model import broken

_HEADER: Final = struct.Struct("<4sB3xQ")
"""A heap's signature, version and whole size."""

_OBJECT: Final = struct.Struct("<HHIQ")
"""An object's index (0: free space), reference count, reserved bytes and size; then the object, padded to 8 bytes."""

_MARK: Final = b"GCOL\x01\0\0\0"

_BLOCK: Final = 8 << 20
"""Bytes of the file searched at once."""

_MAX_HEAP: Final = 256 << 20
"""Largest heap read, in bytes; HDF5 begins each with 4096 and enlarges it for larger values."""


def check_global_heaps(path: Path, where: str) -> None:
    """Raise `WorkbenchError` HDF5_BROKEN for a heap whose objects do not fill it exactly; reads the whole file once."""
    with path.open("rb") as file:
        for place in _heaps(file):
            if not _is_whole(file, place):
                raise broken(f"the global heap at byte {place} is damaged", where)


def _heaps(file: IO[bytes]) -> Iterator[int]:
    """The offset of every heap."""
    start, kept = 0, b""
    while block := file.read(_BLOCK):
        text = kept + block
        at = text.find(_MARK)
        while at >= 0:
            yield start + at
            file.seek(start + len(text))  # Whoever was given the place may have read elsewhere.
            at = text.find(_MARK, at + 1)
        kept = text[-len(_MARK) + 1 :]
        start += len(text) - len(kept)


def _is_whole(file: IO[bytes], place: int) -> bool:
    file.seek(place)
    header = file.read(_HEADER.size)
    size = _HEADER.unpack(header)[2] if len(header) == _HEADER.size else 0
    if not _HEADER.size <= size <= _MAX_HEAP:
        return False
    file.seek(place)
    heap = file.read(size)
    return len(heap) == size and _fills(heap)


def _fills(heap: bytes) -> bool:
    """Whether each object ends where the next begins, and the last one at the heap's end."""
    at = _HEADER.size
    while len(heap) - at >= _OBJECT.size:
        index, _, _, size = _OBJECT.unpack_from(heap, at)
        if index == 0:  # The size of free space includes its own header, and it is the last.
            return bool(size == len(heap) - at)
        at += _OBJECT.size + -(-size // 8) * 8
    return at <= len(heap)
