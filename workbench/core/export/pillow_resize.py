"""Pillow's resize of 8-bit images as TensorFlow ops, bit-identical.

The rule is that of Pillow's `Resample.c` and `Geometry.c`: two passes, weights in double rounded to 22 fractional bits,
an 8-bit image between the passes. Every op used is in TF 1.15.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from workbench.core.export.pixels.kernels import KERNELS, ResizeAxis
from workbench.core.export.pixels.passes import height_first, prepare, width_first
from workbench.core.export.pixels.reduce import reduced
from workbench.core.lazy import tensorflow

Tensor = Any


class Box(NamedTuple):
    """The part of an image that is resized, in pixels: ints or int32 scalars; height and width may be float64."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor


class ResizeOptions(NamedTuple):
    """How to resize: a kernel's name, whether bit-identical, and whether by the rules of Pillow 13."""

    kernel: str
    exact: bool = True
    pillow_13: bool = False


def whole(image: Tensor) -> Box:
    """The box of the whole image."""
    shape = tensorflow().shape(image)
    return Box(0, 0, shape[0], shape[1])


def resize(image: Tensor, box: Box, size: tuple[Tensor, Tensor], manner: ResizeOptions) -> Tensor:
    """A uint8 image `(h, w, c)` at `(height, width)` of `size`, as `PIL.Image.resize(..., box=)` makes it.

    A pass that changes nothing is skipped by Pillow and multiplies by 1 here.
    """
    tf = tensorflow()
    shape = tf.shape(image)
    tall = ResizeAxis(shape[0], box.top, box.height, size[0])
    wide = ResizeAxis(shape[1], box.left, box.width, size[1])
    if manner.kernel == "nearest":
        return tf.gather(tf.gather(image, _nearest(tall)), _nearest(wide), axis=1)
    kernel = KERNELS[manner.kernel]
    passes = (prepare(wide, kernel, exact=manner.exact), prepare(tall, kernel, exact=manner.exact))
    if not manner.pillow_13:
        return width_first(image, *passes)
    # Resample.c of Pillow 13.0.0 uses the whole image's size even with a box.
    shorter, narrower = shape[0] - size[0], shape[1] - size[1]
    turned = tf.logical_and(shorter > 0, shorter > narrower * 2)
    return tf.cond(turned, lambda: height_first(image, *passes), lambda: width_first(image, *passes))


def resize_by_gap(
    image: Tensor, extent: tuple[Tensor, Tensor], size: tuple[Tensor, Tensor], manner: ResizeOptions, gap: float
) -> Tensor:
    """The same as `resize(..., box=(0, 0, *extent), reducing_gap=gap)`: whole pixels are averaged first (`reduce`).

    `extent` is (height, width) of what is resized, float64 scalars, less than a pixel short of the image. A gap of 0 is
    none.
    """
    tf = tensorflow()
    if not gap or manner.kernel == "nearest":
        return resize(image, Box(0, 0, *extent), size, manner)
    down, across = (_factor(length, side, gap) for length, side in zip(extent, size, strict=True))
    less = tf.cond(tf.maximum(down, across) > 1, lambda: reduced(image, (down, across)), lambda: image)
    left = (length / tf.cast(factor, tf.float64) for length, factor in zip(extent, (down, across), strict=True))
    return resize(tf.ensure_shape(less, (None, None, image.shape[2])), Box(0, 0, *left), size, manner)


def _factor(length: Tensor, size: Tensor, gap: float) -> Tensor:
    """`int(length / size / reducing_gap) or 1`."""
    tf = tensorflow()
    f64, at_run_time = tf.float64, tf.minimum(tf.cast(length, tf.int32), 0)  # A constant's reciprocal is not exact.
    quotient = length / tf.cast(size + at_run_time, f64) / (gap + tf.cast(at_run_time, f64))
    return tf.maximum(tf.cast(quotient, tf.int32), 1)


def _nearest(axis: ResizeAxis) -> Tensor:
    # Geometry.c steps through the source by a running sum in double; its rounding decides at the edges between two
    # pixels, so (i + 0.5) * step is not the same.
    tf = tensorflow()
    step = axis.scale
    begin = tf.cast(axis.start, tf.float64) + step * 0.5
    steps = tf.concat([[begin], tf.fill([axis.size - 1], step)], 0)
    return tf.minimum(tf.cast(tf.floor(tf.cumsum(steps)), tf.int32), axis.length - 1)
