"""The readers by the library whose functions training code names, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from workbench.spec.reader import READERS
from workbench.spec.reader_family import Family, Reader

Group = Literal["Keras", "TensorFlow", "Pillow", "OpenCV", "scikit-image", "SciPy"]
"""What stands before the first dot of the function in the training code."""

GROUPS: Final[tuple[Group, ...]] = get_args(Group)

FAMILY_GROUPS: Final[Mapping[Family, Group]] = {
    "load_img": "Keras",
    "image_dataset": "Keras",
    "keras_resizing": "Keras",
    "tf1": "TensorFlow",
    "tf": "TensorFlow",
    "pillow": "Pillow",
    "cv2": "OpenCV",
    "skimage": "scikit-image",
    "imresize": "SciPy",
}


def group_of(reader: Reader) -> Group:
    """The group of a reader."""
    return FAMILY_GROUPS[reader.family]


def readers_of(group: Group) -> tuple[Reader, ...]:
    """The readers of a group, in the order of the table."""
    return tuple(reader for reader in READERS.values() if group_of(reader) == group)
