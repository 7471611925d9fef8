"""The ways to read images that a search goes through: geometries, readers, and what is computed with the values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from workbench.core.training.image_headers import orientation, pixel_size
from workbench.core.training.ways import GREY, SCALE, Way
from workbench.spec.image_size import size_words
from workbench.spec.preprocess import Grey
from workbench.spec.reader import READERS
from workbench.spec.reader_family import Order, Reader
from workbench.spec.scale import SCALES
from workbench.spec.step_forms import parse_step
from workbench.spec.step_rules import LIBRARY_STEPS, numbers_wide
from workbench.spec.steps import Pixels

Steps = tuple[str, ...]

ALL_BORDERS: Final = (0, 255, 128, 127, 114, 118)
"""Levels of borders in common use: black, white, two greys, YOLO's 114, and 118, the mean of ImageNet's channels."""

PLAIN_BORDERS: Final = (0, 255, 128)
"""Those that labels can tell apart."""

SPARE: Final = (256 / 224, 1 / 0.875)
"""The side before the middle is cut out, by the side that is left: ImageNet's 256 for 224, a fraction of 0.875."""

STANDARDISED: Final[tuple[Steps, ...]] = (
    ("per_image_standardization",),
    ("samplewise_center", "samplewise_std"),
    ("samplewise_center",),
)
"""Values by the image's own mean and deviation, which labels can tell from the scales."""

BY_HAND: Final[tuple[Steps, ...]] = (
    (f"{SCALE}mean/std:127.5/255",),
    (f"{SCALE}mean/std:123.68,116.779,103.939/1,1,1",),
)
"""Scales that code writes by hand beside the named ones: `x / 255 - 0.5`, ImageNet's means taken off RGB."""

_INSTEAD: Final = {
    "keep_aspect_ratio": ("crop_to_ratio", "resize"),
    "image_ops_pad": ("letterbox",),
    "resize_with_pad": ("letterbox",),
}
"""What stands for a step that is one function of one library, with readers of the others."""

_RESCALED: Final = (f"{SCALE}0..1", "divide 255")

SAME_BUT_ROUNDED: Final[tuple[Steps, ...]] = (
    *((f"{SCALE}mean/std:{text}",) for text in ("0/255", "127.5/127.5", "128/128")),
    *((first, "subtract 0.5") for first in _RESCALED),
    *((first, "subtract 0.5", "multiply 2") for first in _RESCALED),
    *((first, "multiply 2", "subtract 1") for first in _RESCALED),
    (f"{SCALE}0..1", "subtract 0.485,0.456,0.406", "divide 0.229,0.224,0.225"),
    ("samplewise_std",),
    *((first, *steps) for first in _RESCALED for steps in STANDARDISED),
)
"""The same numbers but for their last bits, in the other orders of operations that code has: `x / 255` is not
`x * (1 / 255)`, `ImageDataGenerator` rescales before it standardises. Only arrays can tell them from the named ones."""


def stretched(size: Pixels | str) -> Steps:
    """The usual geometry: to the size, whatever the ratio; nothing for images as sent."""
    return () if isinstance(size, str) else (f"resize {size_words(size)}",)


def geometries(
    reader: Reader, size: Pixels | str, images: Sequence[bytes], borders: Sequence[int], *, fine: bool = True
) -> list[Steps]:
    """Every geometry that leads to the size with this reader, the usual ones first; one where all give the same.

    Without `fine`, those that differ by half a pixel from another one are left out: no model's answers tell them apart.
    """
    if isinstance(size, str):
        return [()]
    words, found = size_words(size), [stretched(size)]
    found += [tuple(f"{word} {words}" for word in steps) for steps in (reader.crop, reader.pad) if steps]
    found += [(f"crop_to_ratio {words}", f"resize {words}")] if fine or not reader.crop else []
    found += [steps for level in borders for steps in _bordered(reader, size, level, fine=fine)]
    if not any(height * size[1] != width * size[0] for height, width in map(pixel_size, images)):
        found = found[:1]
    return list(dict.fromkeys([*found, *_cut_after(size, fine=fine), *_cut_first(reader, words)]))


def _cut_after(size: Pixels, *, fine: bool) -> Iterator[Steps]:
    """Resized to more than is left, the middle cut out: by the shorter side, or to a size of the same ratio."""
    words, side = size_words(size), min(size)
    usual = [256] if side < 256 <= 1.3 * side else []
    spare = [*(int(side * more) for more in SPARE), *(round(side * more) for more in SPARE), side + 32]
    larger = [number for number in dict.fromkeys([*usual, *spare]) if number > side][: None if fine else 1]
    for number in (side, *larger):
        for rounding in ("", " round") if fine else ("",):
            yield f"shorter_side {number}{rounding}", f"center_crop {words}"
    for number in larger:
        yield f"resize {number * size[0] // side}x{number * size[1] // side}", f"center_crop {words}"


