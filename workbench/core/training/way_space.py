"""The ways to read images that a search tries: geometries, readers, and steps on the values."""

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
"""The border levels that a search by labels tries; others change predictions too little."""

SPARE: Final = (256 / 224, 1 / 0.875)
"""The side length before the center crop, by the side after it: ImageNet's 256 for 224, a fraction of 0.875."""

STANDARDISED: Final[tuple[Steps, ...]] = (
    ("per_image_standardization",),
    ("samplewise_center", "samplewise_std"),
    ("samplewise_center",),
)
"""Standardisation by the image's own mean and deviation, which predictions distinguish from the scales."""

BY_HAND: Final[tuple[Steps, ...]] = (
    (f"{SCALE}mean/std:127.5/255",),
    (f"{SCALE}mean/std:123.68,116.779,103.939/1,1,1",),
)
"""Scales that code writes by hand beside the named ones: `x / 255 - 0.5`, and ImageNet's means subtracted from RGB."""

_INSTEAD: Final = {
    "keep_aspect_ratio": ("crop_to_ratio", "resize"),
    "image_ops_pad": ("letterbox",),
    "resize_with_pad": ("letterbox",),
}
"""The general step in place of one that is a single function of one library, for readers of other libraries."""

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
"""The same numbers except for their last bits, computed in the other orders found in code: `x / 255` is not `x * (1 /
255)`, and `ImageDataGenerator` rescales before it standardises. Only arrays can distinguish them from the named scales.
"""


def stretched(size: Pixels | str) -> Steps:
    """The default geometry: resized to the size regardless of the aspect ratio; none for images as sent."""
    return () if isinstance(size, str) else (f"resize {size_words(size)}",)


def geometries(
    reader: Reader, size: Pixels | str, images: Sequence[bytes], borders: Sequence[int], *, fine: bool = True
) -> list[Steps]:
    """Every geometry that produces the size with this reader, the most common first; only one if all are equal.

    Without `fine`, geometries that differ from another by half a pixel are left out: predictions do not distinguish
    them.
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
    """Resized to more than the output, then center-cropped: by the shorter side, or to a size of the same ratio."""
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
    """A border of one pixel value around the uncropped image."""
    words, colour = size_words(size), f" {level}" if level else ""
    yield (f"letterbox {words}{colour}",)
    if fine and size[0] == size[1]:
        yield f"longer_side {size[0]}", f"pad {words}{colour}"
    if fine:
        yield f"pad_to_ratio {words}{colour}", f"resize {words}"
    if fine and level and "image_ops_pad" in reader.pad:
        yield (f"image_ops_pad {words}{colour}",)


def representatives(channels: int) -> list[Reader]:
    """One reader per library, the most common one: a geometry that is nearest with it is nearest with the library's
    other kernels.

    scikit-image has no geometry of its own, and is the slowest.
    """
    named = ("load_img:bilinear", "image_dataset", "cv2:linear")
    return [READERS[name] for name in named if channels in READERS[name].channels]


def searched(channels: int) -> list[Reader]:
    """Every reader that supports this number of channels; of those with equal pixels the first."""
    return [reader for reader in READERS.values() if channels in reader.channels and not reader.like]


def slow(reader: Reader) -> bool:
    """Whether a reader takes seconds for a large picture: scikit-image's smoothing and splines."""
    return reader.library == "scikit-image" and reader.name not in ("skimage:0", "skimage:1+aliased")


def read_by(way: Way, reader: Reader, channels: int, *, turns: bool | None = None) -> Iterator[Way]:
    """The way with another reader, EXIF handled as its library does unless set; for grey, with each of its
    conversions."""
    grey = GREY in way.geometry or channels == 1
    greys: tuple[Grey, ...] = ("imread", "cvtColor") if grey and "grey" in reader.options else ("imread",)
    turned = reader.turns if turns is None else turns
    order = reader.order if channels == 1 else way.order  # Grey has none: nothing is to be said of it.
    geometry = tuple(step for text in way.geometry for step in _in_library(text, reader))
    made = msgspec.structs.replace(way, reader=reader.name, geometry=geometry, turns=turned, dct="default", order=order)
    for kind in greys:
        yield msgspec.structs.replace(made, grey=kind)


def _in_library(text: str, reader: Reader) -> Steps:
    """The step in the form of a reader's library: for a function of another library, the nearest equivalent."""
    word, _, rest = text.partition(" ")
    if word not in LIBRARY_STEPS or word in (*reader.crop, *reader.pad):
        return (text,)
    return tuple(f"{instead} {rest}" for instead in _INSTEAD[word])


def turnings(images: Sequence[bytes]) -> tuple[bool | None, ...]:
    """With and without EXIF orientation, if an image has one; otherwise there is no difference."""
    return (False, True) if any(orientation(data) > 1 for data in images) else (None,)


def accurately_decoded(way: Way) -> list[Way]:
    """The same with TensorFlow's accurate DCT, which gives the pixels of Pillow's decoder."""
    name = "tf:bilinear" if way.reader == "image_dataset" else way.reader
    if "dct" not in READERS[name].options:
        return []
    return [msgspec.structs.replace(way, reader=name, dct="accurate")]


def _orders(way: Way, channels: int) -> tuple[Order, ...]:
    """Both channel orders; a single channel has none, however often it is repeated."""
    if channels == 1:
        return (way.library.order,)
    return ("rgb",) if GREY in way.geometry else ("rgb", "bgr")


def valued(way: Way, channels: int, values: Iterable[Steps]) -> Iterator[Way]:
    """Every channel order with each of the value steps for this number of channels."""
    for order in _orders(way, channels):
        for steps in dict.fromkeys(values):
            if all(numbers_wide(parse_step(text)) in (1, channels) for text in steps):
                yield msgspec.structs.replace(way, order=order, values=() if steps == (f"{SCALE}0..255",) else steps)


def scales() -> tuple[Steps, ...]:
    """The named scales."""
    return tuple((f"{SCALE}{name}",) for name in SCALES)
