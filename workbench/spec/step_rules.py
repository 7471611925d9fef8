"""Rules of a list of steps: their order, the size that comes out of them, and what goes with a reader and a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeGuard, assert_never

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import size_words
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS, parse_reader
from workbench.spec.reader_family import Reader
from workbench.spec.scale import BY_HAND, Arithmetic, Scale
from workbench.spec.step_forms import BAD_STEP, parse_step
from workbench.spec.steps import (
    CenterCrop,
    CentralFraction,
    CropOrPad,
    CropToRatio,
    Draft,
    Featurewise,
    Framed,
    Geometry,
    GreyToRgb,
    KeepAspectRatio,
    Pixels,
    Resize,
    ResizeSide,
    ResizeWithPad,
    ReverseChannels,
    Scaled,
    Step,
    Thumbnail,
    Values,
)

SHORT_FORM: Final = ("fit", "colour", "scale")
"""Settings that are short for steps: beside a list of steps they stay at their defaults."""

LIBRARY_STEPS: Final = ("keep_aspect_ratio", "image_ops_pad", "resize_with_pad")
"""Steps that are one function of one library, resize and all: readers of others have no such function."""

SHORT_DEFAULTS: Final = {f.name: f.default for f in msgspec.structs.fields(Preprocess) if f.name in SHORT_FORM}


def is_geometry(step: Step) -> TypeGuard[Geometry]:
    """Whether a step moves pixels."""
    return isinstance(step, Geometry)


def is_value(step: Step) -> TypeGuard[Values]:
    """Whether a step computes with pixel values."""
    return isinstance(step, Values)


def channel_and_value_steps(settings: Preprocess) -> tuple[ReverseChannels | Values, ...]:
    """What is done to the pixel values (0-255) once they have their places: orders of channels and arithmetic."""
    return tuple(step for step in settings.expanded() if isinstance(step, ReverseChannels | Values))


def said_scale(settings: Preprocess) -> str:
    """What becomes of pixel values as the text of a scale; empty where no scale says it.

    Raises `WorkbenchError` BAD_STEP or BAD_SCALE for steps that are none.
    """
    if not settings.steps:
        return settings.scale
    steps = channel_and_value_steps(settings)
    plain = [step for step in steps if isinstance(step, Arithmetic)]
    scales = [step.scale for step in steps if isinstance(step, Scaled)]
    if len(scales) == 1 and len(steps) == 1:
        return next(text for text in settings.steps if parse_step(text) == steps[0]).partition(" ")[2].strip()
    if len(plain) != len(steps):
        return ""
    whole = Scale("mean/std", "", tuple(plain))
    mean, deviation = (",".join(f"{number:.10g}" for number in part) for part in (whole.mean, whole.std))
    return f"{BY_HAND}{mean}/{deviation}" if plain else "0..255"


def scale_field(settings: Preprocess) -> str:
    """The setting that says what becomes of pixel values."""
    return "steps" if settings.steps else "scale"


def channels_read(steps: Sequence[Step], channels: int) -> int:
    """The channels that an image is read in for a model that takes so many: 1 where they are repeated."""
    return 1 if any(isinstance(step, GreyToRgb) for step in steps) else channels


def size_after(steps: Sequence[Step]) -> Pixels | None:
    """The (height, width) of every image after the steps; `None` where it depends on the image's own."""
    size: Pixels | None = None
    for step in steps:
        if is_geometry(step):
            size = _size_after(step, size)
    return size


def _size_after(step: Geometry, size: Pixels | None) -> Pixels | None:
    match step:
        case Framed(frame="pad_to_ratio") | CropToRatio():
            return None
        case Resize() | CenterCrop() | KeepAspectRatio() | Framed() | ResizeWithPad() | CropOrPad():
            return step.size
        case Draft():
            return size
        case Thumbnail():
            return None
        case ResizeSide():
            return size and _by_side(step, size)
        case CentralFraction():
            # As `tf.image.central_crop` counts: what goes at each side is cut to whole pixels.
            return size and (_central(size[0], step.fraction), _central(size[1], step.fraction))
    assert_never(step)


def _by_side(step: ResizeSide, size: Pixels) -> Pixels:
    side = min(size) if step.which == "shorter" else max(size)
    rounds = int if step.rounding == "floor" else round
    height, width = (step.pixels if own == side else max(rounds(own * step.pixels / side), 1) for own in size)
    return height, width


def _central(side: int, fraction: float) -> int:
    return side - 2 * int((side - side * fraction) / 2)


def check_steps(settings: Preprocess, channels: int | None = None) -> None:
    """Raises `WorkbenchError` BAD_STEP for steps that cannot follow each other, do not go with the reader, or give
    another size than the settings say; with `channels`, for a model that takes images of so many, CHANNELS.

    BAD_READER and BAD_SCALE where these are none.
    """
    steps = settings.expanded()
    if settings.steps:
        _check_short_form(settings)
        _check_order(settings)
        _check_size(settings, size_after(steps))
        _check_reader(settings)
    if channels is not None:
        # Of the short form a reader may decide the order of the colours; grey then has none.
        written = steps if settings.steps else [step for step in steps if not isinstance(step, ReverseChannels)]
        for text in _unfit(written, channels):
            raise WorkbenchError("CHANNELS", text)


