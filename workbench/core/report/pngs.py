"""A report's images as data URIs: only from its own folder, only what Pillow can read, no larger than shown."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LARGEST: Final = 480
"""Longer side of an image in the page, in pixels. A phone camera's photo would make the page as large as itself."""

TINY: Final = 96
"""Side in pixels below which images are enlarged with visible pixels."""


@dataclass(frozen=True)
class Inline:
    """An image embedded in the page."""

    uri: str
    width: int
    height: int

    @property
    def tiny(self) -> bool:
        """Whether its individual pixels are to be visible."""
        return max(self.width, self.height) <= TINY


def inline(folder: Path, name: str) -> Inline | None:
    """The image of that name in `folder`; `None` without a name, for an unreadable file, or if the name leads
    elsewhere."""
    from PIL import Image

    if not is_plain(name):
        return None
    try:
        data = (folder / name).read_bytes()
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if max(picture.size) > LARGEST:
                picture.thumbnail((LARGEST, LARGEST))
                data = _png(picture)
            return Inline(f"data:image/png;base64,{base64.b64encode(data).decode()}", *picture.size)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        # Pillow raises SyntaxError for a broken PNG. An image that cannot be shown leaves its place empty.
        return None


def is_plain(name: str) -> bool:
    """Whether a name is a plain file name and not a path: a report may come from anywhere."""
    return bool(name) and name not in (".", "..") and not set(name) & set("/\\\0:")


def _png(picture: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")  # type: ignore[attr-defined]
    return out.getvalue()
