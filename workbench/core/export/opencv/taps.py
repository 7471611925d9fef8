"""The taps of OpenCV's separable kernels: the source pixels of each output pixel, and their weights.

The rule is that of OpenCV's `resize.cpp`: positions in double rounded to float32, weights in units of 1/2048.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from workbench.core.export.opencv.axis import Axis
from workbench.core.lazy import tensorflow

Tensor = Any

COEFFICIENT_BITS: Final = 11
"""Fractional bits of a weight (`INTER_RESIZE_COEF_BITS`)."""

EXACT_BITS: Final = 8
"""Fractional bits of a weight of LINEAR_EXACT (`ufixedpoint16`)."""

_ROOT_HALF: Final = math.sqrt(0.5)
_LANCZOS_TURNS: Final = (
    (1.0, 0.0),
    (-_ROOT_HALF, -_ROOT_HALF),
    (0.0, 1.0),
    (_ROOT_HALF, -_ROOT_HALF),
    (-1.0, 0.0),
    (_ROOT_HALF, _ROOT_HALF),
    (0.0, -1.0),
    (-_ROOT_HALF, _ROOT_HALF),
)
"""Factors that turn sine and cosine of the first tap's angle into those of the others: an eighth of a turn apart."""


class Taps(NamedTuple):
    """`lines` int32 `(size, n)` are the source lines, `weights` `(size, n)` their weights."""

    lines: Tensor
    weights: Tensor

    @property
    def number(self) -> int:
        """The number of taps of each output line."""
        return int(self.lines.shape[1])


def linear(axis: Axis, *, rows: bool) -> Taps:
    """INTER_LINEAR. A column outside the image has weight 0; a row outside is replaced by the edge row with its
    weight."""
    return _two(axis, *_position(axis), rows=rows)


def area_enlarged(axis: Axis, *, rows: bool) -> Taps:
    """INTER_AREA for a side that grows: LINEAR's arithmetic at other positions."""
    tf = tensorflow()
    start = tf.cast(tf.floor(axis.steps() * axis.scale()), tf.int32)
    ahead = tf.cast(axis.steps() + 1.0 - tf.cast(start + 1, tf.float64) * axis.inverse(), tf.float32)
    part = tf.where(ahead <= 0.0, tf.zeros_like(ahead), ahead - tf.floor(ahead))
    return _two(axis, start, part, rows=rows)


def linear_exact(axis: Axis) -> Taps:
    """INTER_LINEAR_EXACT: positions stay in double, weights have 8 fractional bits."""
    tf = tensorflow()
    place = (axis.steps() + 0.5) * axis.scale() - 0.5
    start = tf.floor(place)
    second = tf.cast(tf.round((place - start) * float(1 << EXACT_BITS)), tf.int32)
    start = tf.cast(start, tf.int32)
    outside = tf.logical_or(start < 0, start >= axis.length - 1)
    second = tf.where(outside, tf.zeros_like(second), second)
    return Taps(_lines(axis, start, 0, 2), tf.stack([(1 << EXACT_BITS) - second, second], 1))


def cubic(axis: Axis) -> Taps:
    """INTER_CUBIC of OpenCV's own code."""
    tf = tensorflow()
    start, part = _position(axis)
    a, one = tf.constant(-0.75), tf.constant(1.0)

    def near(x: Tensor) -> Tensor:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + one

    further = part + one
    outer = ((a * further - 5.0 * a) * further + 8.0 * a) * further - 4.0 * a
    inner, second = near(part), near(one - part)
    return Taps(_lines(axis, start, -1, 4), _fixed(tf.stack([outer, inner, second, one - outer - inner - second], 1)))


def cubic_float(axis: Axis) -> Taps:
    """INTER_CUBIC of Intel's IPP, as closely as one rule can reproduce it: weights in float64."""
    tf = tensorflow()
    place = (axis.steps() + 0.5) * axis.scale() - 0.5
    start = tf.floor(place)
    part = place - start

    def near(x: Tensor) -> Tensor:
        return (1.25 * x - 2.25) * x * x + 1.0

    def far(x: Tensor) -> Tensor:
        return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0

    weights = tf.stack([far(part + 1.0), near(part), near(1.0 - part), far(2.0 - part)], 1)
    return Taps(_lines(axis, tf.cast(start, tf.int32), -1, 4), weights)


def lanczos4(axis: Axis) -> Taps:
    """INTER_LANCZOS4: eight taps, normalised in float32."""
    tf = tensorflow()
    f64, quarter = tf.float64, math.pi * 0.25
    start, part = _position(axis)
    turns = tf.constant(_LANCZOS_TURNS, f64)
    angle = -(tf.cast(part, f64) + 3.0) * quarter
    waves = turns[:, 0] * tf.sin(angle)[:, None] + turns[:, 1] * tf.cos(angle)[:, None]
    distance = part[:, None] + tf.constant([3.0 - k for k in range(8)])
    angles = tf.cast(distance, f64) * -quarter
    # Exactly on a pixel its weight is so large that the others vanish beside it.
    on_it = tf.abs(distance) < 1e-6
    divisor = tf.where(on_it, tf.ones_like(angles), angles * angles)
    values = tf.where(on_it, tf.fill(tf.shape(distance), 1e30), tf.cast(waves / divisor, tf.float32))
    # A running sum adds from left to right, as OpenCV does; its last element is the total.
    total = tf.cumsum(values, axis=1)[:, -1:]
    one = tf.cast(1 + tf.minimum(axis.length, 0), tf.float32)  # A constant 1 would become an inexact reciprocal.
    return Taps(_lines(axis, start, -3, 8), _fixed(values * (one / total)))


def _position(axis: Axis) -> tuple[Tensor, Tensor]:
    """The source pixel at or before each output pixel's centre, int32, and the distance from it, float32."""
    tf = tensorflow()
    place = tf.cast((axis.steps() + 0.5) * axis.scale() - 0.5, tf.float32)
    start = tf.floor(place)
    return tf.cast(start, tf.int32), place - start


def _two(axis: Axis, start: Tensor, part: Tensor, *, rows: bool) -> Taps:
    tf = tensorflow()
    if not rows:
        outside = tf.logical_or(start < 0, start >= axis.length - 1)
        part = tf.where(outside, tf.zeros_like(part), part)
    return Taps(_lines(axis, start, 0, 2), _fixed(tf.stack([1.0 - part, part], 1)))


def _lines(axis: Axis, start: Tensor, first: int, count: int) -> Tensor:
    """`count` source lines starting at `start + first`; outside the image the line at the edge."""
    tf = tensorflow()
    return tf.clip_by_value(start[:, None] + tf.range(first, first + count), 0, axis.length - 1)


def _fixed(weights: Tensor) -> Tensor:
    """float32 weights in units of 1/2048 as int32, rounded half to even."""
    tf = tensorflow()
    return tf.cast(tf.round(weights * float(1 << COEFFICIENT_BITS)), tf.int32)
