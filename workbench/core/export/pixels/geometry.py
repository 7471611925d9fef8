"""Steps that move pixels, on one image `(h, w, c)`: uint8, or float32 if the reader's library resizes to that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, assert_never

import numpy as np

from workbench.core.export.pillow_resize import Box
from workbench.core.export.pixels import fit
from workbench.core.export.pixels.kernels import ratio
from workbench.core.export.pixels.thumbnail import Drafted, thumbnail_size
from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import WRONG_SIZE
from workbench.spec.step_forms import BAD_STEP
from workbench.spec.step_rules import size_after
from workbench.spec.steps import (
    CenterCrop,
    CentralFraction,
    CropOrPad,
    CropToRatio,
    Draft,
    Framed,
    Geometry,
    KeepAspectRatio,
    Pixels,
    Resize,
    ResizeSide,
    ResizeWithPad,
    Thumbnail,
)

Tensor = Any
Sides = tuple[Tensor, Tensor]
"""(height, width): ints or int32 scalars."""


class Resizer(NamedTuple):
    """How a reader's library resizes.

    `resize(image, size)`; `part(image, box, size)` for kernels that reach over the edge of a box; the box that it crops
    to an aspect ratio; and `by_gap(image, extent, size, reducing_gap)`, which only Pillow's readers have.
    """

    resize: Callable[[Tensor, Sides], Tensor]
    part: Callable[[Tensor, Box, Sides], Tensor]
    ratio_box: Callable[[Tensor, Tensor, Pixels], Box]
    by_gap: Callable[[Tensor, Sides, Sides, float], Tensor] | None = None


def moved(image: Tensor, steps: Sequence[Geometry], by: Resizer, made: Drafted | None = None) -> Tensor:
    """The image after the steps; `made` is how it was decoded, if the first step asked for a draft.

    Fails (`InvalidArgumentError`) with `WRONG_SIZE: ...` for an image that is too small to be cropped, or too large for
    its frame.
    """
    for place, step in enumerate(steps):
        size = size_after(steps[: place + 1])
        image = _moved(image, step, by, made)
        if size is not None:
            image = tensorflow().ensure_shape(image, (*size, image.shape[-1]))
    return image


def _moved(image: Tensor, step: Geometry, by: Resizer, made: Drafted | None) -> Tensor:
    height, width = _sides(image)
    match step:
        case Draft():
            return image  # It was decoded like that.
        case Thumbnail():
            return _thumbnail(image, step, by, made if step.draft else None)
        case Resize():
            return (
                _by_gap(image, step.size, step.reducing_gap, by) if step.reducing_gap else by.resize(image, step.size)
            )
        case ResizeSide():
            return by.resize(image, _by_side(step, height, width))
        case CenterCrop():
            return _center_crop(image, step.size)
        case CentralFraction():
            return cut(image, _central(image, step.fraction))
        case CropToRatio():
            return cut(image, by.ratio_box(height, width, step.size))
        case KeepAspectRatio():
            return by.part(image, fit.load_img_crop(height, width, step.size), step.size)
        case Framed():
            return _framed(image, step, by)
        case ResizeWithPad():
            bars = fit.resize_with_pad(height, width, step.size)
            return fit.barred(bars, step.size, lambda size: by.resize(image, size))
        case CropOrPad():
            return _crop_or_pad(image, step.size)
    assert_never(step)


def _by_gap(image: Tensor, size: Sides, gap: float, by: Resizer, extent: Sides | None = None) -> Tensor:
    tf = tensorflow()
    if by.by_gap is None:
        raise WorkbenchError(BAD_STEP, "Only PIL.Image has a reducing_gap.", hint="Choose a reader of Pillow.")
    height, width = (tf.cast(side, tf.float64) for side in _sides(image))
    return by.by_gap(image, extent or (height, width), size, gap)


def _thumbnail(image: Tensor, step: Thumbnail, by: Resizer, made: Drafted | None) -> Tensor:
    tf = tensorflow()
    own = _sides(image)
    size = thumbnail_size(*(made.sides if made else own), step.size)
    same = tf.reduce_all(tf.equal(tf.stack(size), tf.stack(own)))
    extent = made.extent if made else None
    return tf.cond(same, lambda: image, lambda: _by_gap(image, size, step.reducing_gap, by, extent))


def _sides(image: Tensor) -> Sides:
    shape = tensorflow().shape(image)
    return shape[0], shape[1]


def cut(image: Tensor, box: Box) -> Tensor:
    """The pixels in a box."""
    return image[box.top : box.top + box.height, box.left : box.left + box.width]


def _by_side(step: ResizeSide, height: Tensor, width: Tensor) -> Sides:
    """The size whose shorter or longer side is that of the step."""
    tf = tensorflow()
    own = (tf.minimum if step.which == "shorter" else tf.maximum)(height, width)

    def side(length: Tensor) -> Tensor:
        if step.rounding == "floor":
            return tf.maximum(length * step.pixels // own, 1)
        return tf.maximum(tf.cast(tf.round(ratio(length * step.pixels, own, tf.float64)), tf.int32), 1)

    return side(height), side(width)


def _center_crop(image: Tensor, size: Pixels) -> Tensor:
    height, width = _sides(image)
    text = f"{WRONG_SIZE}: this export takes images of at least {size[0]}x{size[1]} pixels here"
    image = _refused_unless(image, height >= size[0], width >= size[1], text)
    return cut(image, Box((height - size[0]) // 2, (width - size[1]) // 2, *size))


def _refused_unless(image: Tensor, high: Tensor, wide: Tensor, text: str) -> Tensor:
    """The image, unchanged. Everything computed from it depends on the check, so that freezing keeps it."""
    tf = tensorflow()
    with tf.control_dependencies([tf.debugging.Assert(tf.logical_and(high, wide), [f"{text}."])]):
        return tf.identity(image)


def _central(image: Tensor, fraction: float) -> Box:
    """The box of `tf.image.central_crop`: the margin on each side is computed in double and truncated to whole pixels.

    If the image's size is unknown while a graph is built, as in a `tf.data` pipeline before its resize, TensorFlow
    converts the fraction to float32 first: 0.8 of 10 pixels is then 10, and 8 otherwise. So does this graph.
    """
    tf = tensorflow()
    height, width = _sides(image)
    known = None not in image.shape[:2]
    factor = fraction if known else float(np.float32(fraction))

    def spare(side: Tensor) -> Tensor:
        exact = tf.cast(side, tf.float64)
        return tf.cast((exact - exact * factor) / 2.0, tf.int32)

    top, left = spare(height), spare(width)
    return Box(top, left, height - top * 2, width - left * 2)


def _framed(image: Tensor, step: Framed, by: Resizer) -> Tensor:
    height, width = _sides(image)
    colour = _colour(step, int(image.shape[-1]))

    def resized(size: Sides) -> Tensor:
        return by.resize(image, size)

    match step.frame:
        case "pad":
            text = f"{WRONG_SIZE}: this export takes images of at most {step.size[0]}x{step.size[1]} pixels here"
            whole = _refused_unless(image, height <= step.size[0], width <= step.size[1], text)
            return fit.barred(fit.centred(height, width, step.size), step.size, lambda _: whole, colour)
        case "pad_to_ratio":
            sides = fit.ratio_frame(height, width, step.size)
            return fit.barred(fit.centred(height, width, sides), sides, lambda _: image, colour)
        case "letterbox":
            return fit.barred(fit.letterbox(height, width, step.size), step.size, resized, colour)
        case "image_ops_pad":
            return fit.barred(fit.image_ops_pad(height, width, step.size), step.size, resized, colour)
    assert_never(step.frame)


def _colour(step: Framed, channels: int) -> tuple[int, ...]:
    """One value per channel: a single number applies to all; a colour is opaque, and grey is one of three equal
    numbers."""
    if len(step.colour) == 1 or channels == 1:
        return step.colour[:1] * channels
    return (*step.colour, 255)[:channels]


def _crop_or_pad(image: Tensor, size: Pixels) -> Tensor:
    """`tf.image.resize_with_crop_or_pad`: first the central crop, then bars of zeros; all halves are rounded down.

    It computes both offsets from one difference, with floor division: `max(-d // 2, 0)`, `max(d // 2, 0)`.
    """
    tf = tensorflow()
    height, width = _sides(image)

    def spare(length: Tensor, wanted: int) -> tuple[Tensor, Tensor]:
        apart = wanted - length
        return tf.maximum(-apart // 2, 0), tf.maximum(apart // 2, 0)

    (top, above), (left, before) = spare(height, size[0]), spare(width, size[1])
    middle = cut(image, Box(top, left, tf.minimum(height, size[0]), tf.minimum(width, size[1])))
    bars = fit.Letterbox(*_sides(middle), above, before)
    return fit.barred(bars, size, lambda _: middle)
