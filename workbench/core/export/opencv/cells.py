"""The cells of INTER_AREA for a shrinking image: the part of an axis that one output pixel covers.

The rule is `computeResizeAreaTab` of OpenCV's `resize.cpp`: a pixel at a cell's edge is weighted by its covered
fraction, unless that is at most a thousandth; weights are float32.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from workbench.core.export.opencv.axis import Axis
from workbench.core.lazy import tensorflow

Tensor = Any

SLIVER: Final = 1e-3
"""Largest covered fraction of a pixel that is ignored."""


class Cells(NamedTuple):
    """Cells of some output pixels; all fields have the same shape, and are float64 unless stated otherwise.

    `first` is the first source pixel that a cell touches, int32. Whole pixels are those from `start` up to but
    excluding `end`, int32; of the pixel before them the fraction `head` is covered, of the one at `end` the fraction
    `tail`. `extent` is a cell's length in source pixels.
    """

    first: Tensor
    start: Tensor
    end: Tensor
    head: Tensor
    tail: Tensor
    extent: Tensor

    @classmethod
    def of(cls, axis: Axis, numbers: Tensor) -> Cells:
        """The cells of the output pixels with these indices, int32 of any shape."""
        tf = tensorflow()
        scale, length = axis.scale(), tf.cast(axis.length, tf.float64)
        begin = tf.cast(numbers, tf.float64) * scale
        after = begin + scale
        extent = tf.minimum(scale, length - begin)
        end = tf.minimum(tf.floor(after), length - 1.0)
        start = tf.minimum(tf.math.ceil(begin), end)
        tail = tf.minimum(tf.minimum(after - end, tf.ones_like(end)), extent)
        tail = tf.where(after - end > SLIVER, tail, tf.zeros_like(tail))
        first, first_whole, last = (tf.cast(place, tf.int32) for place in (tf.floor(begin), start, end))
        return cls(first, first_whole, last, _kept(start - begin), tail, extent)

    def weights(self, places: Tensor) -> Tensor:
        """The weights of the source pixels `places` in each cell, float32; `places` is int32, with pixels on the
        last axis."""
        tf = tensorflow()
        _, start, end, head, tail, extent = (field[..., None] for field in self)
        inner = tf.logical_and(places >= start, places < end)
        edge = tf.where(tf.equal(places, end), tail, tf.where(tf.equal(places, start - 1), head, tf.zeros_like(head)))
        covered = tf.where(inner, tf.ones_like(extent), edge)
        return tf.cast(covered / extent, tf.float32)


def touched(axis: Axis) -> Tensor:
    """The maximum number of source pixels that a cell touches, int32."""
    tf = tensorflow()
    return tf.cast(tf.math.ceil(axis.scale()), tf.int32) + 1


def _kept(part: Tensor) -> Tensor:
    tf = tensorflow()
    return tf.where(part > SLIVER, part, tf.zeros_like(part))
