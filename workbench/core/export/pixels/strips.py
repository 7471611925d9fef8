"""Processes an image in strips, so that only one strip at a time is held as floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from workbench.core.lazy import tensorflow

Tensor = Any

STRIP_SAMPLES: Final = 1 << 19
"""Samples (pixels times channels) of a strip: with its floats and products it stays in a core's cache.

The fastest power of two from 2^15 to 2^20 on photographs of 0.8 and 12 megapixels.
"""

PARALLEL_STRIPS: Final = 2
"""Strips of one image processed at once: a single request then uses two cores, for the memory of two strips."""


class Strips(NamedTuple):
    """`lines` in `count` strips of `height` lines; the last one ends with the image and may overlap the one before."""

    lines: Tensor
    count: Tensor
    height: Tensor

    def start(self, number: Tensor) -> Tensor:
        """The first line of a strip."""
        return tensorflow().minimum(number * self.height, self.lines - self.height)

    def place(self, line: Tensor) -> Tensor:
        """The index of an image line among the lines of all strips, concatenated."""
        tf = tensorflow()
        whole = (self.count - 1) * self.height
        overlap = self.count * self.height - self.lines
        return line + tf.where(line >= whole, overlap, tf.zeros_like(overlap))


def strips(lines: Tensor, samples: Tensor) -> Strips:
    """Divide `lines` of `samples` samples each into strips; both are int32 scalars."""
    tf = tensorflow()
    height = tf.minimum(tf.maximum(STRIP_SAMPLES // samples, 1), lines)
    return Strips(lines, -(-lines // height), height)


def in_strips(made: Strips, work: Callable[[Tensor], Tensor], dtype: Any, shape: list[int | None]) -> Tensor:
    """`work(first line)` of every strip, stacked: `(count, *shape)`."""
    tf = tensorflow()
    spec = tf.TensorSpec(shape, dtype)
    numbers = tf.range(made.count)

    def one(number: Tensor) -> Tensor:
        return work(made.start(number))

    return tf.map_fn(one, numbers, fn_output_signature=spec, parallel_iterations=PARALLEL_STRIPS)


def pointwise(image: Tensor, work: Callable[[Tensor], Tensor], channels: int) -> Tensor:
    """`work` on each pixel of a uint8 image `(h, w, c)`, as uint8 `(h, w, channels)`.

    `work` maps float32 pixel values (0-255), `(..., c)` to `(..., channels)`; the values are integers.
    """
    tf = tensorflow()
    shape = tf.shape(image)
    made = strips(shape[0], shape[1] * image.shape[2])

    def strip(start: Tensor) -> Tensor:
        pixels = tf.cast(image[start : start + made.height], tf.float32)
        return tf.cast(work(pixels), tf.uint8)

    stacked = in_strips(made, strip, tf.uint8, [None, None, channels])
    lines = tf.reshape(stacked, [made.count * made.height, shape[1], channels])
    return tf.gather(lines, made.place(tf.range(shape[0])))
