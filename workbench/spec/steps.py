"""Steps as data: what stands between a decoded image and the model's input tensor, in order.

A new step is a struct here, a row in `spec.step_forms`, its case in `core.export.steps`, and its call of the library
that it stands for in `core.training`.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from workbench.spec.scale import Arithmetic, Numbers, Scale

Pixels = tuple[int, int]
"""(height, width)."""

Frame = Literal["pad", "pad_to_ratio", "letterbox", "image_ops_pad"]
"""Steps that put a border of one colour around the image, each by a rule of its own."""

Side = Literal["shorter", "longer"]
Rounding = Literal["floor", "round"]
Moment = Literal["mean", "std"]

KERAS_EPSILON: Final = 1e-6
"""What `ImageDataGenerator.standardize` adds to a deviation before it divides by it (Keras 2 and 3)."""


THUMBNAIL_GAP: Final = 2.0
"""The `reducing_gap` that `Image.thumbnail` has by itself."""


class Resize(msgspec.Struct, frozen=True):
    """`resize HxW`: to that size by the reader's kernel, whatever the ratio. All that follow are frozen values, too.

    `reducing_gap` is that of `Image.resize`, at least 1; 0 is none.
    """

    size: Pixels
    reducing_gap: float = 0.0


class Draft(msgspec.Struct, frozen=True):
    """`draft HxW`: `Image.draft("RGB", (width, height))` of the opened file, its first step."""

    size: Pixels


class Thumbnail(msgspec.Struct, frozen=True):
    """`thumbnail HxW`: `Image.thumbnail((width, height))` by the reader's kernel. It makes no image larger.

    `draft` says that the image was just opened, and not converted: a JPEG's decoder then shrinks it first.
    """

    size: Pixels
    reducing_gap: float = THUMBNAIL_GAP
    draft: bool = False


class ResizeSide(msgspec.Struct, frozen=True):
    """`shorter_side N` or `longer_side N`: that side to N pixels, the other one by the ratio.

    Its exact quotient is rounded down ("floor", the default) or to the nearest whole number, half to even ("round").
    """

    which: Side
    pixels: int
    rounding: Rounding = "floor"


class CenterCrop(msgspec.Struct, frozen=True):
    """`center_crop HxW`: the middle, the spare pixel below and to the right. A smaller image is refused."""

    size: Pixels


class CentralFraction(msgspec.Struct, frozen=True):
    """`central_fraction F`: `tf.image.central_crop`, 0 < F <= 1."""

    fraction: float


class CropToRatio(msgspec.Struct, frozen=True):
    """`crop_to_ratio HxW`: the largest part of that ratio, out of the middle, as the reader's library counts it."""

    size: Pixels


class KeepAspectRatio(msgspec.Struct, frozen=True):
    """`keep_aspect_ratio HxW`: Keras' `load_img` with that option: the kernel reaches over the edge of the middle."""

    size: Pixels


class Framed(msgspec.Struct, frozen=True):
    """An image in the middle of a border of one colour, R,G,B of 0 to 255 (one number: all alike; black).

    `pad HxW` keeps its size (a larger one is refused), `pad_to_ratio HxW` gives it that ratio, `letterbox HxW` resizes
    it to fit in (the smaller ratio, sides rounded), `image_ops_pad HxW` is `PIL.ImageOps.pad`.
    """

    frame: Frame
    size: Pixels
    colour: tuple[int, ...] = (0,)


class ResizeWithPad(msgspec.Struct, frozen=True):
    """`resize_with_pad HxW`: `tf.image.resize_with_pad`."""

    size: Pixels


class CropOrPad(msgspec.Struct, frozen=True):
    """`resize_with_crop_or_pad HxW`: `tf.image.resize_with_crop_or_pad`, which does not resize."""

    size: Pixels


class GreyToRgb(msgspec.Struct, frozen=True):
    """`grey_to_rgb`: the image is read in grey and its channel repeated."""


class ReverseChannels(msgspec.Struct, frozen=True):
    """`reverse_channels`: RGB to BGR or back; transparency stays last. Every image is read as RGB first."""


class Scaled(msgspec.Struct, frozen=True):
    """`scale NAME`: a row of the table of scales."""

    scale: Scale


class PerImageStandardization(msgspec.Struct, frozen=True):
    """`per_image_standardization`: `tf.image.per_image_standardization`."""


class Samplewise(msgspec.Struct, frozen=True):
    """`samplewise_center` (minus the image's own mean) or `samplewise_std` (over its own deviation + 1e-6)."""

    moment: Moment


class Featurewise(msgspec.Struct, frozen=True):
    """`featurewise_center` (minus the mean of all images) or `featurewise_std` (over their deviation + 1e-6).

    The numbers are a channel's each or one for all, or those of `file`: .npy or .npz, a number a channel or a pixel.
    """

    moment: Moment
    numbers: Numbers = ()
    file: str = ""


Geometry = (
    Draft
    | Thumbnail
    | Resize
    | ResizeSide
    | CenterCrop
    | CentralFraction
    | CropToRatio
    | KeepAspectRatio
    | Framed
    | ResizeWithPad
    | CropOrPad
)
Channels = GreyToRgb | ReverseChannels
Values = Scaled | Arithmetic | PerImageStandardization | Samplewise | Featurewise
Step = Geometry | Channels | Values
