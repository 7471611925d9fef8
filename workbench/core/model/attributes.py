"""Reads text from HDF5 attributes within bounds: their size is checked before they are read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import h5py

from workbench.spec.errors import WorkbenchError, is_text

MAX_TEXT: Final = 64 * 1024 * 1024
"""Bytes of one attribute."""

MAX_LABELS: Final = 100_000

LABEL_KEYS: Final = ("labels", "class_names", "classes", "classes_names")
"""Where people keep the names of the scores: no Keras version has a place of its own for them."""


def read_text(item: h5py.Group, name: str, where: str) -> str:
    """A text attribute, empty if it is missing. Raises `WorkbenchError` BAD_CONFIG if it is not text."""
    if name not in item.attrs:
        return ""
    if not _within_bounds(item, name, most=1):
        raise WorkbenchError("BAD_CONFIG", f"Its attribute '{name}' is not text, or is too long.", where=where)
    return _text(item.attrs[name])


def _within_bounds(item: h5py.Group, name: str, most: int) -> bool:
    # A text of variable length tells no size before it is read, but cannot be longer than what the file
    # holds beside its datasets' values, which `contents` has bounded. A hostile array names it many times.
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
    # h5py gives bytes that are no UTF-8 as halves of character pairs, which no text may hold.
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def labels_in(file: h5py.File) -> tuple[str, ...]:
    """Names of the scores kept in the root's attributes, as an array of texts or as JSON; else none."""
    for key in LABEL_KEYS:
        if key in file.attrs and _within_bounds(file, key, most=MAX_LABELS):
            found = as_labels(file.attrs[key])
            if found:
                return found
    return ()


def labels_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The same from a `.keras` file's metadata."""
    return next((found for key in LABEL_KEYS if (found := as_labels(metadata.get(key)))), ())


def as_labels(value: Any) -> tuple[str, ...]:
    """A list of texts, an index of them (`{"0": "cat"}`, `{"cat": 0}`) or JSON of either, as labels."""
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
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _in_order(index: dict[str, Any]) -> list[Any]:
    """`flow_from_directory`'s class_indices, or the same turned round, as a list; else an empty one."""
    if all(type(v) is int for v in index.values()):
        index = {str(v): k for k, v in index.items()}
    keys = [str(i) for i in range(len(index))]
    return [index[k] for k in keys] if set(keys) == set(index) else []
