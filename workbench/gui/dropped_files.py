"""Classifies dropped files (models, projects, images, values, labels) and searches dropped folders."""

from __future__ import annotations

import heapq
import json
import os
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData, QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

from workbench.gui.project.recent_files import file_icon

MODELS: Final = (".h5", ".hdf5", ".keras")
PROJECT: Final = ".toml"
IMAGES: Final = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
RECORDS: Final = re.compile(r"\.(jsonl|ndjson|json|npy|npz|tfrecords?)(-\d{5}-of-\d{5})?(\.gz)?$", re.IGNORECASE)
"""Endings of files that hold many instances, as `workbench predict` tells them."""

RECORD_PATTERNS: Final = ("*.jsonl", "*.ndjson", "*.json", "*.npy", "*.npz", "*.tfrecord", "*.tfrecord-*", "*.gz")
"""`ENDINGS` as a filter for file dialogs."""

FEATURES: Final = (".csv", ".jsonl", ".json", ".ndjson")
SAVED_MODEL: Final = ("saved_model.pb", "saved_model.pbtxt")
UNZIPPED: Final = ("config.json", "metadata.json", "model.weights.h5")
"""Files of a model that Keras saved as a folder (`zipped=False`)."""

HEAD: Final = 64 * 1024
"""Bytes of a file's first line that are looked at."""

LABELS: Final = ".txt"
BATCH: Final = 500
"""Files found are handed over in batches of so many."""

_YIELD: Final = 0.001
"""Seconds that the looking thread rests after a batch."""


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
    return RECORDS.search(path) is not None


def is_features(path: str) -> bool:
    """Whether a file gives images their values: CSV, or JSON lines of which the first names a file.

    JSON lines without that are whole instances.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".csv" or suffix not in FEATURES:
        return suffix == ".csv"
    try:
        with open(path, "rb") as file:
            first = json.loads(file.readline(HEAD))
    except (OSError, ValueError):
        return False
    named = isinstance(first, dict) and isinstance(first.get("file"), str)
    return named and not any(isinstance(value, dict) for value in first.values())


def _kind(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if saved_model_of(path):
        return "saved model"
    if suffix in IMAGES or os.path.isdir(path):
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


def image_files(paths: Iterable[str]) -> Iterator[str]:
    """The files among `paths` as they are, and the images below the folders among them, sorted by name."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (os.path.join(folder, n) for n in _in_order(n for n in names if n.lower().endswith(IMAGES)))


def _in_order(names: Iterable[str]) -> Iterator[str]:
    """Sorted, a piece at a time: one sort of 100 000 names would hold the window up for a tenth of a second."""
    left = iter(names)
    return heapq.merge(*iter(lambda: sorted(islice(left, BATCH)), []))


class FolderScanner(QObject):
    """Looks through folders on a thread of its own; `found` comes in batches, `done` at the end.

    Batches are handed on one a turn of the event loop: Qt delivers all that waits in one go, and 200 batches are felt.
    """

    found = Signal(object)  # list[str]
    done = Signal()
    _came = Signal(object)  # list[str], or None at the end of a walk

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        # One after the other, so that rows keep the order in which things were dropped.
        self._pool.setMaxThreadCount(1)
        self._waiting: deque[list[str] | None] = deque()
        self._turn = QTimer(self, interval=1)
        self._turn.timeout.connect(self._hand_on)
        self._came.connect(self._on_came, Qt.ConnectionType.QueuedConnection)

    def look(self, paths: Iterable[str]) -> None:
        """Begin to look; comes back at once."""
        self._pool.start(_FolderScan(self, tuple(paths)))

    def tell(self, batch: list[str] | None) -> None:
        """Called by the looking thread: hand a batch over to the window's thread; None when all have been."""
        self._came.emit(batch)

    def close(self) -> None:
        """Let the looking end."""
        self._turn.stop()
        self._pool.clear()
        self._pool.waitForDone()

    def _on_came(self, batch: list[str] | None) -> None:
        self._waiting.append(batch)
        self._turn.start()

    def _hand_on(self) -> None:
        batch = self._waiting.popleft()
        if not self._waiting:
            self._turn.stop()
        if batch is None:
            self.done.emit()
        else:
            self.found.emit(batch)


class _FolderScan(QRunnable):
    def __init__(self, owner: FolderScanner, paths: tuple[str, ...]) -> None:
        super().__init__()
        self._owner, self._paths = owner, paths

    def run(self) -> None:
        batch: list[str] = []
        for path in image_files(self._paths):
            batch.append(path)
            if len(batch) == BATCH:
                self._owner.tell(batch)
                batch = []
                # A thread that lets the interpreter go and takes it again within its switch interval never yields it.
                time.sleep(_YIELD)
        self._owner.tell(batch)
        self._owner.tell(None)
