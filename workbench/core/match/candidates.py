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
from workbench.spec.image_size import AS_SENT, Size
from workbench.spec.preprocess import AS_READ, Colour, Exif, Grey, Preprocess
from workbench.spec.reader import READERS, parse_reader
from workbench.spec.reader_family import Reader
from workbench.spec.scale import SCALES, parse_scale

Array = npt.NDArray[Any]

OTHER_SCALES: Final = ("mean/std:127.5/255", "mean/std:123.68,116.779,103.939/1,1,1")
"""Scales that code writes by hand beside the named ones: `x / 255 - 0.5`, ImageNet's means taken off RGB."""

SAME_BUT_ROUNDED: Final = ("mean/std:0/255", "mean/std:127.5/127.5", "mean/std:128/128")
"""The same for `x / 255` (in its last bit not `x * (1 / 255)`), `(x - 127.5) / 127.5`, `(x - 128) / 128`: only arrays
can tell them from the named ones, no model's answers."""


def framings(images: Sequence[bytes], size: Size, base: Preprocess, channels: int) -> list[Preprocess]:
    """Every fit, and turned by EXIF or not where an image has an orientation, with one reader of each library.

    These change whole edges, a kernel some values: what comes nearest here does so with every kernel. Images that keep
    their own sizes have no fit: nothing is resized.
    """
    turned = (False, True) if any(_orientation(data) > 1 for data in images) else (None,)
    fitted = size != AS_SENT and _shapes_differ(images, size)
    sized = msgspec.structs.replace(base, size=size)
    return [
        msgspec.structs.replace(way, fit=fit)
        for reader in _one_a_library(channels).values()
        for fit in (reader.fits if fitted else reader.fits[:1])
        for turns in turned
        for way in _read_by(sized, reader, turns, channels)
    ]


def _one_a_library(channels: int) -> dict[str, Reader]:
    """A reader of each library that gives so many channels: a bilinear one where there is one, with the most fits."""
    able = [reader for reader in READERS.values() if channels in reader.channels and not (reader.like or reader.rare)]
    ordered = sorted(able, key=lambda reader: (reader.kernel in ("bilinear", "linear"), len(reader.fits)))
    # In the table's order: of libraries whose pixels are the same the one met most comes first.
    libraries = dict.fromkeys(reader.library for reader in able)
    best = {reader.library: reader for reader in ordered}
    return {library: best[library] for library in libraries}


def _read_by(way: Preprocess, reader: Reader, turns: bool | None, channels: int) -> Iterator[Preprocess]:
    """A way with another reader, the order of its channels kept, turned by EXIF or not; in grey, each way it has."""
    exif: Exif = AS_READ if turns in (None, reader.turns) else "turn" if turns else "ignore"
    usual = Preprocess(size=way.size)
    greys: tuple[Grey, ...] = ("imread", "cvtColor") if channels == 1 and "grey" in reader.options else (usual.grey,)
    for grey in greys:
        changes = {"reader": reader.name, "exif": exif, "grey": grey, "colour": way.order if channels >= 3 else AS_READ}
        yield plainly_said(msgspec.structs.replace(way, **changes))


def other_readers(framed: Sequence[Preprocess], images: Sequence[bytes], channels: int) -> list[Preprocess]:
    """Every other reader with the fits and turns given, where it has them; none where nothing is resized.

    Of readers that give the same pixels one is enough.
    """
    if not framed or framed[0].as_sent:
        return []
    turned = any(_orientation(data) > 1 for data in images)
    ways = [
        other
        for reader in READERS.values()
        if channels in reader.channels and not reader.like
        for way in framed
        if way.fit in reader.fits
        for other in _read_by(way, reader, way.turns if turned else None, channels)
    ]
    return [way for way in dict.fromkeys(ways) if way not in framed]


def scalings(geometry: Preprocess, channels: int, more: Iterable[str] = ()) -> Iterator[Preprocess]:
    """Every order of channels and every scale of a geometry, and `more` scales, for images of so many channels."""
    other: Colour = "rgb" if parse_reader(geometry.reader).order == "bgr" else "bgr"
    colours: tuple[Colour, ...] = (AS_READ, other) if channels >= 3 else (AS_READ,)
    for colour in colours:
        for scale in dict.fromkeys((*SCALES, *OTHER_SCALES, *more)):
            if parse_scale(scale).fits(channels):
                yield msgspec.structs.replace(geometry, colour=colour, scale=scale)


def plainly_said(settings: Preprocess) -> Preprocess:
    """The same settings, without saying what the reader does by itself: so that equal ones are equal."""
    reader = parse_reader(settings.reader)
    colour: Colour = AS_READ if settings.order == reader.order else settings.colour
    exif: Exif = AS_READ if settings.turns == reader.turns else settings.exif
    return msgspec.structs.replace(settings, colour=colour, exif=exif)


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
