"""INTER_AREA of an image that shrinks in both directions, by TensorFlow's `ResizeArea` and OpenCV's own sums.

TensorFlow's op computes the same means, but with weights from float32 positions and in another order of addition; it is
not slower than OpenCV. How far its weights are from OpenCV's is known for each row and column (`distance`), so it is
known which means may be rounded differently: those few are recomputed in OpenCV's order.
"""

from __future__ import annotations

from typing import Any, Final

from workbench.core.export.opencv.area_sums import CellSums
from workbench.core.export.opencv.axis import Axis, halved
from workbench.core.export.opencv.cells import Cells, touched
from workbench.core.lazy import tensorflow

Tensor = Any

ROUNDINGS: Final = 6
"""Roundings of a float32 mean beside one per pixel across and down: of weights, factors and the last product."""

UNIT: Final = 2.0**-24
"""The largest relative error of one rounding to float32."""


def shrunk(image: Tensor, tall: Axis, wide: Axis) -> Tensor:
    """A uint8 image `(h, w, c)` as `cv2.resize(..., interpolation=cv2.INTER_AREA)` makes it; no side may grow."""
    tf = tensorflow()
    means = tf.raw_ops.ResizeArea(images=image[None], size=tf.stack([tall.size, wide.size]))[0]
    # Halves are rounded up if both sides are halved (all sums are exact), and to even otherwise.
    levels = tf.cond(
        halved(tall, wide), lambda: tf.floor(means + 0.5), lambda: _rounded(CellSums(image, tall, wide), means)
    )
    return tf.cast(tf.minimum(levels, 255.0), tf.uint8)


def _rounded(sums: CellSums, means: Tensor) -> Tensor:
    """`means` `(height, width, c)` rounded; those too close to a half are replaced by the means of OpenCV's sums."""
    tf = tensorflow()
    channels = means.shape[2]
    # Rows of samples: a broadcast along rows costs much less than one along channels.
    rows = tf.reshape(means, [tf.shape(means)[0], -1])
    uncertain = tf.abs(rows - tf.floor(rows) - 0.5) <= _tolerance(sums.tall, sums.wide, channels)
    found = tf.cast(tf.where(uncertain), tf.int32)
    where = tf.stack([found[:, 0], found[:, 1] // channels, found[:, 1] % channels], 1)
    made = tf.tensor_scatter_nd_update(tf.round(rows), found, tf.round(sums.means(where)))
    return tf.reshape(made, tf.shape(means))


def _tolerance(tall: Axis, wide: Axis, channels: int) -> Tensor:
    """Bound of the difference of TensorFlow's and OpenCV's means, in pixel values, `(height, width * channels)`."""
    tf = tensorflow()
    down, across = distance(tall), distance(wide)
    # Both libraries round each product and sum; no mean is above 255.
    added = tf.cast(2 * (touched(tall) + touched(wide) + ROUNDINGS), tf.float32) * UNIT
    both = 4.0 * down * tf.reduce_max(across)
    return 255.0 * (down + both + added)[:, None] + tf.repeat(255.0 * across, channels)


def distance(axis: Axis) -> Tensor:
    """Bound, as a fraction of 255, by which the weights of `ResizeArea` move a mean off OpenCV's, float32 `(size,)`.

    The op's rule has been the same since 2015. A build that fuses multiplications and subtractions moves each of a
    cell's two edges by at most half a unit in the last place.
    """
    tf = tensorflow()
    numbers = tf.range(axis.size)
    cells = Cells.of(axis, numbers)
    places = cells.first[:, None] - 1 + tf.range(touched(axis) + 3)
    gaps = _weights_of_tensorflow(axis, places) - cells.weights(places)
    # Weight that moves from one pixel to another counts once: with pixel values centred, half of the gaps plus half of
    # their sum.
    moved = 0.5 * (tf.reduce_sum(tf.abs(gaps), 1) + tf.abs(tf.reduce_sum(gaps, 1)))
    return moved + tf.cast(numbers + 1, tf.float32) * UNIT


def _weights_of_tensorflow(axis: Axis, places: Tensor) -> Tensor:
    """The weights of the source pixels `places` `(size, n)` in `ResizeArea`, float32 as there."""
    tf = tensorflow()
    scale = axis.ratio(tf.float32)
    begin, after = ((tf.cast(tf.range(axis.size) + n, tf.float32) * scale)[:, None] for n in (0, 1))
    place = tf.cast(places, tf.float32)
    cut = place + 1.0 > after
    first = tf.where(cut, tf.fill(tf.shape(place), scale), place + 1.0 - begin)
    other = tf.where(cut, after - place, tf.ones_like(place))
    inside = tf.logical_and(place >= tf.floor(begin), place < tf.math.ceil(after))
    return tf.where(inside, tf.where(place < begin, first, other), tf.zeros_like(place)) / scale
