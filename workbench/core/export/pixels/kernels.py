"""Pillow's resampling kernels and weights (`Resample.c`) as TensorFlow ops, in double as there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from workbench.core.lazy import tensorflow

PRECISION_BITS: Final = 22
"""Fractional bits of Pillow's fixed-point weights (`PRECISION_BITS` in Resample.c: 32 - 8 - 2)."""

HAMMING: Final = (0.5400000214576721, 0.46000000834465027)
"""Pillow writes `0.54f + 0.46f * cos(x)`: these are the two float32 constants as doubles."""

BLOCK: Final = 4
"""Output lines computed from one window of the source.

Larger blocks share more lines of their windows, smaller ones multiply fewer zeros; 4 was the fastest from 1024 and from
4000 pixels to 224.
"""

Tensor = Any
Weight = Callable[[Tensor], Tensor]


class ResizeAxis(NamedTuple):
    """One axis of a resize: `extent` pixels starting at `start`, of `length` in total, become `size`.

    Each is an int or an int32 scalar; with a `start` of 0, `extent` may be a float64 scalar. Taps reach over the box's
    edge into the image, as with Pillow's `box=`.
    """

    length: Tensor
    start: Tensor
    extent: Tensor
    size: Tensor

    @property
    def scale(self) -> Tensor:
        """Source pixels for one of the output, float64."""
        tf = tensorflow()
        extent = tf.convert_to_tensor(self.extent)
        if extent.dtype == tf.int32:
            return ratio(self.extent, self.size, tf.float64)
        # Pillow's box is of float32.
        single = tf.cast(tf.cast(extent, tf.float32), tf.float64)
        return single / tf.cast(self.size + tf.minimum(self.length, 0), tf.float64)


class WeightBlocks(NamedTuple):
    """The weights of one axis, for `BLOCK` output lines at a time.

    `lines` int32 `(n, span)` are the source lines of each block's window, `weights` float64 `(n, BLOCK, span)` integers
    in units of 2^-22. Source lines before `first` and from `end` on are not read.
    """

    lines: Tensor
    weights: Tensor
    first: Tensor
    end: Tensor
    size: Tensor


def ratio(numerator: Tensor, denominator: Tensor, dtype: Any) -> Tensor:
    """`numerator / denominator` of int32 scalars, computed by a real division.

    Grappler turns division by a constant into multiplication by its reciprocal, whose last bit decides at the edge
    between two pixels. `numerator` is never negative, but the optimiser does not know that.
    """
    tf = tensorflow()
    return tf.cast(numerator, dtype) / tf.cast(denominator + tf.minimum(numerator, 0), dtype)


def blocks(axis: ResizeAxis, support: float, weight: Weight) -> WeightBlocks:
    """The weights of `precompute_coeffs` and `normalize_coeffs_8bpc`, arranged in blocks."""
    tf = tensorflow()
    f64 = tf.float64
    zero = tf.constant(0.0, f64)
    scale = axis.scale
    stretch = tf.maximum(scale, tf.constant(1.0, f64))
    reach = support * stretch
    count = -(-axis.size // BLOCK)
    # The last block is padded with its last line, which `passes` removes again.
    line = tf.minimum(tf.range(count * BLOCK), axis.size - 1)
    centre = tf.cast(axis.start, f64) + (tf.cast(line, f64) + 0.5) * scale
    first = tf.maximum(tf.floor(centre - reach + 0.5), zero)
    end = tf.minimum(tf.floor(centre + reach + 0.5), tf.cast(axis.length, f64))
    first, end, centre = (tf.reshape(x, [count, BLOCK, 1]) for x in (first, end, centre))
    span = tf.reduce_max(end[:, -1] - first[:, 0])
    taps = first[:, :1] + tf.range(span, dtype=f64)
    values = weight((taps - centre + 0.5) * (1.0 / stretch))
    values = tf.where(tf.logical_and(taps >= first, taps < end), values, tf.zeros_like(values))
    # Pillow adds the weights from left to right; the last of the running sums is the same.
    values = values / tf.cumsum(values, axis=2)[:, :, -1:] * float(1 << PRECISION_BITS)
    fixed = tf.where(values < 0, tf.math.ceil(values - 0.5), tf.floor(values + 0.5))
    after = tf.cast(end[-1, -1, 0], tf.int32)
    lines = tf.minimum(tf.cast(taps[:, 0], tf.int32), after - 1)
    return WeightBlocks(lines, fixed, lines[0, 0], after, axis.size)


def _bilinear(x: Tensor) -> Tensor:
    tf = tensorflow()
    return tf.maximum(tf.zeros_like(x), 1.0 - tf.abs(x))


def _box(x: Tensor) -> Tensor:
    tf = tensorflow()
    return tf.cast(tf.logical_and(x > -0.5, x <= 0.5), tf.float64)


def _hamming(x: Tensor) -> Tensor:
    tf = tensorflow()
    x = tf.abs(x)
    angle = x * math.pi
    inner = tf.sin(angle) / angle * (HAMMING[0] + HAMMING[1] * tf.cos(angle))
    return tf.where(tf.equal(x, 0.0), tf.ones_like(x), tf.where(x < 1.0, inner, tf.zeros_like(x)))


def _bicubic(x: Tensor) -> Tensor:
    tf = tensorflow()
    a = -0.5
    x = tf.abs(x)
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    far = (((x - 5.0) * x + 8.0) * x - 4.0) * a
    return tf.where(x < 1.0, near, tf.where(x < 2.0, far, tf.zeros_like(x)))


def _sinc(x: Tensor) -> Tensor:
    tf = tensorflow()
    angle = x * math.pi
    return tf.where(tf.equal(x, 0.0), tf.ones_like(x), tf.sin(angle) / angle)


def _lanczos(x: Tensor) -> Tensor:
    tf = tensorflow()
    inside = tf.logical_and(x >= -3.0, x < 3.0)
    return tf.where(inside, _sinc(x) * _sinc(x / 3.0), tf.zeros_like(x))


class Kernel(NamedTuple):
    """A kernel's support in source pixels at scale 1, its weights, and whether some of them are negative."""

    support: float
    weight: Weight
    negative: bool = False


KERNELS: Final[dict[str, Kernel]] = {
    "box": Kernel(0.5, _box),
    "bilinear": Kernel(1.0, _bilinear),
    "hamming": Kernel(1.0, _hamming),
    "bicubic": Kernel(2.0, _bicubic, negative=True),
    "lanczos": Kernel(3.0, _lanczos, negative=True),
}
"""Resample.c's filters by Keras' names."""
