"""`skimage.transform.resize` as TensorFlow ops: a Gaussian if the image shrinks, then a spline of order 0, 1 or 3.

Both extend the image by reflection (mode 'reflect'), and so does the filter that computes the coefficients of a cubic
spline; so all of them together are one weighted sum of the reflected image's lines. The weights are computed in double,
the sums in float32: within 1e-5 of scikit-image's floats of 0..1.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.kernels import ratio
from workbench.core.export.pixels.strips import in_strips, strips
from workbench.core.lazy import tensorflow

Tensor = Any

TRUNCATE: Final = 4.0
"""Standard deviations at which the Gaussian is truncated (`scipy.ndimage.gaussian_filter`)."""

POLE: Final = math.sqrt(3.0) - 2.0
"""Pole of the filter that computes the coefficients of a cubic spline (Unser, 1999); `scipy.ndimage.spline_filter`."""

FILTER: Final = 24
"""Lines on each side after which that filter's response is below 1e-13."""


class Zoom(NamedTuple):
    """The spline's order, and whether the image is smoothed first if it shrinks."""

    order: int
    smoothed: bool


def zoomed(image: Tensor, size: tuple[Tensor, Tensor], how: Zoom) -> Tensor:
    """A uint8 image `(h, w, c)` at (height, width): float32 pixel values (0-255), within the range of the image."""
    tf = tensorflow()
    shape, channels = tf.shape(image), int(image.shape[2])
    if how.order == 0:
        rows, columns = (_nearest(shape[n], size[n]) for n in (0, 1))
        return tf.cast(tf.gather(tf.gather(image, rows), columns, axis=1), tf.float32)
    wide = _matrix(shape[1], size[1], how)
    narrow = _narrowed(image, wide, size[1])
    flat = tf.matmul(_matrix(shape[0], size[0], how), tf.reshape(narrow, [shape[0], size[1] * channels]))
    made = tf.reshape(flat, [size[0], size[1], channels])
    low, high = (tf.cast(act(image), tf.float32) for act in (tf.reduce_min, tf.reduce_max))
    return tf.clip_by_value(made, low, high)


def _narrowed(image: Tensor, wide: Tensor, width: Tensor) -> Tensor:
    """The weighted sums along the width, strip by strip: float32 `(h, width, c)`."""
    tf = tensorflow()
    shape, channels = tf.shape(image), int(image.shape[2])
    parts = strips(shape[0], shape[1] * channels)

    def strip(start: Tensor) -> Tensor:
        rows = tf.cast(image[start : start + parts.height], tf.float32)
        columns = tf.reshape(tf.transpose(rows, [1, 0, 2]), [shape[1], parts.height * channels])
        done = tf.reshape(tf.matmul(wide, columns), [width, parts.height, channels])
        return tf.transpose(done, [1, 0, 2])

    stacked = in_strips(parts, strip, tf.float32, [None, None, channels])
    lines = tf.reshape(stacked, [parts.count * parts.height, width, channels])
    return tf.gather(lines, parts.place(tf.range(shape[0])))


def _places(length: Tensor, size: Tensor) -> Tensor:
    """Positions of the result's lines in the image, in double (`scipy.ndimage.zoom`, grid_mode)."""
    tf = tensorflow()
    return (tf.range(tf.cast(size, tf.float64), dtype=tf.float64) + 0.5) * ratio(length, size, tf.float64) - 0.5


def _nearest(length: Tensor, size: Tensor) -> Tensor:
    tf = tensorflow()
    return _mirrored(tf.cast(tf.floor(_places(length, size) + 0.5), tf.int32), length)


def _mirrored(line: Tensor, length: Tensor) -> Tensor:
    """The image line at any integer position when the image is reflected at its first and last line."""
    tf = tensorflow()
    period = tf.maximum(2 * (length - 1), 1)
    place = tf.math.floormod(line, period)
    return tf.minimum(place, tf.abs(2 * (length - 1) - place))


def _matrix(length: Tensor, size: Tensor, how: Zoom) -> Tensor:
    """The weights of the image's lines in each line of the result: float32 `(size, length)`."""
    tf = tensorflow()
    place = _places(length, size)
    first = tf.floor(place) - (1.0 if how.order == 3 else 0.0)
    spline = _cubic(place - first - 1.0) if how.order == 3 else tf.stack([first + 1.0 - place, place - first], -1)
    smooth = _prepared(_gauss(length, size, how), how)
    reach = (tf.shape(smooth)[0] - 1) // 2
    count = int(spline.shape[-1])
    span = 2 * reach + count
    # Line `first + j` of the smoothed image has weight `smooth[u - j]` of the image's line `first - reach + u`.
    padded = tf.pad(smooth, [[count - 1, count - 1]])
    shifts = tf.range(span)[None] - tf.range(count)[:, None] + count - 1
    weights = tf.matmul(spline, tf.gather(padded, shifts))
    lines = _mirrored(tf.cast(first, tf.int32)[:, None] - reach + tf.range(span)[None], length)
    rows = tf.broadcast_to(tf.range(size)[:, None], tf.shape(lines))
    # The weights of lines that occur several times add up.
    return tf.cast(tf.scatter_nd(tf.stack([rows, lines], -1), weights, tf.stack([size, length])), tf.float32)


def _gauss(length: Tensor, size: Tensor, how: Zoom) -> Tensor:
    """The Gaussian's weights, double; a single 1 if the image does not shrink."""
    tf = tensorflow()
    one = tf.constant(1.0, tf.float64)
    if not how.smoothed:
        return one[None]
    deviation = tf.maximum((ratio(length, size, tf.float64) - one) / 2.0, 0.0)
    radius = tf.cast(TRUNCATE * deviation + 0.5, tf.int32)
    taps = tf.cast(tf.range(-radius, radius + 1), tf.float64)
    safe = tf.where(deviation > 0, deviation, one)
    weights = tf.exp(-0.5 / (safe * safe) * taps * taps)
    return weights / tf.reduce_sum(weights)


def _prepared(smooth: Tensor, how: Zoom) -> Tensor:
    """The Gaussian, followed by the filter that computes the coefficients of a cubic spline."""
    tf = tensorflow()
    if how.order != 3:
        return smooth
    scale = -6.0 * POLE / (1.0 - POLE * POLE)
    answer = tf.constant([scale * POLE ** abs(k) for k in range(-FILTER, FILTER + 1)], tf.float64)
    padded = tf.pad(smooth, [[2 * FILTER, 2 * FILTER]])
    windows = tf.range(tf.shape(smooth)[0] + 2 * FILTER)[:, None] + tf.range(2 * FILTER + 1)[None]
    return tf.linalg.matvec(tf.gather(padded, windows), answer)


def _cubic(part: Tensor) -> Tensor:
    """The weights of the four coefficients around a position that is `part` of the way from the second to the third."""
    tf = tensorflow()
    rest = 1.0 - part
    outer = rest * rest * rest / 6.0
    second = (part * part * (part - 2.0) * 3.0 + 4.0) / 6.0
    third = (rest * rest * (rest - 2.0) * 3.0 + 4.0) / 6.0
    return tf.stack([outer, second, third, 1.0 - outer - second - third], -1)
