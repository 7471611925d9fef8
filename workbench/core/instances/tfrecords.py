"""TFRecord files, plain or gzipped, record by record.

TensorFlow's own reader is not used: TF 2.21 kills the process on a record that claims 2**60 bytes, and treats a file
truncated within a record's header, or within gzip, as one that ends there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Final

import google_crc32c

from workbench.core.instances.gzip_io import READ_ERRORS, longest, opened, reason
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.files import open_regular

MAX_RECORD: Final = 1 << 30
"""Largest record in bytes; a longer one is not an instance."""

_HEADER: Final = struct.Struct("<QI")
_FOOTER: Final = struct.Struct("<I")
_DELTA: Final = 0xA282EAD8
"""The mask of `tensorflow/core/lib/hash/crc32c.h`."""


def read_records(path: str) -> Iterator[tuple[int, bytes | ErrorInfo]]:
    """Each record with its number, counted from 1; if the file is damaged, the last item is an error."""
    number = 0
    try:
        with ExitStack() as stack:
            file = stack.enter_context(_opened(path))
            most = longest(path, MAX_RECORD)
            while (data := _read_one(file, most)) is not None:
                number += 1
                yield number, data
    except READ_ERRORS as err:
        yield number + 1, _damaged(reason(err))
    except _DamagedError as err:
        yield number + 1, _damaged(str(err))


def check_records(path: str) -> None:
    """Raise `WorkbenchError` CANNOT_READ or NOT_TFRECORD for a file that does not begin with a record."""
    try:
        with _opened(path) as file:
            head = file.read(_HEADER.size)
    except READ_ERRORS as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {reason(err)}.", where=path) from err
    if head and not starts_a_record(head):
        hint = "Write TFRecord files with tf.io.TFRecordWriter, plain or with GZIP, or with `workbench prepare`."
        raise WorkbenchError("NOT_TFRECORD", "This is not a TFRecord file.", where=path, hint=hint)


def starts_a_record(head: bytes) -> bool:
    """Whether the first bytes are a record's length with its checksum."""
    if len(head) < _HEADER.size:
        return False
    _, checksum = _HEADER.unpack_from(head)
    return bool(masked_crc(head[:8]) == checksum)


def record_of(parts: Sequence[bytes]) -> tuple[bytes, ...]:
    """A record as pieces: its length and its data (`parts` joined), each with its checksum."""
    length = struct.pack("<Q", sum(map(len, parts)))
    crc = 0
    for part in parts:
        crc = google_crc32c.extend(crc, part)
    return (length, _FOOTER.pack(masked_crc(length)), *parts, _FOOTER.pack(_masked(crc)))


def unframed(record: bytes) -> bytes:
    """The data of one whole record."""
    return record[_HEADER.size : -_FOOTER.size]


def masked_crc(data: bytes) -> int:
    """The checksum that TFRecord stores with each length and each record."""
    return _masked(int(google_crc32c.value(data)))


def _masked(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + _DELTA) & 0xFFFFFFFF


class _DamagedError(Exception):
    """Describes the damage of a record."""


def _opened(path: str) -> IO[bytes]:
    with open_regular(path) as file:
        plain = starts_a_record(file.read(_HEADER.size))
    # A record of 559,903 bytes begins like gzip; its checksum distinguishes them.
    return open_regular(path) if plain else opened(path)


def _read_one(file: IO[bytes], most: int) -> bytes | None:
    head = file.read(_HEADER.size)
    if not head:
        return None
    if len(head) < _HEADER.size:
        raise _DamagedError("it is truncated")
    size, _ = _HEADER.unpack(head)
    if not starts_a_record(head):
        raise _DamagedError("the checksum of its length is wrong")
    if size > most:
        raise _DamagedError(f"it is said to have {size:,} bytes, and may have {most:,} by what is stored")
    data, foot = file.read(size), file.read(_FOOTER.size)
    if len(data) < size or len(foot) < _FOOTER.size:
        raise _DamagedError("it is truncated")
    if _FOOTER.unpack(foot)[0] != masked_crc(data):
        raise _DamagedError("its checksum is wrong")
    return data


def _damaged(why: str) -> ErrorInfo:
    hint = "The records before it are intact; write the file again."
    return ErrorInfo("BAD_TFRECORD", f"The record is damaged: {why}.", hint=hint)
