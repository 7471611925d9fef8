"""Reads the description of a model from a Keras .h5 with h5py alone; nothing is executed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import h5py
import msgspec

from workbench.core.model.architecture import beside, version_of
from workbench.core.model.archive import read_keras
from workbench.core.model.attributes import labels_in, read_text
from workbench.core.model.contents import WeightDataset, contents
from workbench.core.model.global_heap import check_global_heaps
from workbench.core.model.raw_model import RawModel, broken, parse_config
from workbench.spec.errors import WorkbenchError

__all__ = ["RawModel", "parse_config", "read_h5", "read_keras", "refuse_foreign_data"]


def read_h5(path: Path, architecture: dict[str, Any] | None = None, *, scanned: bool = False) -> RawModel:
    """Read a full-model .h5, or one that holds only weights with the `architecture` that is given or stored beside it.

    `scanned` files have been read by this function before, and are not searched for damaged heaps again.
    Raises `WorkbenchError` TRUNCATED, HDF5_BROKEN, UNSAFE_LINK, UNSAFE_DATASET, SHAPE_BOMB, TOO_LARGE, WEIGHTS_ONLY,
    NOT_KERAS or BAD_CONFIG.
    """
    try:
        with h5py.File(path, "r") as file:
            everything = contents(file, str(path))
            if not scanned:
                check_global_heaps(path, str(path))
            if "model_config" in file.attrs:
                config = parse_config(read_text(file, "model_config", str(path)), str(path))
            else:
                config = _architecture(file, path, architecture)
            return _raw(file, str(path), config, everything)
    except (OSError, RuntimeError, KeyError, ValueError, OverflowError) as err:
        raise broken(str(err), str(path)) from err


def refuse_foreign_data(file: h5py.File, where: str) -> None:
    """Raise `WorkbenchError` for links, datasets and claimed sizes that no model needs; see `contents` for the
    codes."""
    contents(file, where)


def _architecture(file: h5py.File, path: Path, given: dict[str, Any] | None) -> dict[str, Any]:
    if not is_weights(file):
        raise WorkbenchError("NOT_KERAS", "This HDF5 file was not written by Keras' model.save.", where=str(path))
    found = given or beside(path)
    if found is None:
        hint = "Give its architecture (model.to_json() or to_yaml()) with --architecture, or put it beside the file."
        raise WorkbenchError("WEIGHTS_ONLY", "The file contains weights without the model.", where=str(path), hint=hint)
    return copy.deepcopy(found)  # Repairs are written into the copy.


def _raw(file: h5py.File, where: str, config: dict[str, Any], everything: tuple[WeightDataset, ...]) -> RawModel:
    group = file.get("model_weights", file)
    weights = _model_weights(everything, group.name)
    # A model's own configuration states neither; only an architecture written by `to_json` does.
    return RawModel(
        config=config,
        keras_version=_attribute(file, group, "keras_version", where) or version_of(config),
        backend=_attribute(file, group, "backend", where) or str(config.get("backend", ""))[:40],
        parameters=sum(w.size for w in weights),
        weights=weights,
        labels=labels_in(file),
        optimizer_bytes=sum(w.bytes for w in everything if w.path.startswith("/optimizer_weights/")),
    )


def is_weights(file: h5py.File) -> bool:
    """Whether an HDF5 file without a model is a Keras weights file: `save_weights` of Keras 1, 2 or 3."""
    return "layer_names" in file.attrs or any(n in file for n in ("layers", "_layer_checkpoint_dependencies"))


def _model_weights(everything: tuple[WeightDataset, ...], group: str) -> tuple[WeightDataset, ...]:
    start = group.rstrip("/") + "/"
    own = (w for w in everything if w.path.startswith(start) and not w.path.startswith("/optimizer_weights/"))
    return tuple(msgspec.structs.replace(w, path=w.path[len(start) :]) for w in own)


def _attribute(file: h5py.File, group: h5py.Group, name: str, where: str) -> str:
    # Keras <= 2.2 writes the version to the weights group only in weights files; full models have it at the root.
    return read_text(file, name, where) or read_text(group, name, where)
