"""The classes of images by the folders they lie in, as Keras reads a folder of class folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def classes_of(folder: Path, sources: Sequence[str]) -> list[str]:
    """The class of each image below a folder: the folder directly below that it lies in.

    Empty for all where any image lies in none, or where there is one folder only: then these are no classes
    (`image_dataset_from_directory` and `flow_from_directory` read a folder so).
    """
    if not folder.is_dir():
        return [""] * len(sources)
    parts = [Path(source).relative_to(folder).parts for source in sources]
    names = {p[0] for p in parts if len(p) > 1}
    if len(names) < 2 or any(len(p) < 2 for p in parts):
        return [""] * len(sources)
    return [p[0] for p in parts]
