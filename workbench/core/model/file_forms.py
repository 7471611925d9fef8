"""Identifies files and folders that hold only part of a model, and tells the user what to do with them.

Recognised by content: the names in a folder or the first bytes of a file. Nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from workbench.core.model.parts import NAMES, is_unzipped_model
from workbench.core.model.raw_model import MAX_CONFIG
from workbench.spec.errors import WorkbenchError
from workbench.spec.foreign_json import json_value

MODELS: Final = "The Workbench opens Keras models: .h5, .hdf5 and .keras files, and folders saved with zipped=False."

_SAVE_WHOLE: Final = "Load them into the model that they belong to, in Keras, and save that: model.save('model.keras')."
_GRAPHS: Final = ("saved_model.pb", "saved_model.pbtxt")
_ORBAX: Final = frozenset(
    ("_CHECKPOINT_METADATA", "checkpoint_metadata", "orbax.checkpoint", "pytree.orbax-checkpoint", "_METADATA")
)
"""Files of an Orbax checkpoint (`keras.src.saving.orbax_util`, orbax-checkpoint 0.12)."""

Told = tuple[str, str, str]
"""An error's code, what the file or folder is, and what to do with it."""


def refuse_folder(path: Path) -> None:
    """Raise the `WorkbenchError` that names what a folder is, unless it is an unzipped model.

    Codes: SAVED_MODEL, SERVING_FOLDER, ORBAX_CHECKPOINT, TF_CHECKPOINT, INCOMPLETE_MODEL, NO_FILE.
    """
    if is_unzipped_model(path):
        return
    try:
        names = {inner.name: inner for inner in path.iterdir()}
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The folder cannot be read: {err.strerror}.", where=str(path)) from err
    told = next((found for look in _FOLDERS if (found := look(names))), None)
    code, text, hint = told or ("NO_FILE", "This is a folder, not a model file.", _inside(names))
    raise WorkbenchError(code, text, where=str(path), hint=hint)


def _saved_model(names: dict[str, Path]) -> Told | None:
    if not any(graph in names for graph in _GRAPHS):
        return None
    text = "This is a TensorFlow SavedModel (an export), not a Keras model."
    return "SAVED_MODEL", text, "Use `show`, `check` or `predict` on it; to export, use its Keras model."


def _serving(names: dict[str, Path]) -> Told | None:
    versions = [n for n, place in names.items() if n.isdigit() and any((place / g).is_file() for g in _GRAPHS)]
    if not versions:
        return None
    newest = names[max(versions, key=int)]
    text = f"This is a model folder in TensorFlow Serving's layout, with {_count(len(versions), 'version')}."
    return "SERVING_FOLDER", text, f"Name one version: {newest}."


def _orbax(names: dict[str, Path]) -> Told | None:
    steps = [place for name, place in names.items() if name.isdigit() and place.is_dir()]
    if not any(not _ORBAX.isdisjoint(_names_in(place)) for place in steps) and _ORBAX.isdisjoint(names):
        return None
    text = "This is an Orbax checkpoint (training state), not a model file."
    hint = (
        "Restore it in Keras where it was trained, compare its predictions, "
        "and save the model: model.save('model.keras')."
    )
    return "ORBAX_CHECKPOINT", text, hint


def _tf_checkpoint(names: dict[str, Path]) -> Told | None:
    if not any(name.endswith(".index") and f"{name[:-6]}.data-00000-of-00001" in names for name in names):
        return None
    return "TF_CHECKPOINT", "The folder contains a TensorFlow checkpoint: weights without the model.", _SAVE_WHOLE


def _incomplete(names: dict[str, Path]) -> Told | None:
    missing = [name for name in NAMES if name not in names]
    if len(missing) > 1:
        return None
    text = f"This looks like an unzipped .keras model, but its {missing[0] if missing else NAMES[0]} is missing."
    return "INCOMPLETE_MODEL", text, "Copy the whole folder again."


_FOLDERS: Final[tuple[Callable[[dict[str, Path]], Told | None], ...]] = (
    _saved_model,
    _serving,
    _orbax,
    _tf_checkpoint,
    _incomplete,
)


def _names_in(folder: Path) -> set[str]:
    try:
        return {inner.name for inner in folder.iterdir()}
    except OSError:
        return set()  # An unreadable folder is not one of the known forms.


def _inside(names: dict[str, Path]) -> str:
    models = sorted(place for name, place in names.items() if name.lower().endswith((".h5", ".hdf5", ".keras")))
    return f"Use the model in it: {models[0]}." if models else MODELS


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def named_file(path: Path, head: bytes) -> WorkbenchError | None:
    """The error that names what a file is by its first bytes, or `None` if that is not known.

    Codes: SHARDED_WEIGHTS, ARCHITECTURE_ONLY, SAFETENSORS, TFLITE, NUMPY_FILE, SAVED_MODEL, TF_CHECKPOINT.
    """
    told = _by_bytes(path, head) or (_by_json(path) if head.lstrip()[:1] == b"{" else None)
    return WorkbenchError(told[0], told[1], where=str(path), hint=told[2]) if told else None


def _by_bytes(path: Path, head: bytes) -> Told | None:
    if head[8:10] == b'{"' and 2 <= int.from_bytes(head[:8], "little") <= 100_000_000:
        # 8 bytes of length, then JSON (safetensors' format, at most 100 MB of header).
        return "SAFETENSORS", "This is a safetensors file: weights without the model.", _SAVE_WHOLE
    if head[4:8] == b"TFL3":
        return "TFLITE", "This is a TensorFlow Lite model, converted from a Keras model.", MODELS
    if head.startswith(b"\x93NUMPY"):
        return "NUMPY_FILE", "This is a NumPy array, not a model.", MODELS
    if path.name in _GRAPHS:
        return "SAVED_MODEL", "This is the graph of a TensorFlow SavedModel.", f"Name its folder: {path.parent}."
    if path.name.endswith((".index", ".data-00000-of-00001")):
        return "TF_CHECKPOINT", "This is part of a TensorFlow checkpoint: weights without the model.", _SAVE_WHOLE
    return None


def _by_json(path: Path) -> Told | None:
    found = _json(path)
    if isinstance(found.get("weight_map"), dict):
        text = f"This is the index of weights in {_count(_shards(found['weight_map']), 'file')}, without the model."
        return "SHARDED_WEIGHTS", text, _SAVE_WHOLE
    if path.name == NAMES[0] and is_unzipped_model(path.parent):
        return "ARCHITECTURE_ONLY", "This is one part of an unzipped model.", f"Name its folder: {path.parent}."
    if "class_name" in found and "config" in found:
        hint = "Open the weights file and give this file with --architecture, or put it beside the weights file."
        return "ARCHITECTURE_ONLY", "This is the architecture of a model, without its weights.", hint
    return None


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_CONFIG:
            return {}
        found = json_value(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}  # Then it is simply not a model file.
    return found if isinstance(found, dict) else {}


def _shards(weight_map: dict[str, Any]) -> int:
    files: set[str] = set()
    for names in weight_map.values():
        files.update([names] if isinstance(names, str) else map(str, names if isinstance(names, list) else ()))
    return len(files)


def is_shard(path: Path) -> bool:
    """Whether an HDF5 file is one shard of a model's weights (`max_shard_size`)."""
    stem, _, number = path.name.removesuffix(".weights.h5").rpartition("_")
    return len(number) == 5 and number.isdigit() and path.with_name(f"{stem}.weights.json").is_file()
