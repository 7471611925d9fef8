"""INTER_AREA of an image that shrinks in both directions, by TensorFlow's `ResizeArea` and OpenCV's own sums.

TensorFlow's op takes the same means with weights from float32 positions, adds them up otherwise, and costs no more than
OpenCV's. How far its weights are from OpenCV's is known for each row and column (`distance`), so it is known which
means may be rounded otherwise: those few are made again, in OpenCV's order.
"""

from __future__ import annotations

from typing import Any, Final

from workbench.core.export.opencv.area_sums import CellSums
from workbench.core.export.opencv.axis import Axis, halved
from workbench.core.export.opencv.cells import Cells, touched
from workbench.core.lazy import tensorflow

Tensor = Any

ROUNDINGS: Final = 6
"""Roundings of a float32 mean besides one for each pixel across and down: of weights, factors and the last product."""

UNIT: Final = 2.0**-24
"""The largest relative error of one rounding to float32."""


def shrunk(image: Tensor, tall: Axis, wide: Axis) -> Tensor:
    """A uint8 image `(h, w, c)` as `cv2.resize(..., interpolation=cv2.INTER_AREA)` makes it, neither side growing."""
    tf = tensorflow()
    means = tf.raw_ops.ResizeArea(images=image[None], size=tf.stack([tall.size, wide.size]))[0]
    # A half is rounded up where both sides are halved (all sums are exact), and to the even number elsewhere.
    levels = tf.cond(
        halved(tall, wide), lambda: tf.floor(means + 0.5), lambda: _rounded(CellSums(image, tall, wide), means)
    )
    return tf.cast(tf.minimum(levels, 255.0), tf.uint8)


def _rounded(sums: CellSums, means: Tensor) -> Tensor:
    """`means` `(height, width, c)` as whole numbers; where they are too near to a half, those of OpenCV's sums."""
    tf = tensorflow()
    uncertain = tf.abs(means - tf.floor(means) - 0.5) <= _tolerance(sums.tall, sums.wide)
    where = tf.cast(tf.where(uncertain), tf.int32)
    return tf.tensor_scatter_nd_update(tf.round(means), where, tf.round(sums.means(where)))


def _tolerance(tall: Axis, wide: Axis) -> Tensor:
    """How far TensorFlow's means can be from OpenCV's, in grey levels `(height, width, 1)`."""
    tf = tensorflow()
    down, across = distance(tall)[:, None, None], distance(wide)[:, None]
    # Both libraries round each product and sum; no mean is over 255.
    added = tf.cast(2 * (touched(tall) + touched(wide) + ROUNDINGS), tf.float32) * UNIT
    return 255.0 * (down + across + 4.0 * down * across + added)


def distance(axis: Axis) -> Tensor:
    """How much of 255 levels the weights of `ResizeArea` can move a mean from where OpenCV's put it, float32 `(size,)`.

    The op's rule has been the same since 2015; a build that fuses its multiplications and subtractions moves each of
    a cell's two edges by half a unit in the last place at most.
    """
    tf = tensorflow()
    numbers = tf.range(axis.size)
    cells = Cells.of(axis, numbers)
    places = cells.first[:, None] - 1 + tf.range(touched(axis) + 3)
    gaps = _weights_of_tensorflow(axis, places) - cells.weights(places)
    # What moves from one pixel to another counts once: for levels around the middle, half of the gaps and of their sum.
    moved = 0.5 * (tf.reduce_sum(tf.abs(gaps), 1) + tf.abs(tf.reduce_sum(gaps, 1)))
    return moved + tf.cast(numbers + 1, tf.float32) * UNIT


def _weights_of_tensorflow(axis: Axis, places: Tensor) -> Tensor:
    """What the source pixels `places` `(size, n)` count in `ResizeArea`, float32 as there."""
    tf = tensorflow()
    scale = axis.ratio(tf.float32)
    begin, after = ((tf.cast(tf.range(axis.size) + n, tf.float32) * scale)[:, None] for n in (0, 1))
    place = tf.cast(places, tf.float32)
    cut = place + 1.0 > after
    first = tf.where(cut, tf.fill(tf.shape(place), scale), place + 1.0 - begin)
    other = tf.where(cut, after - place, tf.ones_like(place))
    inside = tf.logical_and(place >= tf.floor(begin), place < tf.math.ceil(after))
    return tf.where(inside, tf.where(place < begin, first, other), tf.zeros_like(place)) / scale
