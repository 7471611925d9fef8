"""Alpha compositing and greyscale conversion bit for bit as Pillow does them, in float32, where both are exact.

Products of two pixel values stay below 2^16 and Pillow's 16-bit luma weights times a pixel value below 2^24.
"""

from __future__ import annotations

from typing import Any, Final

from workbench.core.export.pixels.strips import pointwise
from workbench.core.lazy import tensorflow

Tensor = Any

LUMA: Final = (19595.0, 38470.0, 7471.0)
"""Pillow's RGB to L weights in 1/65536 (ITU-R 601-2; `L24` in Convert.c)."""

BACKGROUNDS: Final = {"black": 0.0, "white": 255.0}


def luma(image: Tensor) -> Tensor:
    """A uint8 RGB image as `convert("L")` makes it: `(h, w, 1)`."""
    tf = tensorflow()
    weights = tf.constant([[w / 65536.0] for w in LUMA])

    def grey(pixels: Tensor) -> Tensor:
        shape = tf.shape(pixels)
        flat = tf.matmul(tf.reshape(pixels, [-1, 3]), weights) + 0.5
        return tf.reshape(flat, [shape[0], shape[1], 1])

    return pointwise(image, grey, 1)


def composited(image: Tensor, colour: str) -> Tensor:
    """A uint8 RGBA image laid on "black" or "white", as uint8 RGB.

    As `background = Image.new("RGB", image.size, colour); background.paste(image, mask=image.split()[3])`.
    """

    def laid(pixels: Tensor) -> Tensor:
        levels, mask = pixels[..., :3], pixels[..., 3:]
        return _by_255(levels * mask + (255.0 - mask) * BACKGROUNDS[colour])

    return pointwise(image, laid, 3)


def premultiplied(image: Tensor) -> Tensor:
    """A uint8 RGBA image as `convert("RGBa")`: how Pillow resizes one."""
    tf = tensorflow()

    def multiplied(pixels: Tensor) -> Tensor:
        levels, mask = pixels[..., :3], pixels[..., 3:]
        return tf.concat([_by_255(levels * mask), mask], axis=-1)

    return pointwise(image, multiplied, 4)


def straight(image: Tensor) -> Tensor:
    """The way back, `convert("RGBA")` of an RGBa image: divided by the transparency and cut off."""
    tf = tensorflow()

    def divided(pixels: Tensor) -> Tensor:
        levels, mask = pixels[..., :3], pixels[..., 3:]
        # True integer division: a float32 quotient just below a whole number may round up to it.
        whole = tf.cast(levels * 255.0, tf.int32) // tf.cast(tf.maximum(mask, 1.0), tf.int32)
        plain = tf.logical_or(tf.equal(mask, 0.0), tf.equal(mask, 255.0))
        return tf.concat([tf.where(plain, levels, tf.cast(tf.minimum(whole, 255), tf.float32)), mask], axis=-1)

    return pointwise(image, divided, 4)


def _by_255(product: Tensor) -> Tensor:
    """`DIV255` of ImagingUtils.h: a product of two levels over 255, rounded, in 8-bit steps."""
    tf = tensorflow()
    value = product + 128.0
    return tf.floor((tf.floor(value / 256.0) + value) / 256.0)
