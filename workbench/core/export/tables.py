"""Lookup tables of a model (words to numbers, numbers to words) as self-initialising nodes of a serving graph.

A graph cannot hold a table as a constant. It is written as an empty `HashTableV2` with its keys and values as constants
beside it, and the loader's init op fills it: `LoadSavedModel` of C++ (TensorFlow Serving),
`tf.compat.v1.saved_model.load` and `tf.saved_model.load` all run what the collection `saved_model_main_op` names. Every
op used is in TensorFlow 1.15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError

Array = npt.NDArray[Any]

_PASSED_ON: Final = ("Identity", "Enter", "Switch", "Merge", "NextIteration", "Exit")
"""Ops that pass a table's handle on, into loops and conditions too."""


class Table(msgspec.Struct, frozen=True):
    """A table of the model: the placeholder of its handle, and its entries `(n,)`, sorted by key."""

    placeholder: str
    keys: Array
    values: Array


def tables_of(graph_def: Any, handles: Mapping[str, Any]) -> tuple[Table, ...]:
    """The tables behind the resource placeholders of an inlined graph; `handles` are the resources by placeholder.

    Raises `WorkbenchError` TABLES for another kind of resource, and for an empty table.
    """
    kinds = _kinds(graph_def)
    found = []
    for placeholder, handle in handles.items():
        kind = kinds.get(placeholder.split(":")[0])
        if kind is None:
            hint = "Replace the layer that contains it with a built-in Keras layer."
            raise WorkbenchError("TABLES", "The model contains a resource that an export cannot contain.", hint=hint)
        found.append(_exported(placeholder, handle, *kind))
    return tuple(found)


def _kinds(graph_def: Any) -> dict[str, tuple[int, int]]:
    """Key and value dtype of each table, by the placeholder that its lookups refer to."""
    nodes = {node.name: node for node in graph_def.node}
    found = {}
    for node in graph_def.node:
        if node.op == "LookupTableFindV2":
            source = nodes[_name(node.input[0])]
            while source.op in _PASSED_ON:
                source = nodes[_name(source.input[0])]
            found[source.name] = (node.attr["Tin"].type, node.attr["Tout"].type)
    return found


def _name(tensor: str) -> str:
    return tensor.lstrip("^").split(":")[0]


def _exported(placeholder: str, handle: Any, key: int, value: int) -> Table:
    tf = tensorflow()
    try:
        read = tf.raw_ops.LookupTableExportV2(table_handle=handle, Tkeys=tf.as_dtype(key), Tvalues=tf.as_dtype(value))
    except tf.errors.FailedPreconditionError as err:
        text = "A lookup layer has no vocabulary: it was saved before `adapt` or without its vocabulary."
        hint = "Give the layer its vocabulary (vocabulary=...) and save the model again, as .keras."
        raise WorkbenchError("TABLES", text, hint=hint) from err
    keys, values = (part.numpy() for part in read)
    order = np.argsort(keys)  # The table's own order differs from process to process.
    return Table(placeholder, keys[order], values[order])


def add_tables(tables: Sequence[Table]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """Add tables to the current graph; returns their handles by placeholder, and the ops that fill them.

    A table's shared name is derived from its content: within one process, exports may share equal tables and no others.
    """
    tf = tensorflow()
    handles, fills = {}, []
    for number, table in enumerate(tables):
        with tf.device("/CPU:0"), tf.name_scope(f"tables/{number:02}"):
            keys, values = tf.constant(table.keys, name="keys"), tf.constant(table.values, name="values")
            handle = tf.raw_ops.HashTableV2(
                key_dtype=keys.dtype, value_dtype=values.dtype, shared_name=_digest(table), name="table"
            )
            fill = tf.raw_ops.LookupTableImportV2(table_handle=handle, keys=keys, values=values, name="fill")
        handles[table.placeholder] = handle
        fills.append(fill)
    return handles, tuple(fills)


def _digest(table: Table) -> str:
    whole = hashlib.sha256()
    for part in (table.keys, table.values):
        whole.update(f"{part.dtype} {len(part)};".encode())
        if part.dtype == object:
            whole.update(b"".join(b"%d:%b" % (len(text), text) for text in part))
        else:
            whole.update(np.ascontiguousarray(part).tobytes())
    return f"table_{whole.hexdigest()}"
