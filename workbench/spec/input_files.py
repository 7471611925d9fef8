"""Classifies input files by their names: images, and records of several kinds."""

from __future__ import annotations

import os
import re
from typing import Final, Literal

InputKind = Literal["image", "lines", "npy", "npz", "tfrecord"]

IMAGE_ENDINGS: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
"""Endings taken for images inside a folder; a file named by itself is tried whatever its ending."""

_SHARD: Final = r"(-\d{5}-of-\d{5})?"

_RECORDS: Final[dict[re.Pattern[str], InputKind]] = {
    re.compile(rf"\.(jsonl|ndjson|json){_SHARD}(\.gz)?$", re.IGNORECASE): "lines",
    re.compile(r"\.npy$", re.IGNORECASE): "npy",
    re.compile(r"\.npz$", re.IGNORECASE): "npz",
    re.compile(rf"\.tfrecords?{_SHARD}(\.gz)?$", re.IGNORECASE): "tfrecord",
}
"""How files of records are called. TensorFlow's shards end in `.tfrecord-00000-of-00005`, Beam's and ours in
`-00000-of-00005.tfrecord`."""

RECORD_PATTERNS: Final = ("*.jsonl", "*.ndjson", "*.json", "*.npy", "*.npz", "*.tfrecord", "*.tfrecord-*", "*.gz")
"""The same as a file dialog's filter."""


def record_kind(name: str) -> InputKind | None:
    """The kind of records a file holds by its name; `None` where it does not tell."""
    return next((kind for pattern, kind in _RECORDS.items() if pattern.search(name)), None)


def kind_by_ending(name: str) -> InputKind:
    """What a file holds by its name alone; an image where that does not tell."""
    return record_kind(name) or "image"


def is_image_name(name: str) -> bool:
    """Whether a file in a folder is taken for an image."""
    return os.path.splitext(name)[1].lower() in IMAGE_ENDINGS
