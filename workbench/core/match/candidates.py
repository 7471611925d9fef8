"""The ways to read images that are searched: readers, fits and turns first, then orders of channels and scales."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.lazy import tensorflow
from workbench.core.training.image_reading import read_levels
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import AS_SENT, Colour, Exif, Preprocess, Size
from workbench.spec.reader import READERS, Reader
from workbench.spec.scale import SCALES, parse_scale

Array = npt.NDArray[Any]

_COLOURS: Final[tuple[Colour, ...]] = ("rgb", "bgr")

OTHER_SCALES: Final = ("mean/std:127.5/255", "mean/std:123.68,116.779,103.939/1,1,1")
"""Scales that code writes by hand beside the named ones: `x / 255 - 0.5`, ImageNet's means taken off RGB."""

SAME_BUT_ROUNDED: Final = ("mean/std:0/255", "mean/std:127.5/127.5", "mean/std:128/128")
"""The same for `x / 255` (in its last bit not `x * (1 / 255)`), `(x - 127.5) / 127.5`, `(x - 128) / 128`: only arrays
can tell them from the named ones, no model's answers."""


def framings(images: Sequence[bytes], size: Size, base: Preprocess) -> list[Preprocess]:
    """Every fit, and turned by EXIF where an image has an orientation, with one reader of each library.

    These change whole edges, a kernel some values: what comes nearest here does so with every kernel. Images that keep
    their own sizes have no fit: nothing is resized.
    """
    turned = any(_orientation(data) > 1 for data in images)
    turns: tuple[Exif, ...] = ("ignore", "turn") if turned else (Preprocess(size=size).exif,)
    fitted = size != AS_SENT and _shapes_differ(images, size)
    return [
        msgspec.structs.replace(base, size=size, reader=reader.name, fit=fit, exif=exif)
        for reader in _one_a_library().values()
        for fit in (reader.fits if fitted else reader.fits[:1])
        for exif in turns
    ]


def _one_a_library() -> dict[str, Reader]:
    """A reader of each library: a bilinear one where there is one."""
    ordered = sorted(READERS.values(), key=lambda reader: reader.kernel in ("bilinear", "linear"))
    return {reader.library: reader for reader in ordered}


def other_readers(framed: Sequence[Preprocess]) -> list[Preprocess]:
    """Every other reader with the fits and turns given, where it has them; none where nothing is resized."""
    if not framed or framed[0].as_sent:
        return []
    ways = [
        msgspec.structs.replace(way, reader=reader.name)
        for reader in READERS.values()
        for way in framed
        if way.fit in reader.fits
    ]
    return [way for way in dict.fromkeys(ways) if way not in framed]


def scalings(geometry: Preprocess, channels: int, more: Iterable[str] = ()) -> Iterator[Preprocess]:
    """Every order of channels and every scale of a geometry, and `more` scales, for images of so many channels."""
    for colour in _COLOURS if channels >= 3 else _COLOURS[:1]:
        for scale in dict.fromkeys((*SCALES, *OTHER_SCALES, *more)):
            if parse_scale(scale).fits(channels):
                yield msgspec.structs.replace(geometry, colour=colour, scale=scale)


def read_way(images: Sequence[bytes], settings: Preprocess, channels: int) -> Array:
    """Pixel values (0-255) `(n, height, width, channels)` as the library itself reads and resizes the images.

    Raises `WorkbenchError` NOT_READ with what the library said.
    """
    tensorflow()  # Before Keras imports it, so that its start-up chatter stays off stderr.
    try:
        return np.asarray(read_levels(images, settings, channels), "float32")
    except Exception as err:
        # Pillow, Keras, TensorFlow and OpenCV each raise their own for images or settings they cannot read.
        said = " ".join(str(err).split())[:200] or type(err).__name__
        raise WorkbenchError("NOT_READ", f"{settings.reader} could not read the images: {said}") from err


def _orientation(data: bytes) -> int:
    """The EXIF orientation of an image, 1 to 8; 1 for one that Pillow cannot open."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            return int(image.getexif().get(0x0112, 1)) if image.format in ("JPEG", "MPO") else 1
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
        return 1


def pixel_size(data: bytes) -> tuple[int, int]:
    """(height, width) of an image as it is stored; zeros for one that Pillow cannot open."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.height, image.width
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
        return 0, 0


def _shapes_differ(images: Sequence[bytes], size: Size) -> bool:
    """Whether any image has another ratio than `size`: else every fit is the same."""
    if isinstance(size, str):
        return False
    return any(height * size[1] != width * size[0] for height, width in map(pixel_size, images))
