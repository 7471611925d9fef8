"""Alpha compositing as in Pillow, and greyscale as in Pillow and OpenCV, bit-identical: in float32, where both are
exact.

Products of two pixel values stay below 2^16, and 16-bit luma weights times a pixel value below 2^24.
"""

from __future__ import annotations

from typing import Any, Final

from workbench.core.export.pixels.strips import pointwise
from workbench.core.lazy import tensorflow

Tensor = Any

Weights = tuple[float, float, float]
"""Weights of red, green and blue in grey: multiples of 2^-16 or of a coarser power of two."""

LUMA: Final[Weights] = (19595 / 65536, 38470 / 65536, 7471 / 65536)
"""Pillow's RGB to L weights (ITU-R 601-2; `L24` in Convert.c)."""

CVT_COLOR: Final[dict[int, Weights]] = {
    15: (9798 / 32768, 19235 / 32768, 3735 / 32768),
    14: (4899 / 16384, 9617 / 16384, 1868 / 16384),
}
"""Weights of OpenCV's `cvtColor` (`RY15` ... in color.hpp, `R2Y` ... before) by their fractional bits."""

BACKGROUNDS: Final = {"black": 0.0, "white": 255.0}


def luma(image: Tensor, weights: Weights = LUMA) -> Tensor:
    """A uint8 RGB image as grey, `(h, w, 1)`, rounded half up: `convert("L")`, or `cvtColor` with its weights."""
    tf = tensorflow()
    column = tf.constant([[weight] for weight in weights])

    def grey(pixels: Tensor) -> Tensor:
        shape = tf.shape(pixels)
        flat = tf.matmul(tf.reshape(pixels, [-1, 3]), column) + 0.5
        return tf.reshape(flat, [shape[0], shape[1], 1])

    return pointwise(image, grey, 1)


def composited(image: Tensor, colour: str) -> Tensor:
    """A uint8 RGBA image composited on "black" or "white", as uint8 RGB.

    As `background = Image.new("RGB", image.size, colour); background.paste(image, mask=image.split()[3])`.
    """

    def laid(pixels: Tensor) -> Tensor:
        levels, mask = pixels[..., :3], pixels[..., 3:]
        return _by_255(levels * mask + (255.0 - mask) * BACKGROUNDS[colour])

    return pointwise(image, laid, 3)


def premultiplied(image: Tensor) -> Tensor:
    """A uint8 RGBA image with premultiplied alpha, as `convert("RGBa")`: the form in which Pillow resizes it."""
    tf = tensorflow()

    def multiplied(pixels: Tensor) -> Tensor:
        levels, mask = pixels[..., :3], pixels[..., 3:]
        return tf.concat([_by_255(levels * mask), mask], axis=-1)

    return pointwise(image, multiplied, 4)


def straight(image: Tensor) -> Tensor:
    """The inverse, `convert("RGBA")` of an RGBa image: divided by alpha and clipped."""
    tf = tensorflow()

    def divided(pixels: Tensor) -> Tensor:
        levels, mask = pixels[..., :3], pixels[..., 3:]
        # Integer division: a float32 quotient just below an integer may round up to it.
        whole = tf.cast(levels * 255.0, tf.int32) // tf.cast(tf.maximum(mask, 1.0), tf.int32)
        plain = tf.logical_or(tf.equal(mask, 0.0), tf.equal(mask, 255.0))
        return tf.concat([tf.where(plain, levels, tf.cast(tf.minimum(whole, 255), tf.float32)), mask], axis=-1)

    return pointwise(image, divided, 4)


def _by_255(product: Tensor) -> Tensor:
    """`DIV255` of ImagingUtils.h: a product of two pixel values divided by 255 and rounded, in 8-bit steps."""
    tf = tensorflow()
    value = product + 128.0
    return tf.floor((tf.floor(value / 256.0) + value) / 256.0)
