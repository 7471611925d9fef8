"""Size and orientation of an image file, read from its header without decoding."""

from __future__ import annotations

import io
from typing import Final

_NOT_READ: Final = (OSError, ValueError, SyntaxError)
"""The errors Pillow raises for a file that is not an image (`UnidentifiedImageError` is an `OSError`)."""


def orientation(data: bytes) -> int:
    """The EXIF orientation of a JPEG, 1 to 8; 1 for other images and for what Pillow cannot open."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            return int(image.getexif().get(0x0112, 1)) if image.format in ("JPEG", "MPO") else 1
    except _NOT_READ:
        return 1


def pixel_size(data: bytes) -> tuple[int, int]:
    """(height, width) of an image as it is stored; zeros for one that Pillow cannot open."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.height, image.width
    except _NOT_READ:
        return 0, 0
