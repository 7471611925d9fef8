"""Builds the model of a Keras 2 `.keras` file with tf_keras and lets it read its weights from the file.

tf_keras' own `load_model` would use the file's configuration, which has been neither repaired nor checked by the load
policy, and cannot find the weights of Keras 2.12.0 to 2.14.0 (`archive_layout`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import h5py

from workbench.core.keras_internals import deserialized
from workbench.core.lazy import legacy_keras
from workbench.core.model.archive import opened
from workbench.core.model.archive_weights import Assets, Weights, read_by_places
from workbench.core.model.config import Config, json_objects
from workbench.core.model.keras_classes import KNOWN_CLASSES
from workbench.core.model.options import LoadOptions
from workbench.core.model.repair.model_edits import legal_names_in_sequences, legal_scope_names
from workbench.core.model.repair.notes import RepairContext
from workbench.core.model.weight_loader import building, from_zero
from workbench.core.progress import Report


def rebuild_archive(path: Path, config: Config, context: RepairContext, options: LoadOptions, report: Report) -> Any:
    """The model of `config`, which has passed the load policy, with the weights and vocabularies of `path`.

    Raises whatever tf_keras raises if it cannot build the model, and `ValueError` if file and model hold different
    weights.
    """
    ready = from_zero(config)
    legal_names_in_sequences(ready, context)
    model = _build(ready, context, options)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder, opened(path) as parts:
        parts.assets_at(Path(folder))
        with parts.weights(report) as part, h5py.File(part, "r") as file:
            read_by_places(model, Weights(file, report), Assets(Path(folder)))
    legal_scope_names(model, context)
    return model


def _build(config: Config, context: RepairContext, options: LoadOptions) -> Any:
    known = _shared_classes(config)
    with building(config, context, options) as objects:
        return deserialized(config, {**known, **objects}, enabled_safe_mode=not options.allow_code)


def _shared_classes(config: Config) -> dict[str, Any]:
    """The classes of layers that are shared by several models, by name.

    tf_keras uses the number of a shared object (`shared_object_id`) only for classes that it is given and that name
    their module, which those of Keras 2.12 do not. Otherwise it makes a second layer, and cannot read back what it
    saved itself.
    """
    layers = legacy_keras().layers
    found: dict[str, Any] = {}
    for record in json_objects(config):
        name = record.get("class_name") if "shared_object_id" in record else None
        if isinstance(name, str) and name in KNOWN_CLASSES and hasattr(layers, name):
            found[name] = getattr(layers, name)
            record.setdefault("module", "keras.layers")
            record.setdefault("registered_name", None)
    return found
