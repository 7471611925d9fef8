"""Finds a chunk of a PNG by name, at any position."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.exif import unsigned
from workbench.core.export.pixels.file_bytes import octets, part
from workbench.core.lazy import tensorflow

Tensor = Any

MAX_CHUNKS: Final = 1_000_000
"""Maximum number of chunks read; at 8192 bytes each, as libpng writes them, a file of 8 GB."""

CHUNK_BYTES: Final = 12
"""Bytes of a chunk beside its body: length, name and checksum."""


class _ChunkWalk(NamedTuple):
    """State of the walk: position (-1: done), whether the chunk was found, its body, steps taken."""

    place: Tensor
    found: Tensor
    body: Tensor
    steps: Tensor


def first_chunk(encoded: Tensor, name: bytes) -> tuple[Tensor, Tensor]:
    """Whether a PNG has a chunk of that name, and the body of the first one; empty if it has none."""
    tf = tensorflow()
    _, found, body, _ = tf.while_loop(
        lambda place, found, body, steps: tf.logical_and(place >= 0, steps < MAX_CHUNKS),
        lambda *now: _step(encoded, name, _ChunkWalk(*now)),
        _ChunkWalk(tf.constant(8), tf.constant(False), tf.constant(b""), tf.constant(0)),
        parallel_iterations=1,
    )
    return found, body


def _step(encoded: Tensor, wanted: bytes, now: _ChunkWalk) -> _ChunkWalk:
    tf = tensorflow()
    total = tf.cast(tf.strings.length(encoded), tf.int64)
    size = unsigned(octets(encoded, now.place, 4), tf.constant(False))
    name = part(encoded, now.place + 4, 4)
    after = tf.cast(now.place, tf.int64) + CHUNK_BYTES + size
    ours = tf.equal(name, tf.constant(wanted))
    length = tf.where(ours, tf.cast(tf.minimum(size, total), tf.int32), 0)
    ends = tf.logical_or(tf.logical_or(ours, tf.equal(name, tf.constant(b"IEND"))), after >= total)
    body = part(encoded, now.place + 8, length)
    return _ChunkWalk(tf.cast(tf.where(ends, tf.constant(-1, tf.int64), after), tf.int32), ours, body, now.steps + 1)
