"""The classes of images by their folders, as Keras reads a folder of class folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def classes_of(folder: Path, sources: Sequence[str]) -> list[str]:
    """The class of each image: the subfolder directly below `folder` that contains it.

    Empty for all images if one of them is in no subfolder, or if there is only one subfolder: then these are not
    classes (`image_dataset_from_directory` and `flow_from_directory` read folders in this way).
    """
    if not folder.is_dir():
        return [""] * len(sources)
    parts = [Path(source).relative_to(folder).parts for source in sources]
    names = {p[0] for p in parts if len(p) > 1}
    if len(names) < 2 or any(len(p) < 2 for p in parts):
        return [""] * len(sources)
    return [p[0] for p in parts]
