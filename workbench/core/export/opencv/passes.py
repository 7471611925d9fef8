"""The two passes of OpenCV's separable kernels: only the source rows and columns that a tap needs are read.

Sums of 8-bit pixels times 11-bit weights are integers that fit int32, so their order does not matter. Where OpenCV adds
in float32, its order is reproduced.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workbench.core.export.opencv.taps import COEFFICIENT_BITS, EXACT_BITS, Taps
from workbench.core.lazy import tensorflow

Tensor = Any
Rows = Callable[[int], Tensor]
"""Returns, for n, the horizontal sums of each output row's n-th source row, `(height, width * channels)`."""

VECTOR: Final = 8
"""Number of float32 sums in one vector of OpenCV's cubic; the samples of a row beyond whole vectors use integers."""


def linear(image: Tensor, tall: Taps, wide: Taps) -> Tensor:
    """INTER_LINEAR: uint8 `(h, w, c)` to `(height, width, c)`; intermediate sums are truncated to 16 bits."""
    tf = tensorflow()
    rows = _across(image, tall, wide, lambda sums: _shifted(sums, 4))
    first, second = (_shifted(rows(k) * tall.weights[:, k : k + 1], 16) for k in range(2))
    return _levels(_shifted(first + second + tf.constant(2), 2), image)


def linear_exact(image: Tensor, tall: Taps, wide: Taps) -> Tensor:
    """INTER_LINEAR_EXACT, rounded half up."""
    return _whole(image, tall, wide, 2 * EXACT_BITS)


def lanczos4(image: Tensor, tall: Taps, wide: Taps) -> Tensor:
    """INTER_LANCZOS4, rounded half up."""
    return _whole(image, tall, wide, 2 * COEFFICIENT_BITS)


def cubic(image: Tensor, tall: Taps, wide: Taps) -> Tensor:
    """INTER_CUBIC of OpenCV's own code: most of a row in float32, rounded half to even; the rest in integers, half
    up."""
    tf = tensorflow()
    rows = _across(image, tall, wide)
    weights = tf.cast(tall.weights, tf.float32) * 2.0 ** (-2 * COEFFICIENT_BITS)
    # From the last tap to the first, each product rounded. A tree of additions would be rewritten to one AddN, which
    # adds in another order; no optimiser rewrites subtractions.
    sums = tf.cast(rows(3), tf.float32) * weights[:, 3:]
    for k in (2, 1, 0):
        sums -= tf.cast(rows(k), tf.float32) * -weights[:, k : k + 1]
    exact = _shifted(_summed(rows, tall) + _half(2 * COEFFICIENT_BITS), 2 * COEFFICIENT_BITS)
    samples = tf.shape(exact)[1]
    in_vectors = tf.range(samples) < samples // VECTOR * VECTOR
    return _levels(tf.where(in_vectors, tf.cast(tf.round(sums), tf.int32), exact), image)


def cubic_float(image: Tensor, tall: Taps, wide: Taps) -> Tensor:
    """INTER_CUBIC of Intel's IPP, rounded half to even."""
    tf = tensorflow()
    return _levels(tf.round(_summed(_across(image, tall, wide), tall)), image)


def _whole(image: Tensor, tall: Taps, wide: Taps, bits: int) -> Tensor:
    sums = _summed(_across(image, tall, wide), tall)
    return _levels(_shifted(sums + _half(bits), bits), image)


def _across(image: Tensor, tall: Taps, wide: Taps, ready: Callable[[Tensor], Tensor] = lambda sums: sums) -> Rows:
    """The horizontal pass over the rows that the vertical one needs; `ready` is applied to its sums."""
    tf = tensorflow()
    first, end = tall.lines[0, 0], tall.lines[-1, -1] + 1
    wanted = tf.reshape(tall.lines, [-1])
    # Shrinking skips rows; enlarging needs the same row many times.
    sparse = tf.size(wanted) < end - first
    source = tf.cond(sparse, lambda: tf.gather(image, wanted), lambda: image[first:end])
    numbers = tf.reshape(tf.range(tf.size(wanted)), tf.shape(tall.lines))
    places = tf.where(sparse, numbers, tall.lines - first)
    channels = int(image.shape[2])
    sums = 0
    for k in range(wide.number):
        taken = tf.reshape(tf.gather(source, wide.lines[:, k], axis=1), [tf.shape(source)[0], -1])
        sums += tf.cast(taken, wide.weights.dtype) * tf.repeat(wide.weights[:, k], channels)
    done = ready(sums)
    return lambda k: tf.gather(done, places[:, k])


def _summed(rows: Rows, tall: Taps) -> Tensor:
    return sum((rows(k) * tall.weights[:, k : k + 1] for k in range(1, tall.number)), rows(0) * tall.weights[:, :1])


def _shifted(numbers: Tensor, bits: int) -> Tensor:
    return tensorflow().bitwise.right_shift(numbers, bits)


def _half(bits: int) -> Tensor:
    return tensorflow().constant(1 << (bits - 1))


def _levels(numbers: Tensor, image: Tensor) -> Tensor:
    """Rows of samples as a uint8 image, clipped to 0..255."""
    tf = tensorflow()
    limits = (tf.constant(level, numbers.dtype) for level in (0, 255))
    cut = tf.cast(tf.clip_by_value(numbers, *limits), tf.uint8)
    return tf.reshape(cut, [tf.shape(numbers)[0], -1, image.shape[2]])
