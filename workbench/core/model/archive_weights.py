"""Provides weights and vocabularies of Keras' newer formats to tf_keras under the paths that it requests."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import h5py

from workbench.core.keras_internals import read_state
from workbench.core.model.archive import groups_of
from workbench.core.model.archive_layout import LAYERS, OLD_LAYERS, Layout
from workbench.core.progress import Report
from workbench.spec.model import Progress

BEAT: Final = 0.1
"""Seconds between progress reports while weights are read: short enough for a prompt cancel, with no measurable
cost."""


def read_by_places(model: Any, weights: Weights, assets: Assets | None = None) -> None:
    """Let every layer of a built model read its own weights. Raises `ValueError` if model and file hold different
    weights."""
    read_state(model, weights, assets)
    weights.refuse_unread()


class Weights:
    """The weights under the paths that tf_keras requests: stands in for its `H5IOStore` in `read_state`."""

    def __init__(self, file: h5py.File, report: Report) -> None:
        self._file = file
        self._layout = Layout(groups_of(file))
        self._report = report
        self._read: set[str] = set()
        self._beat = 0.0

    def get(self, place: str) -> Any:
        """The variables of the layer at `place`, keyed by number; empty if the file has none."""
        if time.monotonic() - self._beat > BEAT:
            self._report(Progress("Reading weights", len(self._read)))
            self._beat = time.monotonic()
        stored = f"{self._layout.stored(place)}/vars" if place else "vars"
        self._read.add(stored)
        found = self._file.get(stored)
        return found if isinstance(found, h5py.Group) else {}

    def refuse_unread(self) -> None:
        """Raise `ValueError` if some layers of the file were not read: model and file then differ."""
        found: set[str] = set()
        # Optimizer and metrics are stored beside the layers and are not needed here.
        self._file.visititems(lambda name, item: found.add(name) if _holds(item) else None)
        left = sorted(name for name in found - self._read if name.startswith((f"{LAYERS}/", f"{OLD_LAYERS}/")))
        if left:
            raise ValueError(f"the model has no layer for the weights of {', '.join(left[:3])}")


def _holds(item: Any) -> bool:
    """Whether an item of the file is a group of variables."""
    return isinstance(item, h5py.Group) and any(isinstance(inner, h5py.Dataset) for inner in item.values())


class Assets:
    """The files stored beside the weights, under the same paths: stands in for `DiskIOStore` in `read_state`."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "assets"
        self._layout = Layout(self._children)

    def _children(self, place: str) -> Iterable[str]:
        found = self._root / place
        return [inner.name for inner in found.iterdir()] if found.is_dir() else ()

    def get(self, place: str) -> str | None:
        """The folder of the layer at `place`, or `None`."""
        found = self._root / self._layout.stored(place) if place else self._root
        return str(found) if found.is_dir() else None
