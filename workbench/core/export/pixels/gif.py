"""Whether the first picture of a GIF covers its screen (GIF89a specification, W3C).

Where it does not, or is transparent somewhere, decoders differ: Pillow and OpenCV fill the screen, each in its own way;
TensorFlow gives the picture without the screen, and transparent pixels that some of its releases leave undefined.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.file_bytes import octets
from workbench.core.lazy import tensorflow

Tensor = Any

MAX_BLOCKS: Final = 100_000
"""Maximum number of blocks read before the first picture: a profile or comment of 25 MB."""

HEADER_BYTES: Final = 13
EXTENSION, PICTURE, CONTROL = 0x21, 0x2C, 0xF9


class _BlockWalk(NamedTuple):
    """State of the walk: position, whether inside an extension, whether ended, the control block's flags, steps
    taken."""

    place: Tensor
    inside: Tensor
    done: Tensor
    flags: Tensor
    steps: Tensor


def has_gaps(encoded: Tensor) -> Tensor:
    """Whether the first picture has a transparent colour, or another size or place than the screen. For bytes that are
    not a GIF the value has no meaning."""
    tf = tensorflow()
    walk = _BlockWalk(_after_colours(encoded), *(tf.constant(no) for no in (False, False, 0, 0)))
    walk = _BlockWalk(
        *tf.while_loop(
            lambda *now: tf.logical_and(tf.logical_not(now[2]), now[4] < MAX_BLOCKS),
            lambda *now: _step(encoded, _BlockWalk(*now)),
            walk,
            parallel_iterations=1,
        )
    )
    screen = octets(encoded, tf.constant(6), 4)
    covered = tf.concat([tf.zeros([4], tf.int32), screen], 0)
    fits = tf.reduce_all(tf.equal(octets(encoded, walk.place + 1, 8), covered))
    return tf.logical_or(tf.equal(tf.bitwise.bitwise_and(walk.flags, 1), 1), tf.logical_not(fits))


def _after_colours(encoded: Tensor) -> Tensor:
    """Offset of the first block, after the header and the global colour table."""
    tf = tensorflow()
    packed = octets(encoded, tf.constant(10), 1)[0]
    table = tf.bitwise.left_shift(6, tf.bitwise.bitwise_and(packed, 7))
    return HEADER_BYTES + tf.where(packed >= 128, table, tf.zeros_like(table))


def _step(encoded: Tensor, now: _BlockWalk) -> _BlockWalk:
    """Move past an extension's start or one of its parts; an empty part ends it."""
    tf = tensorflow()
    head = octets(encoded, now.place, 4)
    begins = tf.logical_and(tf.logical_not(now.inside), tf.equal(head[0], EXTENSION))
    control = tf.logical_and(begins, tf.equal(head[1], CONTROL))
    after = tf.where(begins, now.place + 2, tf.where(now.inside, now.place + 1 + head[0], now.place))
    inside = tf.logical_or(begins, tf.logical_and(now.inside, head[0] > 0))
    done = tf.logical_not(tf.logical_or(begins, now.inside))
    return _BlockWalk(after, inside, done, tf.where(control, head[3], now.flags), now.steps + 1)
