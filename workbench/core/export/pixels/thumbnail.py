"""`Image.thumbnail` and `Image.draft` of Pillow: a thumbnail's size, and what a JPEG is decoded to at less cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from workbench.core.export.pixels.file_bytes import is_format
from workbench.core.export.pixels.kernels import ratio
from workbench.core.lazy import tensorflow
from workbench.spec.steps import Draft, Geometry, Pixels, Thumbnail

Tensor = Any
Sides = tuple[Tensor, Tensor]

FACTORS: Final = (8, 4, 2, 1)
"""The factors by which libjpeg reduces a picture while decoding, as Pillow requests them."""


class Drafted(NamedTuple):
    """A JPEG's own (height, width), int32 scalars, and the factor it was divided by while it was decoded, int32."""

    sides: Sides
    factor: Tensor

    @property
    def extent(self) -> Sides:
        """The part of the decoded picture that holds the image: float64, since its last pixel may be a fraction of
        one."""
        tf = tensorflow()
        height, width = (tf.cast(side, tf.float64) / tf.cast(self.factor, tf.float64) for side in self.sides)
        return height, width


def draft_wanted(steps: tuple[Geometry, ...]) -> Pixels | None:
    """The (height, width) that the first step requests from the decoder; `None` if it requests nothing."""
    match steps[:1]:
        case (Draft(size=size),):
            return size
        case (Thumbnail(size=size, draft=True, reducing_gap=gap),):
            return int(size[0] * gap), int(size[1] * gap)
    return None


def drafted(encoded: Tensor, wanted: Pixels) -> Drafted:
    """The effect of `Image.draft` on the decoder; none for files that are not JPEGs."""
    tf = tensorflow()
    shape = tf.cond(
        is_format(encoded, "JPEG"), lambda: tf.io.extract_jpeg_shape(encoded), lambda: tf.constant([1, 1, 3])
    )
    scale = tf.minimum(shape[0] // wanted[0], shape[1] // wanted[1])
    factor = tf.reduce_max(tf.where(scale >= FACTORS, tf.constant(FACTORS), tf.ones([4], tf.int32)))
    return Drafted((shape[0], shape[1]), factor)


def by_factor(factor: Tensor, decode: Callable[[int], Tensor]) -> Tensor:
    """The picture decoded at the factor. The factor is an attribute of the op, so there is one op for each."""
    tf = tensorflow()
    eighth, quarter, half, whole = ((lambda n=n: decode(n)) for n in FACTORS)
    below = tf.cond(tf.equal(factor, 2), half, whole)
    return tf.cond(factor >= 4, lambda: tf.cond(tf.equal(factor, 8), eighth, quarter), lambda: below)


def thumbnail_size(height: Tensor, width: Tensor, size: Pixels) -> Sides:
    """(height, width) of `thumbnail((width, height))`: within `size` and as near to the ratio as whole pixels are.

    An image within the size keeps its own. All in double, as Python counts.
    """
    tf = tensorflow()
    f64 = tf.float64
    high, wide = (side + tf.minimum(height, 0) for side in size)  # No constants: these would be divided by otherwise.
    aspect = ratio(width, height, f64)
    broad = tf.constant(size[1] / size[0], f64) >= aspect
    columns = _nearest(tf.cast(high, f64) * aspect, lambda n: tf.abs(aspect - ratio(n, high, f64)))
    rows = _nearest(
        tf.cast(wide, f64) / aspect,
        lambda n: tf.where(tf.equal(n, 0), tf.zeros([], f64), tf.abs(aspect - ratio(wide, tf.maximum(n, 1), f64))),
    )
    fits = tf.logical_and(height <= size[0], width <= size[1])
    made = tf.where(broad, tf.stack([high, columns]), tf.stack([rows, wide]))
    found = tf.where(fits, tf.stack([height, width]), made)
    return found[0], found[1]


def _nearest(value: Tensor, distance: Callable[[Tensor], Tensor]) -> Tensor:
    """The integer below or above with the smaller distance, the lower one if equal; at least 1."""
    tf = tensorflow()
    below, above = (tf.cast(side, tf.int32) for side in (tf.floor(value), tf.math.ceil(value)))
    return tf.maximum(tf.where(distance(above) < distance(below), above, below), 1)