def _bad(text: str, hint: str) -> WorkbenchError:
    return WorkbenchError(BAD_STEP, text, hint=hint)


def _check_short_form(settings: Preprocess) -> None:
    for name, default in SHORT_DEFAULTS.items():
        value = getattr(settings, name)
        if value != default and (name, value) != ("scale", "0..255"):
            hint = f"Leave {name} out and say it as a step, or leave the steps out."
            raise _bad(f"The setting {name} = {value} is short for steps, and there are steps.", hint)


def _check_order(settings: Preprocess) -> None:
    """Pixels move while they are pixel values; grey is repeated before numbers that are a channel's each."""
    started = ""
    for text, step in zip(settings.steps, settings.expanded(), strict=True):
        if is_value(step):
            started = started or text
        elif started and not isinstance(step, ReverseChannels):
            hint = f"Put it before '{started}'; pixel values are rounded and resized before they are computed with."
            raise _bad(f"The step '{text}' comes after '{started}', which computes with the values.", hint)
    if sum(isinstance(step, GreyToRgb) for step in settings.expanded()) > 1:
        raise _bad("The step 'grey_to_rgb' stands there twice.", "Leave one of them out.")


def _check_size(settings: Preprocess, found: Pixels | None) -> None:
    wanted = None if isinstance(settings.size, str) else settings.size
    if found == wanted:
        return
    if found is None:
        hint = "End the geometry with resize, center_crop, pad or letterbox, or take the images as sent."
        raise _bad(f"The steps do not bring every image to {size_words(settings.size)}.", hint)
    text = f"The steps give images of {size_words(found)}, the size says {size_words(settings.size)}."
    raise _bad(text, f"Set the size to {size_words(found)}, or change the steps.")


def _check_reader(settings: Preprocess) -> None:
    reader = parse_reader(settings.reader)
    for text in settings.steps:
        word = text.split()[0]
        if word in LIBRARY_STEPS and word not in (*reader.crop, *reader.pad):
            other = next(other.name for other in READERS.values() if word in (*other.crop, *other.pad))
            hint = f"Choose a reader such as {other}, or other steps."
            raise _bad(f"The reader {reader.name} has no {word}: its library has no such function.", hint)

    _check_pillow(settings, reader)


def _check_pillow(settings: Preprocess, reader: Reader) -> None:
    """The rules of what `PIL.Image` alone can do: draft, thumbnail, reducing_gap."""
    for place, (text, step) in enumerate(zip(settings.steps, settings.expanded(), strict=True)):
        opened = isinstance(step, Draft) or (isinstance(step, Thumbnail) and step.draft)
        reduces = isinstance(step, Resize) and step.reducing_gap
        if not (opened or reduces or isinstance(step, Thumbnail)):
            continue
        if reader.family != "pillow":
            hint = "Choose a reader such as pillow:bicubic, or other steps."
            raise _bad(f"The reader {reader.name} has no '{text}': only PIL.Image itself does that.", hint)
        if opened and place:
            raise _bad(f"'{text}' is not the first step.", "Only a file that was just opened has a draft.")
        if isinstance(step, Thumbnail) and step.draft and (settings.turns or settings.formats != "jpeg"):
            hint = (
                "Leave draft out where the image was turned or converted first; else choose exif ignore, formats jpeg."
            )
            raise _bad(f"'{text}' is of JPEGs as they are stored.", hint)


def _unfit(steps: Sequence[Step], channels: int) -> Iterator[str]:
    """What does not go with a model that takes images of so many channels."""
    read = channels_read(steps, channels)
    for step in steps:
        if isinstance(step, GreyToRgb) and channels != 3:
            yield f"The step 'grey_to_rgb' makes three channels; the model takes {channels}."
        if isinstance(step, Thumbnail) and step.draft and read != 3:
            yield "A thumbnail with draft is in colours: it was made before any conversion."
        if isinstance(step, ReverseChannels) and channels == 1:
            yield "A grey image has no order of colours to turn round."
        if isinstance(step, Framed) and read == 1 and len(set(step.colour)) > 1:
            yield "A grey image has a border of one number, not of a colour."
        if (width := numbers_wide(step)) not in (1, channels):
            yield f"A step has numbers for {width} channels; the model takes {channels}."


def numbers_wide(step: Step) -> int:
    """For how many channels a step has numbers, or an order; 1 goes with any."""
    match step:
        case Scaled():
            return step.scale.channels
        case Arithmetic() | Featurewise():
            return max(len(step.numbers), 1)
        case _:
            return 1