def _cut_first(reader: Reader, words: str) -> Iterator[Steps]:
    yield (f"center_crop {words}",)
    if reader.library == "TensorFlow":
        yield "central_fraction 0.875", f"resize {words}"
        yield (f"resize_with_crop_or_pad {words}",)


def _bordered(reader: Reader, size: Pixels, level: int, *, fine: bool) -> Iterator[Steps]:
    """A border of one level around the image, which is not cut."""
    words, colour = size_words(size), f" {level}" if level else ""
    yield (f"letterbox {words}{colour}",)
    if fine and size[0] == size[1]:
        yield f"longer_side {size[0]}", f"pad {words}{colour}"
    if fine:
        yield f"pad_to_ratio {words}{colour}", f"resize {words}"
    if fine and level and "image_ops_pad" in reader.pad:
        yield (f"image_ops_pad {words}{colour}",)


def representatives(channels: int) -> list[Reader]:
    """A reader of each library, the one met most first: what comes nearest with it does so with its other kernels.

    scikit-image has no geometry of its own, and takes longest.
    """
    named = ("load_img:bilinear", "image_dataset", "cv2:linear")
    return [READERS[name] for name in named if channels in READERS[name].channels]


def searched(channels: int) -> list[Reader]:
    """Every reader that gives so many channels; of those with the same pixels the first."""
    return [reader for reader in READERS.values() if channels in reader.channels and not reader.like]


def slow(reader: Reader) -> bool:
    """scikit-image's smoothing and its splines take seconds for a large picture."""
    return reader.library == "scikit-image" and reader.name not in ("skimage:0", "skimage:1+aliased")


def read_by(way: Way, reader: Reader, channels: int, *, turns: bool | None = None) -> Iterator[Way]:
    """A way with another reader, turned as its library does unless said; in grey, by each way that it has."""
    grey = GREY in way.geometry or channels == 1
    greys: tuple[Grey, ...] = ("imread", "cvtColor") if grey and "grey" in reader.options else ("imread",)
    turned = reader.turns if turns is None else turns
    order = reader.order if channels == 1 else way.order  # Grey has none: nothing is to be said of it.
    geometry = tuple(step for text in way.geometry for step in _in_library(text, reader))
    made = msgspec.structs.replace(way, reader=reader.name, geometry=geometry, turns=turned, dct="default", order=order)
    for kind in greys:
        yield msgspec.structs.replace(made, grey=kind)


def _in_library(text: str, reader: Reader) -> Steps:
    """A step as a reader's library has it: of one function of another library, what comes nearest to it."""
    word, _, rest = text.partition(" ")
    if word not in LIBRARY_STEPS or word in (*reader.crop, *reader.pad):
        return (text,)
    return tuple(f"{instead} {rest}" for instead in _INSTEAD[word])


def turnings(images: Sequence[bytes]) -> tuple[bool | None, ...]:
    """Turned by EXIF or not, where an image has an orientation; else nobody can tell."""
    return (False, True) if any(orientation(data) > 1 for data in images) else (None,)


def accurately_decoded(way: Way) -> list[Way]:
    """The same with TensorFlow's accurate transform, which gives the pixels of Pillow's decoder."""
    name = "tf:bilinear" if way.reader == "image_dataset" else way.reader
    if "dct" not in READERS[name].options:
        return []
    return [msgspec.structs.replace(way, reader=name, dct="accurate")]


def _orders(way: Way, channels: int) -> tuple[Order, ...]:
    """Both orders of colours; one channel has none, however often it is repeated."""
    if channels == 1:
        return (way.library.order,)
    return ("rgb",) if GREY in way.geometry else ("rgb", "bgr")


def valued(way: Way, channels: int, values: Iterable[Steps]) -> Iterator[Way]:
    """Every order of channels with each of the values that go with so many of them."""
    for order in _orders(way, channels):
        for steps in dict.fromkeys(values):
            if all(numbers_wide(parse_step(text)) in (1, channels) for text in steps):
                yield msgspec.structs.replace(way, order=order, values=() if steps == (f"{SCALE}0..255",) else steps)


def scales() -> tuple[Steps, ...]:
    """The named scales."""
    return tuple((f"{SCALE}{name}",) for name in SCALES)
