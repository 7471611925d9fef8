"""The source pixels that INTER_NEAREST and INTER_NEAREST_EXACT take, by release."""

from __future__ import annotations

from typing import Any

from workbench.core.export.opencv.axis import Axis
from workbench.core.lazy import tensorflow
from workbench.spec.opencv import NearestExact

Tensor = Any


def nearest(axis: Axis) -> Tensor:
    """INTER_NEAREST, all releases: int32 `(size,)`. TensorFlow's own `ResizeNearestNeighbor` computes in float32."""
    tf = tensorflow()
    return tf.minimum(tf.cast(tf.floor(axis.steps() * axis.scale()), tf.int32), axis.length - 1)


def nearest_exact(axis: Axis, rule: NearestExact) -> Tensor:
    """INTER_NEAREST_EXACT by a release's rule, int32 `(size,)`."""
    if rule == "walk":
        return _walked(axis)
    return _fixed_point(axis, axis.length % 2 if rule == "odd" else tensorflow().constant(1))


def _walked(axis: Axis) -> Tensor:
    """OpenCV 5 steps through the source as Pillow does: the rounding of the running sum decides at the edges."""
    tf = tensorflow()
    step = axis.ratio(tf.float64)
    steps = tf.concat([[step * 0.5], tf.fill([axis.size - 1], step)], 0)
    return tf.minimum(tf.cast(tf.floor(tf.cumsum(steps)), tf.int32), axis.length - 1)


def _fixed_point(axis: Axis, less: Tensor) -> Tensor:
    """Earlier releases use 16 fractional bits; in int64, since sides of thousands of pixels overflow 32 bits."""
    tf = tensorflow()
    length, size = (tf.cast(side, tf.int64) for side in (axis.length, axis.size))
    step = (length * 65536 + size // 2) // size
    begin = step // 2 - tf.cast(less, tf.int64)
    places = (step * tf.range(size) + begin) // 65536
    return tf.cast(tf.minimum(places, length - 1), tf.int32)
