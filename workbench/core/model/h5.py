"""Reads what a Keras .h5 (or the parts of a .keras) say, with h5py alone and nothing executed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import h5py
import msgspec

from workbench.spec.errors import WorkbenchError

MAX_CONFIG: Final = 64 * 1024 * 1024
"""Bytes of JSON; the largest real configurations seen are about 1 MB."""

MAX_WEIGHTS_IN_ZIP: Final = 8 * 1024**3
"""Bytes a .keras file may unpack to."""


class RawModel(msgspec.Struct, frozen=True):
    """The undigested parts of a model file; `config` is the model's own JSON object."""

    config: dict[str, Any]
    keras_version: str
    backend: str
    parameters: int


def read_h5(path: Path) -> RawModel:
    """Read a full-model .h5.

    Raises `WorkbenchError` TRUNCATED, HDF5_BROKEN, UNSAFE_LINK, UNSAFE_DATASET, WEIGHTS_ONLY or NOT_KERAS.
    """
    try:
        with h5py.File(path, "r") as file:
            refuse_foreign_data(file, str(path))
            return _from_h5(file, str(path))
    except (OSError, RuntimeError, KeyError) as err:
        raise _broken(str(err), str(path)) from err


def _broken(text: str, where: str) -> WorkbenchError:
    if "truncated" in text:
        return WorkbenchError("TRUNCATED", "The file ends too early.", where=where, hint="Copy or download it again.")
    return WorkbenchError("HDF5_BROKEN", f"HDF5 cannot read it: {text[:200]}.", where=where, hint="Save it again.")


def _from_h5(file: h5py.File, where: str) -> RawModel:
    if "model_config" not in file.attrs:
        _refuse_no_model(file, where)
    group = file.get("model_weights", file)
    return RawModel(
        config=parse_config(_text(file.attrs["model_config"]), where),
        keras_version=_text(_attribute(file, group, "keras_version")),
        backend=_text(_attribute(file, group, "backend")),
        parameters=sum(int(d.size) for d in datasets(group)),
    )


def _refuse_no_model(file: h5py.File, where: str) -> None:
    if "layer_names" in file.attrs or "layers" in file or "_layer_checkpoint_dependencies" in file:
        hint = "Save the whole model with model.save(...), or rebuild it in Keras and load these weights there."
        raise WorkbenchError("WEIGHTS_ONLY", "The file holds weights without the model.", where=where, hint=hint)
    raise WorkbenchError("NOT_KERAS", "This HDF5 file was not written by Keras' model.save.", where=where)


def _attribute(file: h5py.File, group: h5py.Group, name: str) -> Any:
    # Keras <= 2.2 writes the version to the weights group only in weight files; full models have it at the root.
    return file.attrs.get(name, group.attrs.get(name, ""))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def parse_config(text: str, where: str) -> dict[str, Any]:
    """A model's configuration JSON. Raises `WorkbenchError` BAD_CONFIG."""
    if len(text) > MAX_CONFIG:
        raise WorkbenchError("BAD_CONFIG", f"Its configuration is {len(text)} characters long.", where=where)
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise WorkbenchError("BAD_CONFIG", f"Its model_config is not JSON: {err}.", where=where) from err
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise WorkbenchError("BAD_CONFIG", "Its model_config does not describe a model.", where=where)
    return config


def datasets(group: h5py.Group) -> Iterator[h5py.Dataset]:
    """Every dataset below a group, each once."""
    found: list[h5py.Dataset] = []
    group.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    yield from found


def refuse_foreign_data(file: h5py.File, where: str) -> None:
    """Refuse links and datasets that reach outside the file (CVE-2026-1669: HDF5 external storage).

    Raises `WorkbenchError` UNSAFE_LINK or UNSAFE_DATASET naming the place.
    """
    stack: list[h5py.Group] = [file]
    seen: set[object] = set()
    while stack:
        group = stack.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        for name in group:
            link = group.get(name, getlink=True)
            place = f"{where}:{group.name.rstrip('/')}/{name}"
            if not isinstance(link, h5py.HardLink):
                raise WorkbenchError("UNSAFE_LINK", "The file links to data elsewhere; Keras writes none.", where=place)
            item = group[name]
            if isinstance(item, h5py.Group):
                stack.append(item)
            elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                raise WorkbenchError("UNSAFE_DATASET", "Its values lie in another file; Keras never does.", where=place)


def read_keras(path: Path) -> RawModel:
    """Read the parts of a `.keras` archive. Raises `WorkbenchError` TRUNCATED, NOT_KERAS or BAD_CONFIG."""
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename: info.file_size for info in archive.infolist()}
            if not {"config.json", "metadata.json", "model.weights.h5"} <= names.keys():
                raise WorkbenchError("NOT_KERAS", "This zip archive is not a .keras file.", where=where)
            if sum(names.values()) > MAX_WEIGHTS_IN_ZIP or names["config.json"] > MAX_CONFIG:
                raise WorkbenchError("TOO_LARGE", "The archive unpacks to more than a model can be.", where=where)
            metadata = json.loads(archive.read("metadata.json"))
            config = parse_config(archive.read("config.json").decode(), where)
            parameters = _zip_parameters(archive.read("model.weights.h5"), where)
    except zipfile.BadZipFile as err:
        raise WorkbenchError("TRUNCATED", "The .keras archive is damaged or cut off.", where=where) from err
    except (ValueError, AttributeError) as err:
        raise WorkbenchError("BAD_CONFIG", f"The .keras archive cannot be read: {err}.", where=where) from err
    return RawModel(config, str(metadata.get("keras_version", "")), "tensorflow", parameters)


def _zip_parameters(weights: bytes, where: str) -> int:
    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            refuse_foreign_data(file, where)
            # Variables lie in groups named "vars"; the optimizer's are not the model's parameters.
            return sum(int(d.size) for d in datasets(file) if not d.name.startswith("/optimizer/"))
    except (OSError, RuntimeError) as err:
        raise _broken(str(err), where) from err
