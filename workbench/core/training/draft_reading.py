"""Training path: JPEGs that Pillow decodes at less than their size, `Image.draft` and `thumbnail` of an opened file."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy.typing as npt

from workbench.core.training.step_reading import as_array, resampling
from workbench.spec.reader_family import Reader
from workbench.spec.steps import Draft, Geometry, Thumbnail

Array = npt.NDArray[Any]

_MODES: Final = {1: "L", 3: "RGB", 4: "RGBA"}


def opens(step: Geometry) -> bool:
    """Whether a step is applied to the newly opened file."""
    return isinstance(step, Draft) or (isinstance(step, Thumbnail) and step.draft)


def opened(data: bytes, step: Geometry, reader: Reader, channels: int, *, turned: bool) -> Array:
    """A JPEG as uint8 `(h, w, channels)` after such a step. Raises Pillow's own errors for a file it cannot read."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as image:
        if isinstance(step, Thumbnail):
            image.thumbnail(step.size[::-1], resampling(reader), reducing_gap=step.reducing_gap)
        elif isinstance(step, Draft):
            image.draft("RGB", step.size[::-1])
        return as_array((ImageOps.exif_transpose(image) if turned else image).convert(_MODES[channels]))
