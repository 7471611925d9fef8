"""The EXIF orientation of a JPEG or a PNG as `cv2.imread` uses it, read in the graph.

OpenCV reads the first EXIF record of a JPEG and the eXIf chunk of a PNG, wherever it is. The first orientation in a
record counts, as a 16-bit number regardless of its declared type; XMP is not read. One peculiarity is not reproduced:
OpenCV reads some of the entries before the orientation, and stops if their values are missing.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.exif import ORIENTATION, first_record, numbers, part, unsigned
from workbench.core.lazy import tensorflow

Tensor = Any

MAX_CHUNKS: Final = 1_000_000
"""Maximum number of PNG chunks that are read; at 8192 bytes each, as libpng writes them, they are a file of 8 GB."""

CHUNK_BYTES: Final = 12
"""Bytes of a PNG chunk beside its data: length, name and checksum."""


class _ChunkWalk(NamedTuple):
    """State of the walk: the current offset (-1: done), the record found, and the number of steps."""

    place: Tensor
    record: Tensor
    steps: Tensor


def jpeg_orientation(encoded: Tensor) -> Tensor:
    """1 to 8 for a JPEG's bytes; 1 if no orientation can be read. An int32 scalar."""
    return _orientation(first_record(encoded))


def png_orientation(encoded: Tensor) -> Tensor:
    """1 to 8 for a PNG's bytes; 1 if no orientation can be read. An int32 scalar."""
    tf = tensorflow()
    _, record, _ = tf.while_loop(
        lambda place, _, steps: tf.logical_and(place >= 0, steps < MAX_CHUNKS),
        lambda *now: _step(encoded, _ChunkWalk(*now)),
        _ChunkWalk(tf.constant(8), tf.constant(b""), tf.constant(0)),
        parallel_iterations=1,
    )
    return _orientation(record)


def _step(encoded: Tensor, now: _ChunkWalk) -> _ChunkWalk:
    tf = tensorflow()
    total = tf.cast(tf.strings.length(encoded), tf.int64)
    size = unsigned(numbers(part(encoded, now.place, 4), 4)[:4], tf.constant(False))
    name = part(encoded, now.place + 4, 4)
    after = tf.cast(now.place, tf.int64) + CHUNK_BYTES + size
    ours = tf.equal(name, tf.constant(b"eXIf"))
    body = tf.where(ours, tf.cast(tf.minimum(size, total), tf.int32), 0)
    ends = tf.logical_or(tf.logical_or(ours, tf.equal(name, tf.constant(b"IEND"))), after >= total)
    record = part(encoded, now.place + 8, body)
    return _ChunkWalk(tf.cast(tf.where(ends, tf.constant(-1, tf.int64), after), tf.int32), record, now.steps + 1)


def _orientation(record: Tensor) -> Tensor:
    """The first orientation in the first directory of a TIFF record; 1 if there is none from 1 to 8."""
    tf = tensorflow()
    length = tf.strings.length(record)
    data = numbers(record, 8)
    little = tf.equal(data[0], ord("I"))
    known = tf.logical_and(tf.logical_or(little, tf.equal(data[0], ord("M"))), length >= 8)
    known = tf.logical_and(known, tf.equal(unsigned(data[2:4], little), 42))
    start = tf.cast(tf.minimum(unsigned(data[4:8], little), tf.cast(length, tf.int64)), tf.int32)
    told = tf.cast(unsigned(data[start : start + 2], little), tf.int32)
    count = tf.where(known, tf.maximum(tf.minimum(told, (length - start - 2) // 12), 0), 0)
    entries = tf.reshape(data[start + 2 : start + 2 + 12 * count], [count, 12])
    ours = tf.boolean_mask(entries, tf.equal(unsigned(entries[:, :2], little), ORIENTATION))
    values = tf.concat([tf.cast(unsigned(ours[:, 8:10], little), tf.int32), [1]], 0)
    return tf.where(tf.logical_and(values[0] >= 1, values[0] <= 8), values[0], 1)
