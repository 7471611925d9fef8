"""Extracts the images of a record to files: encoded images unchanged, pixel arrays as PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.spec.files import replacing, write_bytes

MOST: Final = 4096
"""Largest side in pixels; a larger array is not shown as an image."""


def write_picture(value: Any, image: str, folder: Path) -> str:
    """The path of a value's image in `folder`; empty if it has none.

    `image` describes encoded bytes, such as "JPEG 640x480". An array `(height, width, 1|3|4)` of numbers is stretched
    from its smallest to its largest value, since the record does not state its scale.
    """
    if isinstance(value, bytes):
        return _written(value, image.split()[0].lower(), folder) if image else ""
    pixels = np.asarray(value) if isinstance(value, np.ndarray) else None
    if pixels is None or not _is_picture(pixels):
        return ""
    return _drawn(_stretched(pixels), folder)


def _is_picture(pixels: npt.NDArray[Any]) -> bool:
    shape = pixels.shape
    sides = len(shape) == 3 and shape[2] in (1, 3, 4) and min(shape[:2]) > 1 and max(shape[:2]) <= MOST
    return sides and pixels.dtype.kind in "uif"


def _stretched(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    numbers = np.nan_to_num(pixels.astype("float64"))
    low, high = float(numbers.min()), float(numbers.max())
    found: npt.NDArray[np.uint8] = np.rint((numbers - low) * (255.0 / (high - low or 1.0))).astype("uint8")
    return found


def _drawn(grey: npt.NDArray[np.uint8], folder: Path) -> str:
    from PIL import Image

    path = _free(folder, "png")
    with replacing(path) as out:
        Image.fromarray(grey[..., 0] if grey.shape[-1] == 1 else grey).save(out, "PNG")
    return str(path)


def _written(data: bytes, ending: str, folder: Path) -> str:
    path = _free(folder, ending)
    write_bytes(path, data)
    return str(path)


def _free(folder: Path, ending: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{len(list(folder.iterdir())):02}.{ending}"
