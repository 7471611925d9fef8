"""Handles another aspect ratio: the box of a center crop, or the position of an image in a letterbox.

Each rule is that of the named function, with its own arithmetic: one pixel more or less is another image.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from workbench.core.export.pillow_resize import Box
from workbench.core.export.pixels.kernels import ratio
from workbench.core.lazy import tensorflow

Tensor = Any


class Letterbox(NamedTuple):
    """An image of `(height, width)` pixels with its corner at (top, left) between the bars: int32 scalars."""

    height: Tensor
    width: Tensor
    top: Tensor
    left: Tensor


def load_img_crop(height: Tensor, width: Tensor, size: tuple[int, int]) -> Box:
    """The box of `load_img(keep_aspect_ratio=True)`, Keras 2 and 3.

    An image hundreds of times longer than wide may leave a box without pixels: Pillow then reads all from one position.
    """
    tf = tensorflow()
    high = tf.minimum(height, width * size[0] // size[1])
    broad = tf.minimum(width, height * size[1] // size[0])
    return Box((height - high) // 2, (width - broad) // 2, high, broad)


def smart_resize_crop(height: Tensor, width: Tensor, size: tuple[int, int]) -> Box:
    """The box of `crop_to_aspect_ratio` (`smart_resize`): float32 quotients, truncated to whole pixels."""
    tf = tensorflow()
    f32 = tf.float32
    high = tf.cast(ratio(width * size[0], size[1], f32), tf.int32)
    broad = tf.cast(ratio(height * size[1], size[0], f32), tf.int32)
    high = tf.maximum(tf.minimum(height, high), 1)
    broad = tf.maximum(tf.minimum(width, broad), 1)
    return Box((height - high) // 2, (width - broad) // 2, high, broad)


def image_ops_pad(height: Tensor, width: Tensor, size: tuple[int, int]) -> Letterbox:
    """The position in `PIL.ImageOps.pad(image, size)` of Pillow 12 and 13: rounded half to even, centred.

    An image so thin that it rounds to no pixels is an error in Pillow 12; in 13, and here, the result is black
    (`barred`).
    """
    tf = tensorflow()
    f64 = tf.float64
    own, wanted = ratio(width, height, f64), tf.constant(size[1] / size[0], f64)
    low = tf.cast(tf.round(ratio(height, width, f64) * size[1]), tf.int32)
    thin = tf.cast(tf.round(ratio(width, height, f64) * size[0]), tf.int32)
    high = tf.where(own > wanted, low, size[0])
    broad = tf.where(own < wanted, thin, size[1])
    return Letterbox(high, broad, _half_to_even(size[0] - high), _half_to_even(size[1] - broad))


def _half_to_even(space: Tensor) -> Tensor:
    tf = tensorflow()
    return tf.cast(tf.round(tf.cast(space, tf.float64) * 0.5), tf.int32)


def resize_with_pad(height: Tensor, width: Tensor, size: tuple[int, int]) -> Letterbox:
    """The position in `tf.image.resize_with_pad` (`pad_to_aspect_ratio`; the same in TF 1): float32, rounded down.

    An image so thin that it rounds to no pixels is an error there and one pixel wide here.
    """
    tf = tensorflow()
    f32 = tf.float32
    scale = tf.maximum(ratio(width, size[1], f32), ratio(height, size[0], f32))
    high, broad = tf.cast(height, f32) / scale, tf.cast(width, f32) / scale
    top, left = ((tf.constant(float(side), f32) - part) / 2.0 for side, part in zip(size, (high, broad), strict=True))

    def pixels(value: Tensor, least: int) -> Tensor:
        return tf.maximum(tf.cast(tf.floor(value), tf.int32), least)

    return Letterbox(pixels(high, 1), pixels(broad, 1), pixels(top, 0), pixels(left, 0))


def centred(height: Tensor, width: Tensor, frame: tuple[Tensor, Tensor]) -> Letterbox:
    """An image in the middle of a frame of `(height, width)`; an odd pixel is left below and to the right."""
    return Letterbox(height, width, (frame[0] - height) // 2, (frame[1] - width) // 2)


def letterbox(height: Tensor, width: Tensor, size: tuple[int, int]) -> Letterbox:
    """The position of an image resized by the smaller of two ratios, both sides rounded half to even and at least one
    pixel.

    All in double, as Python computes.
    """
    tf = tensorflow()
    f64 = tf.float64
    factor = tf.minimum(size[0] / tf.cast(height, f64), size[1] / tf.cast(width, f64))

    def side(length: Tensor) -> Tensor:
        return tf.maximum(tf.cast(tf.round(tf.cast(length, f64) * factor), tf.int32), 1)

    return centred(side(height), side(width), size)


def integer_crop(height: Tensor, width: Tensor, size: tuple[int, int]) -> Box:
    """The largest box of that aspect ratio, by integer division, at least one pixel on each side."""
    tf = tensorflow()
    box = load_img_crop(height, width, size)
    high, broad = tf.maximum(box.height, 1), tf.maximum(box.width, 1)
    return Box((height - high) // 2, (width - broad) // 2, high, broad)


def ratio_frame(height: Tensor, width: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The smallest frame of that aspect ratio around an image, by integer division."""
    tf = tensorflow()
    return tf.maximum(height, width * size[0] // size[1]), tf.maximum(width, height * size[1] // size[0])


def barred(
    bars: Letterbox,
    size: tuple[Tensor, Tensor],
    resized: Callable[[tuple[Tensor, Tensor]], Tensor],
    colour: tuple[int, ...] = (0,),
) -> Tensor:
    """The image `(h, w, c)` that `resized` returns for a (height, width), on a background `(*size, c)`.

    `colour` is one pixel value, or one per channel.
    """
    tf = tensorflow()
    one = resized((tf.maximum(bars.height, 1), tf.maximum(bars.width, 1)))
    kept = one[: bars.height, : bars.width]  # No pixels at all if the rule rounds to none.
    below, right = size[0] - bars.top - bars.height, size[1] - bars.left - bars.width
    edges = tf.stack([[bars.top, below], [bars.left, right], [0, 0]])
    if len(set(colour)) == 1:
        return tf.pad(kept, edges, constant_values=tf.constant(colour[0], kept.dtype))
    planes = [kept[..., n : n + 1] for n in range(len(colour))]
    levels = [tf.constant(level, kept.dtype) for level in colour]
    return tf.concat([tf.pad(p, edges, constant_values=level) for p, level in zip(planes, levels, strict=True)], -1)
