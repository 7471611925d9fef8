"""The table of steps as a project writes them: `["shorter_side 256", "center_crop 224x224", "scale torch"]`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, get_args

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import MAX_SIDE, parse_size
from workbench.spec.scale import Arithmetic, Numbers, Operation, parse_scale
from workbench.spec.steps import (
    THUMBNAIL_GAP,
    CenterCrop,
    CentralFraction,
    CropOrPad,
    CropToRatio,
    Draft,
    Featurewise,
    Frame,
    Framed,
    GreyToRgb,
    KeepAspectRatio,
    Moment,
    PerImageStandardization,
    Pixels,
    Resize,
    ResizeSide,
    ResizeWithPad,
    ReverseChannels,
    Rounding,
    Samplewise,
    Scaled,
    Side,
    Step,
    Thumbnail,
)

BAD_STEP: Final = "BAD_STEP"

ENDINGS: Final = (".npy", ".npz")
"""Files of numbers that a step may name, as numpy writes them."""

LARGEST: Final = 1e9
"""Numbers from here on are typing errors."""


class StepForm(msgspec.Struct, frozen=True):
    """A row: how the step is written, what it does, and what reads the text behind its word (raises `ValueError`)."""

    form: str
    words: str
    parse: Callable[[str], Step]


def parse_step(text: str) -> Step:
    """One step. Raises `WorkbenchError` BAD_STEP saying how it is written, BAD_SCALE for a scale that is none."""
    word, _, rest = text.strip().partition(" ")
    row = STEPS.get(word)
    if row is None:
        raise WorkbenchError(BAD_STEP, f"'{text}' is not a step.", hint=f"One of: {', '.join(STEPS)}.")
    try:
        return row.parse(rest.strip())
    except ValueError as err:
        hint = f"Write {row.form}: {row.words}."
        raise WorkbenchError(BAD_STEP, f"The step '{text}' cannot be read.", hint=hint) from err


def _size(text: str) -> Pixels:
    try:
        found = parse_size(text)
    except WorkbenchError as err:
        raise ValueError(text) from err
    if isinstance(found, str):
        raise ValueError(text)
    return found


def _number(text: str) -> float:
    found = float(text)
    if not math.isfinite(found) or abs(found) >= LARGEST:
        raise ValueError(text)
    return found


def _numbers(text: str) -> Numbers:
    """One number, or three: one a channel."""
    found = tuple(_number(part) for part in text.split(","))
    if len(found) not in (1, 3):
        raise ValueError(text)
    return found


def _alone(made: Step) -> Callable[[str], Step]:
    """A step that is a word and nothing else."""

    def parse(text: str) -> Step:
        if text:
            raise ValueError(text)
        return made

    return parse


def _sized(kind: Callable[[Pixels], Step]) -> Callable[[str], Step]:
    return lambda text: kind(_size(text))


def _resize(text: str) -> Step:
    words = text.split()
    return Resize(_size(" ".join(words[:1])), _gap(words[1:], 0.0))


def _thumbnail(text: str) -> Step:
    words = text.split()
    opened = words[1:2] == ["draft"]
    gap = _gap(words[2 if opened else 1 :], THUMBNAIL_GAP)
    if opened and not gap:  # Without it Pillow asks for no draft.
        raise ValueError(text)
    return Thumbnail(_size(" ".join(words[:1])), gap, opened)


def _gap(words: list[str], usual: float) -> float:
    """`reducing_gap G`, or `none`: 0."""
    if not words:
        return usual
    if len(words) != 2 or words[0] != "reducing_gap":
        raise ValueError(words)
    found = 0.0 if words[1] == "none" else _number(words[1])
    if 0 < found < 1 or found < 0:
        raise ValueError(words)
    return found


def _side(which: Side) -> Callable[[str], Step]:
    def parse(text: str) -> Step:
        number, _, word = text.partition(" ")
        rounding = next((known for known in get_args(Rounding) if known == (word.strip() or "floor")), None)
        if rounding is None or not 0 < int(number) <= MAX_SIDE:
            raise ValueError(text)
        return ResizeSide(which, int(number), rounding)

    return parse


def _fraction(text: str) -> Step:
    found = _number(text)
    if not 0 < found <= 1:
        raise ValueError(text)
    return CentralFraction(found)


def _framed(frame: Frame) -> Callable[[str], Step]:
    def parse(text: str) -> Step:
        size, _, colour = text.partition(" ")
        levels = tuple(int(part) for part in colour.split(",")) if colour else (0,)
        if len(levels) not in (1, 3) or not all(0 <= level <= 255 for level in levels):
            raise ValueError(text)
        return Framed(frame, _size(size), levels)

    return parse


def _arithmetic(operation: Operation) -> Callable[[str], Step]:
    def parse(text: str) -> Step:
        numbers = _numbers(text)
        if operation != "subtract" and 0 in numbers:
            raise ValueError(text)
        return Arithmetic(operation, numbers)

    return parse


def _featurewise(moment: Moment) -> Callable[[str], Step]:
    def parse(text: str) -> Step:
        if text.lower().endswith(ENDINGS):
            return Featurewise(moment, file=text)
        numbers = _numbers(text)
        if moment == "std" and any(number < 0 for number in numbers):
            raise ValueError(text)
        return Featurewise(moment, numbers)

    return parse


_BORDER: Final = "HxW or HxW R,G,B"
_PER_CHANNEL: Final = "A or A,B,C"
_FILE: Final = "FILE.npy, FILE.npz or A,B,C"

STEPS: Final[Mapping[str, StepForm]] = {
    "resize": StepForm("resize HxW [reducing_gap G]", "to that size by the reader's kernel", _resize),
    "draft": StepForm("draft HxW", "Image.draft of the opened file: a JPEG decoded at less cost", _sized(Draft)),
    "thumbnail": StepForm(
        "thumbnail HxW [draft] [reducing_gap G]", "Image.thumbnail; draft: of a file just opened", _thumbnail
    ),
    "shorter_side": StepForm("shorter_side N [floor|round]", "that side to N pixels, by the ratio", _side("shorter")),
    "longer_side": StepForm("longer_side N [floor|round]", "that side to N pixels, by the ratio", _side("longer")),
    "center_crop": StepForm("center_crop HxW", "the middle", _sized(CenterCrop)),
    "central_fraction": StepForm("central_fraction F", "tf.image.central_crop, F above 0, at most 1", _fraction),
    "crop_to_ratio": StepForm("crop_to_ratio HxW", "the largest middle part of that ratio", _sized(CropToRatio)),
    "keep_aspect_ratio": StepForm(
        "keep_aspect_ratio HxW", "load_img(keep_aspect_ratio=True) of Keras", _sized(KeepAspectRatio)
    ),
    "pad": StepForm(f"pad {_BORDER}", "a border up to that size", _framed("pad")),
    "pad_to_ratio": StepForm(f"pad_to_ratio {_BORDER}", "a border up to that ratio", _framed("pad_to_ratio")),
    "letterbox": StepForm(f"letterbox {_BORDER}", "resized to fit in, with a border", _framed("letterbox")),
    "image_ops_pad": StepForm(f"image_ops_pad {_BORDER}", "PIL.ImageOps.pad", _framed("image_ops_pad")),
    "resize_with_pad": StepForm("resize_with_pad HxW", "tf.image.resize_with_pad", _sized(ResizeWithPad)),
    "resize_with_crop_or_pad": StepForm(
        "resize_with_crop_or_pad HxW", "tf.image.resize_with_crop_or_pad", _sized(CropOrPad)
    ),
    "grey_to_rgb": StepForm("grey_to_rgb", "read in grey, the channel repeated", _alone(GreyToRgb())),
    "reverse_channels": StepForm("reverse_channels", "RGB to BGR or back", _alone(ReverseChannels())),
    "scale": StepForm("scale NAME", "a scale of the table of scales", lambda text: Scaled(parse_scale(text))),
    "multiply": StepForm(f"multiply {_PER_CHANNEL}", "every value, in float32, not by 0", _arithmetic("multiply")),
    "divide": StepForm(f"divide {_PER_CHANNEL}", "every value, in float32, not by 0", _arithmetic("divide")),
    "subtract": StepForm(f"subtract {_PER_CHANNEL}", "from every value, in float32", _arithmetic("subtract")),
    "per_image_standardization": StepForm(
        "per_image_standardization", "tf.image.per_image_standardization", _alone(PerImageStandardization())
    ),
    "samplewise_center": StepForm(
        "samplewise_center", "minus the image's own mean (ImageDataGenerator)", _alone(Samplewise("mean"))
    ),
    "samplewise_std": StepForm(
        "samplewise_std", "over the image's own deviation + 1e-6 (ImageDataGenerator)", _alone(Samplewise("std"))
    ),
    "featurewise_center": StepForm(
        f"featurewise_center {_FILE}", "minus the mean of all images (ImageDataGenerator)", _featurewise("mean")
    ),
    "featurewise_std": StepForm(
        f"featurewise_std {_FILE}",
        "over the deviation of all images + 1e-6 (ImageDataGenerator)",
        _featurewise("std"),
    ),
}
"""Every step by its word."""
