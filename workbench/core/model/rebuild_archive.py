"""Builds the model of a `.keras` file of Keras 2 with tf_keras, and lets it read its weights from the file.

tf_keras' own `load_model` would read the file's configuration again, which nothing has judged or repaired, and cannot
find the weights of Keras 2.12.0 to 2.14.0 (`archive_layout`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import h5py

from workbench.core.lazy import legacy_keras
from workbench.core.model.archive import groups_of, opened
from workbench.core.model.archive_layout import LAYERS, OLD_LAYERS, Layout
from workbench.core.model.config import Config
from workbench.core.model.known import KNOWN_CLASSES
from workbench.core.model.options import LoadOptions
from workbench.core.model.rebuild import building, from_zero, legal_names_in_sequences, legal_scope_names
from workbench.core.model.repair.notes import Context
from workbench.core.progress import Report
from workbench.spec.model import Progress

_BEAT: Final = 0.1
"""Seconds between reports while weights are read."""


def rebuild_archive(path: Path, config: Config, context: Context, options: LoadOptions, report: Report) -> Any:
    """The model of `config`, which has passed the gate, with the weights and vocabularies of `path`.

    Raises whatever tf_keras raises where it cannot, and ValueError where file and model do not hold the same weights.
    """
    ready = from_zero(config)
    legal_names_in_sequences(ready, context)
    model = _build(ready, context, options)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder, opened(path) as parts:
        parts.assets_at(Path(folder))
        with parts.weights(report) as part, h5py.File(part, "r") as file:
            _read(model, Weights(file, report), Assets(Path(folder)))
    legal_scope_names(model, context)
    return model


def _build(config: Config, context: Context, options: LoadOptions) -> Any:
    legacy_keras()
    from tf_keras.src.saving import serialization_lib

    known = _shared_classes(config)
    with building(config, context, options) as objects, serialization_lib.ObjectSharingScope():
        return serialization_lib.deserialize_keras_object(
            config, {**known, **objects}, safe_mode=not options.allow_code
        )


def _shared_classes(config: Config) -> dict[str, Any]:
    """The classes of layers that stand in several models at once, by name.

    tf_keras heeds the number of a shared object (`shared_object_id`) only for classes that it is given and that name
    their module, as Keras 2.12's do not: else it makes a second layer, and cannot read back what it saved itself.
    """
    layers = legacy_keras().layers
    found: dict[str, Any] = {}
    stack: list[Any] = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            name = value.get("class_name") if "shared_object_id" in value else None
            if isinstance(name, str) and name in KNOWN_CLASSES and hasattr(layers, name):
                found[name] = getattr(layers, name)
                value.setdefault("module", "keras.layers")
                value.setdefault("registered_name", None)
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    return found


def _read(model: Any, weights: Weights, assets: Assets) -> None:
    from tf_keras.src.saving import saving_lib

    # What `load_model` and `load_weights` of tf_keras call; each layer checks the number of its weights there.
    saving_lib._load_state(model, weights_store=weights, assets_store=assets, inner_path="", visited_trackables=set())
    weights.refuse_unread()


class Weights:
    """The weights by the places tf_keras knows: what its `H5IOStore` is to `_load_state`."""

    def __init__(self, file: h5py.File, report: Report) -> None:
        self._file = file
        self._layout = Layout(groups_of(file))
        self._report = report
        self._read: set[str] = set()
        self._beat = 0.0

    def get(self, place: str) -> Any:
        """The variables of the layer at a place, by their numbers; none where the file has none."""
        if time.monotonic() - self._beat > _BEAT:
            self._report(Progress("Reading weights", len(self._read)))
            self._beat = time.monotonic()
        stored = f"{self._layout.stored(place)}/vars" if place else "vars"
        self._read.add(stored)
        found = self._file.get(stored)
        return found if isinstance(found, h5py.Group) else {}

    def refuse_unread(self) -> None:
        """Raise ValueError where layers of the file were not read: model and file are then not the same."""
        found: set[str] = set()
        # Optimizer and metrics stand beside the layers; nobody needs theirs.
        self._file.visititems(lambda name, item: found.add(name) if _holds(item) else None)
        left = sorted(name for name in found - self._read if name.startswith((f"{LAYERS}/", f"{OLD_LAYERS}/")))
        if left:
            raise ValueError(f"the model has no layer for the weights of {', '.join(left[:3])}")


def _holds(item: Any) -> bool:
    """Whether something in the file is a group of variables."""
    return isinstance(item, h5py.Group) and any(isinstance(inner, h5py.Dataset) for inner in item.values())


class Assets:
    """The files beside the weights by the same places: what `DiskIOStore` is to `_load_state`."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "assets"
        self._layout = Layout(self._children)

    def _children(self, place: str) -> Iterable[str]:
        found = self._root / place
        return [inner.name for inner in found.iterdir()] if found.is_dir() else ()

    def get(self, place: str) -> str | None:
        """The folder of the layer at a place."""
        found = self._root / self._layout.stored(place) if place else self._root
        return str(found) if found.is_dir() else None
