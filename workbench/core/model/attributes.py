"""Reads text from HDF5 attributes within bounds: the size is checked before the value is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import h5py

from workbench.spec.errors import WorkbenchError, is_text
from workbench.spec.foreign_json import json_value

MAX_TEXT: Final = 64 * 1024 * 1024
"""Largest size of one attribute, in bytes."""

MAX_LABELS: Final = 100_000

LABEL_KEYS: Final = ("labels", "class_names", "classes", "classes_names")
"""Attribute names under which authors store their labels: no Keras version defines one."""


def read_text(item: h5py.Group, name: str, where: str) -> str:
    """A text attribute, empty if it is missing. Raises `WorkbenchError` BAD_CONFIG if it is not text."""
    if name not in item.attrs:
        return ""
    if not _within_bounds(item, name, most=1):
        raise WorkbenchError("BAD_CONFIG", f"Its attribute '{name}' is not text, or is too long.", where=where)
    return _text(item.attrs[name])


def _within_bounds(item: h5py.Group, name: str, most: int) -> bool:
    # A text of variable length does not state its size before it is read. It cannot be longer than the part of the file
    # that is not dataset values, which `contents` has bounded; but a hostile array can refer to that text many times.
    attribute = h5py.h5a.open(item.id, name.encode())
    count = math.prod(attribute.shape or ())
    kind = attribute.get_type()
    variable = isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str()
    longest = _file_bytes(item) if variable and count > 1 else kind.get_size()
    return count <= most and count * longest <= MAX_TEXT * (4 if variable else 1)


def _file_bytes(item: h5py.Group) -> int:
    return int(min(item.file.id.get_filesize(), MAX_TEXT))


def _text(value: Any) -> str:
    if hasattr(value, "reshape") and getattr(value, "size", 0) == 1:
        value = value.reshape(-1)[0]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    # h5py returns bytes that are not UTF-8 as lone surrogates, which no valid text contains.
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def labels_in(file: h5py.File) -> tuple[str, ...]:
    """The labels stored in the root's attributes, as an array of texts or as JSON; empty if there are none."""
    for key in LABEL_KEYS:
        if key in file.attrs and _within_bounds(file, key, most=MAX_LABELS):
            found = as_labels(file.attrs[key])
            if found:
                return found
    return ()


def labels_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels stored in a `.keras` file's metadata, as in `labels_in`."""
    return next((found for key in LABEL_KEYS if (found := as_labels(metadata.get(key)))), ())


def as_labels(value: Any) -> tuple[str, ...]:
    """A list of texts, an index of them (`{"0": "cat"}`, `{"cat": 0}`), or JSON of either, as labels."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bytes | str):
        value = _parsed(_text(value))
    if isinstance(value, dict):
        value = _in_order(value)
    if not isinstance(value, list) or not 0 < len(value) <= MAX_LABELS:
        return ()
    texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in value]
    return tuple(texts) if all(isinstance(t, str) and is_text(t) for t in texts) else ()


def _parsed(text: str) -> Any:
    try:
        return json_value(text)
    except ValueError:
        return None


def _in_order(index: dict[str, Any]) -> list[Any]:
    """A `class_indices` dict of `flow_from_directory`, or its inverse, as a list; empty if it is neither."""
    if all(type(v) is int for v in index.values()):
        index = {str(v): k for k, v in index.items()}
    keys = [str(i) for i in range(len(index))]
    return [index[k] for k in keys] if set(keys) == set(index) else []
