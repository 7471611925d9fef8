"""The inputs a user names: images and folders of images, as a list of files in a stable order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from workbench.spec.errors import WorkbenchError

IMAGE_ENDINGS: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
"""Endings taken for images inside a folder; a file named by itself is tried whatever its ending."""

_DIGITS = re.compile(r"(\d+)")


def expand(inputs: Sequence[str | Path]) -> list[str]:
    """The image files behind files and folders (recursive), folders in natural order, duplicates kept.

    Raises `WorkbenchError` NO_FILE for a path that is not there and NO_INPUTS for a folder without images.
    """
    found: list[str] = []
    for given in map(Path, inputs):
        if given.is_dir():
            found += _images_below(given)
        elif given.exists():
            found.append(str(given))
        else:
            raise WorkbenchError("NO_FILE", "There is no such file or folder.", where=str(given))
    if not found:
        raise WorkbenchError("NO_INPUTS", "No images were named.", hint="Name image files or folders of images.")
    return found


def _images_below(folder: Path) -> list[str]:
    files = (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_ENDINGS and p.is_file())
    found = natural(str(p) for p in files)
    if not found:
        raise WorkbenchError("NO_INPUTS", "There are no images in this folder.", where=str(folder))
    return found


def natural(names: Iterable[str]) -> list[str]:
    """Names sorted so that `img2` comes before `img10`."""
    return sorted(names, key=lambda n: [(int(p), "") if p.isdigit() else (-1, p.lower()) for p in _DIGITS.split(n)])
