"""Reads the description of a model in Keras' own format: a `.keras` archive or an unzipped folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any, Final

import h5py
import msgspec

from workbench.core.model.archive_layout import Layout
from workbench.core.model.attributes import labels_of
from workbench.core.model.contents import WeightDataset, contents
from workbench.core.model.parts import CONFIG, METADATA, FolderParts, Parts
from workbench.core.model.raw_model import (
    MAX_CONFIG,
    RawModel,
    broken,
    parse_config,
    refuse_half_pairs,
    without_training,
)
from workbench.core.model.zip_directory import zipped
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.foreign_json import json_value

MAX_METADATA: Final = 1024 * 1024

_TRAINING: Final = ("optimizer", "metrics", "_metrics")
"""Groups of a compiled model's weights file, beside those of the layers, that are needed only for training."""


def opened(path: Path) -> AbstractContextManager[Parts]:
    """The parts of the model at `path`. Raises `WorkbenchError` TRUNCATED, NOT_KERAS, UNSAFE_ARCHIVE or TOO_LARGE."""
    return nullcontext(FolderParts(path)) if path.is_dir() else zipped(path)


def read_keras(path: Path, report: Report = silent) -> RawModel:
    """Read the parts of a model in Keras' own format.

    Raises `WorkbenchError` TRUNCATED, NOT_KERAS, UNSAFE_ARCHIVE, TOO_LARGE, BAD_CONFIG, or a code documented at
    `read_h5` for the weights file.
    """
    where = str(path)
    try:
        with opened(path) as parts:
            metadata = json_value(parts.read(METADATA, MAX_METADATA))
            refuse_half_pairs(metadata, where)
            config = without_training(parse_config(parts.read(CONFIG, MAX_CONFIG).decode(), where))
            with parts.weights(report) as file:
                everything = _weights(file, where)
    except (ValueError, AttributeError, NotImplementedError, RecursionError) as err:
        raise WorkbenchError("BAD_CONFIG", f"The .keras archive cannot be read: {err}.", where=where) from err
    return _raw(config, metadata if isinstance(metadata, dict) else {}, everything)


def holds_config(path: Path, config: dict[str, Any]) -> bool:
    """Whether the file at `path` is an archive with exactly this configuration, so that Keras may load it unchanged."""
    if path.is_dir():
        return False  # Keras recognises a folder by its name and by what else it contains.
    with opened(path) as parts:
        return bool(json_value(parts.read(CONFIG, MAX_CONFIG)) == config)


def unpack(path: Path, config: dict[str, Any], folder: Path, report: Report = silent) -> None:
    """Write a model's parts into a new folder, with a configuration that passed the load policy, for Keras to load."""
    folder.mkdir()
    with opened(path) as parts:
        (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
        (folder / METADATA).write_bytes(parts.read(METADATA, MAX_METADATA))
        parts.weights_at(folder, report)
        parts.assets_at(folder)


def _raw(config: dict[str, Any], metadata: dict[str, Any], everything: tuple[WeightDataset, ...]) -> RawModel:
    # Variables are in groups named "vars"; those of the optimizer are not parameters of the model.
    weights = tuple(w for w in everything if _top(w) not in _TRAINING)
    return RawModel(
        config=config,
        keras_version=str(metadata.get("keras_version", ""))[:100],
        backend="tensorflow",
        parameters=sum(w.size for w in weights),
        weights=weights,
        labels=labels_of(metadata),
        optimizer_bytes=sum(w.bytes for w in everything if _top(w) == "optimizer"),
    )


def _top(weight: WeightDataset) -> str:
    return weight.path.partition("/")[0]


def _weights(file: IO[bytes], where: str) -> tuple[WeightDataset, ...]:
    try:
        with h5py.File(file, "r") as weights:
            layout = Layout(groups_of(weights))
            return tuple(_placed(weight, layout) for weight in contents(weights, where))
    except (OSError, RuntimeError, KeyError) as err:
        raise broken(str(err), where) from err


def _placed(weight: WeightDataset, layout: Layout) -> WeightDataset:
    stored = weight.path.lstrip("/")
    path = layout.current(stored)
    return msgspec.structs.replace(weight, path=path, place=stored if stored != path else "")


def groups_of(file: h5py.File) -> Any:
    """A function that lists the names below a group of a file, for `Layout`."""

    def children(place: str) -> Iterable[str]:
        found = file.get(place) if place else file
        return list(found) if isinstance(found, h5py.Group) else ()

    return children
