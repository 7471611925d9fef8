"""Classifies files by name and content: models, projects, images, records, values, labels. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData

from workbench.spec.files import open_regular
from workbench.spec.foreign_json import json_value
from workbench.spec.input_files import is_image_name, record_kind

MODELS: Final = (".h5", ".hdf5", ".keras")
PROJECT: Final = ".toml"
FEATURES: Final = (".csv", ".jsonl", ".json", ".ndjson")
SAVED_MODEL: Final = ("saved_model.pb", "saved_model.pbtxt")
UNZIPPED: Final = ("config.json", "metadata.json", "model.weights.h5")
"""Files of a model that Keras saved as a folder (`zipped=False`)."""

HEAD: Final = 64 * 1024
"""Bytes of a file's first line that are looked at."""

LABELS: Final = ".txt"


@dataclass(frozen=True)
class DroppedFiles:
    """Dropped paths by what the window does with them."""

    to_open: str = ""
    saved_model: str = ""
    inputs: tuple[str, ...] = ()
    features: str = ""
    labels: str = ""
    strange: tuple[str, ...] = ()

    @property
    def welcome(self) -> bool:
        """Whether there is anything in it the window takes."""
        return bool(self.to_open or self.saved_model or self.inputs or self.features or self.labels)


def local_paths(mime: QMimeData) -> list[str]:
    """The local files of a drag."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]


def sort_out(paths: Iterable[str]) -> DroppedFiles:
    """Which is which, by name, else by content. Of several to open a project goes first.

    A folder with a SavedModel or an unzipped Keras model in it is that, any other counts as images.
    """
    kinds: dict[str, list[str]] = {}
    for path in paths:
        kinds.setdefault(_kind(path), []).append(path)
    first = {kind: found[0] for kind, found in kinds.items()}
    return DroppedFiles(
        to_open=first.get("project", first.get("model", "")),
        saved_model=saved_model_of(first.get("saved model", "")),
        inputs=tuple(kinds.get("input", ())),
        features=first.get("features", ""),
        labels=first.get("labels", ""),
        strange=tuple(kinds.get("strange", ())),
    )


def saved_model_of(path: str) -> str:
    """The SavedModel's folder where a path is one, or is the file in it; else empty."""
    if not path:
        return ""
    if os.path.basename(path) in SAVED_MODEL:
        return os.path.dirname(path)
    return path if any(os.path.isfile(os.path.join(path, name)) for name in SAVED_MODEL) else ""


def is_unzipped_model(path: str) -> bool:
    """Whether a folder is a model that Keras saved unzipped."""
    return all(os.path.isfile(os.path.join(path, name)) for name in UNZIPPED)


def holds_records(path: str) -> bool:
    """Whether a file holds many instances, by its name."""
    return record_kind(path) is not None


def is_features(path: str) -> bool:
    """Whether a file gives images their values: CSV, or JSON lines of which the first names a file.

    JSON lines without that are whole instances.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".csv" or suffix not in FEATURES:
        return suffix == ".csv"
    try:
        with open_regular(path) as file:
            first = json_value(file.readline(HEAD))
    except (OSError, ValueError):
        return False
    named = isinstance(first, dict) and isinstance(first.get("file"), str)
    return named and not any(isinstance(value, dict) for value in first.values())


def _kind(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if saved_model_of(path):
        return "saved model"
    if is_image_name(path) or os.path.isdir(path):
        return "model" if is_unzipped_model(path) else "input"
    if suffix in MODELS:
        return "model"
    if is_features(path):
        return "features"
    if holds_records(path):
        return "input"
    if suffix in (PROJECT, LABELS):
        return "project" if suffix == PROJECT else "labels"
    # Models come under many names (.hdf, .model, none at all); their first bytes say what they are.
    return "model" if file_icon(path) == "h5" else "strange"


def file_icon(path: str) -> str:
    """The icon of a file by its content: `signature` for a project, `h5`, `keras`, or `model` where it is neither."""
    if path.endswith(".toml"):
        return "signature"
    try:
        with open_regular(path) as file:
            head = file.read(8)
    except OSError:
        return "model"
    return "h5" if head == b"\x89HDF\r\n\x1a\n" else "keras" if head.startswith(b"PK\x03\x04") else "model"
