"""Pillow's resize of 8-bit images as TensorFlow ops, to the last bit.

The rule is that of Pillow's `Resample.c` and `Geometry.c`: two passes, width first (every Pillow before 13),
weights in double rounded to 22 fractional bits, an 8-bit picture between the passes. Every op used is in TF 1.15.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from workbench.core.lazy import tensorflow

PRECISION_BITS: Final = 22
"""Fractional bits of Pillow's fixed-point weights (`PRECISION_BITS` in Resample.c: 32 - 8 - 2)."""

HAMMING: Final = (0.5400000214576721, 0.46000000834465027)
"""Pillow writes `0.54f + 0.46f * cos(x)`: these are the two float32 constants in double."""

Tensor = Any
Weight = Callable[[Tensor], Tensor]


def resize(image: Tensor, size: tuple[int, int], kernel: str) -> Tensor:
    """A uint8 image `(h, w, c)` at `(height, width)` of `size`, as `PIL.Image.resize` makes it."""
    if kernel == "nearest":
        return _nearest(image, size)
    support, weight = KERNELS[kernel]
    height, width = size
    tf = tensorflow()
    columns_first = tf.transpose(image, [1, 0, 2])
    narrowed = tf.transpose(_one_pass(columns_first, width, support, weight), [1, 0, 2])
    return _one_pass(narrowed, height, support, weight)


def _one_pass(image: Tensor, size: int, support: float, weight: Weight) -> Tensor:
    """Resize the first dimension of a uint8 tensor `(n, m, c)` to `size`."""
    tf = tensorflow()
    shape = tf.shape(image)
    matrix = _weights(shape[0], size, support, weight)
    # Pillow adds in 32-bit integers too: 2^22 * 255 and the kernels' overshoot stay below 2^31.
    lines = tf.cast(tf.reshape(image, [shape[0], -1]), tf.int32)
    total = tf.sparse.sparse_dense_matmul(matrix, lines) + (1 << (PRECISION_BITS - 1))
    pixels = tf.clip_by_value(tf.bitwise.right_shift(total, PRECISION_BITS), 0, 255)
    return tf.reshape(tf.cast(pixels, tf.uint8), tf.concat([[size], shape[1:]], 0))


def _weights(length: Tensor, size: int, support: float, weight: Weight) -> Tensor:
    """The sparse int32 matrix `(size, length)` of one pass (`precompute_coeffs`)."""
    tf = tensorflow()
    f64 = tf.float64
    scale = _ratio(length, size)
    stretch = tf.maximum(scale, tf.constant(1.0, f64))
    reach = support * stretch
    centre = (tf.range(size, dtype=f64) + 0.5) * scale
    first = tf.maximum(tf.floor(centre - reach + 0.5), tf.constant(0.0, f64))
    end = tf.minimum(tf.floor(centre + reach + 0.5), tf.cast(length, f64))
    taps = first[:, None] + tf.range(tf.math.ceil(reach) * 2 + 1, dtype=f64)
    values = weight((taps - centre[:, None] + 0.5) * (1.0 / stretch))
    values = tf.where(taps < end[:, None], values, tf.zeros_like(values))
    # Pillow adds the weights from left to right; the last of the running sums does the same.
    values = values / tf.cumsum(values, axis=1)[:, -1:] * float(1 << PRECISION_BITS)
    fixed = tf.where(values < 0, tf.math.ceil(values - 0.5), tf.floor(values + 0.5))
    column = tf.minimum(tf.cast(taps, tf.int64), tf.cast(length, tf.int64) - 1)
    row = tf.range(size, dtype=tf.int64)[:, None] + tf.zeros_like(column)
    places = tf.stack([tf.reshape(row, [-1]), tf.reshape(column, [-1])], axis=1)
    return tf.SparseTensor(places, tf.cast(tf.reshape(fixed, [-1]), tf.int32), [size, tf.cast(length, tf.int64)])


def _ratio(length: Tensor, size: int) -> Tensor:
    """`length / size` in double, truly divided.

    Grappler turns division by a constant into multiplication by its reciprocal, whose last bit decides
    at the edge between two pixels. `length` is never below 0, but the optimiser cannot know.
    """
    tf = tensorflow()
    return tf.cast(length, tf.float64) / tf.cast(size + tf.minimum(length, 0), tf.float64)


def _nearest(image: Tensor, size: tuple[int, int]) -> Tensor:
    tf = tensorflow()
    shape = tf.shape(image)
    rows = tf.gather(image, _nearest_index(shape[0], size[0]), axis=0)
    return tf.gather(rows, _nearest_index(shape[1], size[1]), axis=1)


def _nearest_index(length: Tensor, size: int) -> Tensor:
    # Geometry.c steps through the source by a running sum in double; its rounding decides at the edges
    # between two pixels, so (i + 0.5) * step is not the same.
    tf = tensorflow()
    step = _ratio(length, size)
    steps = tf.concat([[step * 0.5], tf.fill([size - 1], step)], 0)
    return tf.minimum(tf.cast(tf.floor(tf.cumsum(steps)), tf.int32), length - 1)


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


KERNELS: Final[dict[str, tuple[float, Weight]]] = {
    "box": (0.5, _box),
    "bilinear": (1.0, _bilinear),
    "hamming": (1.0, _hamming),
    "bicubic": (2.0, _bicubic),
    "lanczos": (3.0, _lanczos),
}
"""Kernel supports in source pixels at scale 1, and weights (Resample.c's filters)."""
