"""Reads selected fields of a large protobuf file and skips the others without loading them.

The wire format: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, NamedTuple, Optional

from google.protobuf.message import DecodeError

from workbench.core.varint import varint

Keep = Mapping[int, Optional["Keep"]]
"""The selected fields of a message: by number the selected fields of a submessage, or `None` for the whole field."""

SMALL: Final = 4096
"""Fields up to this many bytes are copied unchanged, which is cheaper than parsing them."""

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


class WireField(NamedTuple):
    """A length-delimited field: its number, where its tag begins, where its content starts and ends (byte offsets)."""

    number: int
    begin: int
    start: int
    end: int


def wanted(file: BinaryIO, size: int, keep: Keep) -> bytes:
    """A message of `size` bytes without the large fields that `keep` does not name.

    The result can be parsed like the whole message. Raises `DecodeError` for malformed data.
    """
    return b"".join(_wanted(file, part, keep[part.number]) for part in _parts(file, 0, size) if part.number in keep)


def _wanted(file: BinaryIO, part: WireField, keep: Keep | None) -> bytes:
    if keep is None or part.end - part.start <= SMALL:
        file.seek(part.begin)
        return file.read(part.end - part.begin)
    inner = [_wanted(file, one, keep[one.number]) for one in _parts(file, part.start, part.end) if one.number in keep]
    content = b"".join(inner)
    return varint(part.number << 3 | _LENGTH) + varint(len(content)) + content


def _parts(file: BinaryIO, start: int, end: int) -> Iterator[WireField]:
    """The length-delimited fields between two offsets; numbers are skipped."""
    place = start
    while place < end:
        begin = place
        file.seek(place)
        tag, place = _read_varint(file, place)
        kind = tag & 7
        if kind == _LENGTH:
            length, place = _read_varint(file, place)
            if place + length > end:
                raise DecodeError("a field is longer than what holds it")
            yield WireField(tag >> 3, begin, place, place + length)
            place += length
        elif kind == _VARINT:
            _, place = _read_varint(file, place)
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        else:
            raise DecodeError("a field of an unknown kind")
    if place != end:
        raise DecodeError("a field is longer than what holds it")


def _read_varint(file: BinaryIO, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value, place + shift // 7 + 1
    raise DecodeError("a number does not end")
