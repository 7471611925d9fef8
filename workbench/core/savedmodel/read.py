"""Reads signatures and ops of any SavedModel with protobuf alone: no TensorFlow, nothing is executed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import DecodeError

from workbench.core.dtypes import DATA_TYPES
from workbench.core.savedmodel.wire import Keep, wanted
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec, TensorSpec

INIT_OP: Final = "__saved_model_init_op"
"""A TF 2 export's internal signature, which is never called."""

# The fields that are read of tensorflow/core/protobuf/{saved_model,meta_graph}.proto and of
# framework/{graph,function,node_def,op_def}.proto: (name, number, type, message type, repeated). Map fields are
# repeated key/value entries on the wire.
_STRING, _INT64, _BOOL, _MESSAGE, _ENUM = 9, 3, 8, 11, 14
_Field = tuple[str, int, int, str, bool]
_MESSAGES: Final[dict[str, list[_Field]]] = {
    "SavedModel": [
        ("saved_model_schema_version", 1, _INT64, "", False),
        ("meta_graphs", 2, _MESSAGE, "MetaGraph", True),
    ],
    "MetaGraph": [
        ("meta_info_def", 1, _MESSAGE, "MetaInfo", False),
        ("graph_def", 2, _MESSAGE, "Graph", False),
        ("signature_def", 5, _MESSAGE, "SignatureEntry", True),
    ],
    "MetaInfo": [
        ("meta_graph_version", 1, _STRING, "", False),
        ("tags", 4, _STRING, "", True),
        ("tensorflow_version", 5, _STRING, "", False),
    ],
    "SignatureEntry": [("key", 1, _STRING, "", False), ("value", 2, _MESSAGE, "Signature", False)],
    "Signature": [
        ("inputs", 1, _MESSAGE, "TensorEntry", True),
        ("outputs", 2, _MESSAGE, "TensorEntry", True),
        ("method_name", 3, _STRING, "", False),
    ],
    "TensorEntry": [("key", 1, _STRING, "", False), ("value", 2, _MESSAGE, "Tensor", False)],
    "Tensor": [
        ("name", 1, _STRING, "", False),
        ("dtype", 2, _ENUM, "DataType", False),
        ("tensor_shape", 3, _MESSAGE, "Shape", False),
    ],
    "Shape": [("dim", 2, _MESSAGE, "Dim", True), ("unknown_rank", 3, _BOOL, "", False)],
    "Dim": [("size", 1, _INT64, "", False)],
    "Graph": [("node", 1, _MESSAGE, "Node", True), ("library", 2, _MESSAGE, "Library", False)],
    "Library": [("function", 1, _MESSAGE, "Function", True)],
    "Function": [("signature", 1, _MESSAGE, "Op", False), ("node_def", 3, _MESSAGE, "Node", True)],
    "Op": [("name", 1, _STRING, "", False)],
    "Node": [
        ("name", 1, _STRING, "", False),
        ("op", 2, _STRING, "", False),
        ("attr", 5, _MESSAGE, "AttributeEntry", True),
    ],
    "AttributeEntry": [("key", 1, _STRING, "", False)],  # The values, tensors among them, are skipped.
}

_DTYPES: Final = {number: name for name, number in DATA_TYPES.items()}


class SavedModelInfo(msgspec.Struct, frozen=True):
    """What a SavedModel file states about itself. `fingerprint` is the Workbench's, empty for foreign exports."""

    tags: tuple[str, ...]
    signatures: dict[str, SignatureSpec]
    tensorflow_version: str
    fingerprint: str


class GraphNode(msgspec.Struct, frozen=True):
    """One node of a graph; a node within a function of the library is named `function:node`."""

    name: str
    op: str
    attributes: tuple[str, ...]


class GraphInfo(msgspec.Struct, frozen=True):
    """The nodes of a graph and of all functions of its library, and the names of those functions."""

    nodes: tuple[GraphNode, ...]
    functions: frozenset[str]


def read_signatures(directory: Path, tags: Collection[str] = ()) -> SavedModelInfo:
    """Tags and signatures of a SavedModel directory, without `__saved_model_init_op`; the cost does not depend on its
    size.

    Of several graphs, the one with exactly these tags is read; without `tags` the one tagged for serving, else the
    first. Raises `WorkbenchError` NOT_A_SAVEDMODEL, BAD_SAVEDMODEL (also if no graph has these tags), CANNOT_READ.
    """
    meta = _meta_graph(directory, _keep("SavedModel", without="Graph"), tags)
    signatures = {e.key: _signature(e.value) for e in meta.signature_def if e.key != INIT_OP}
    return SavedModelInfo(
        tuple(meta.meta_info_def.tags),
        dict(sorted(signatures.items())),
        meta.meta_info_def.tensorflow_version,
        meta.meta_info_def.meta_graph_version,
    )


def read_graph(directory: Path) -> GraphInfo:
    """Every node of a SavedModel directory's graph with the names of its attributes; no weights are read.

    Raises `WorkbenchError` NOT_A_SAVEDMODEL or BAD_SAVEDMODEL.
    """
    graph = _meta_graph(directory, _keep("SavedModel")).graph_def
    nodes = [_node(n, n.name) for n in graph.node]
    for function in graph.library.function:
        nodes += [_node(n, f"{function.signature.name}:{n.name}") for n in function.node_def]
    return GraphInfo(tuple(nodes), frozenset(f.signature.name for f in graph.library.function))


def _node(node: Any, name: str) -> GraphNode:
    return GraphNode(name, node.op, tuple(entry.key for entry in node.attr))


def is_saved_model(path: Path) -> bool:
    """Whether a folder holds a SavedModel."""
    return (path / "saved_model.pb").is_file() or (path / "saved_model.pbtxt").is_file()


def _meta_graph(directory: Path, keep: Keep, tags: Collection[str] = ()) -> Any:
    message = _parse(directory, keep)
    tagged = [m for m in message.meta_graphs if set(m.meta_info_def.tags) == set(tags)]
    served = [m for m in message.meta_graphs if "serve" in m.meta_info_def.tags] or list(message.meta_graphs)
    metas = tagged if tags else served
    if not metas:
        words = f" with the tags {', '.join(tags)}" if tags else ""
        raise WorkbenchError("BAD_SAVEDMODEL", f"It contains no MetaGraph{words}.", where=str(directory))
    return metas[0]


def _keep(name: str, without: str = "") -> Keep:
    """The fields of a message in the table above, in the form that `wire` takes."""
    return {
        number: _keep(type_name, without) if kind == _MESSAGE else None
        for _, number, kind, type_name, _ in _MESSAGES[name]
        if not (without and type_name == without)
    }


def _parse(directory: Path, keep: Keep) -> Any:
    message = _classes()["SavedModel"]()
    binary, text = directory / "saved_model.pb", directory / "saved_model.pbtxt"
    where = str(directory)
    try:
        if binary.is_file():
            with binary.open("rb") as file:
                message.ParseFromString(wanted(file, binary.stat().st_size, keep))
        elif text.is_file():
            text_format.Parse(text.read_text(encoding="utf-8"), message, allow_unknown_field=True)
        else:
            hint = "Give the folder that contains saved_model.pb."
            raise WorkbenchError("NOT_A_SAVEDMODEL", "It contains no saved_model.pb.", where=where, hint=hint)
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as err:
        hint = "Export or copy it again."
        raise WorkbenchError("BAD_SAVEDMODEL", "Its saved_model.pb is damaged.", where=where, hint=hint) from err
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"It cannot be read: {err.strerror}.", where=where) from err
    return message


def _signature(value: Any) -> SignatureSpec:
    inputs, outputs = ({e.key: _tensor(e.value) for e in side} for side in (value.inputs, value.outputs))
    return SignatureSpec(value.method_name, dict(sorted(inputs.items())), dict(sorted(outputs.items())))


def _tensor(value: Any) -> TensorSpec:
    dtype = _DTYPES.get(value.dtype, "DT_INVALID")
    shape = None if value.tensor_shape.unknown_rank else tuple(d.size for d in value.tensor_shape.dim)
    return TensorSpec(dtype, shape, value.name)


_cache: dict[str, Any] = {}


def _classes() -> dict[str, Any]:
    if not _cache:
        pool = descriptor_pool.DescriptorPool()
        pool.Add(_file_descriptor())
        for name in _MESSAGES:
            descriptor = pool.FindMessageTypeByName(f"workbench.{name}")
            _cache[name] = message_factory.GetMessageClass(descriptor)
    return _cache


def _file_descriptor() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="workbench_saved_model.proto", package="workbench", syntax="proto3")
    numbers = file.enum_type.add(name="DataType")
    for number, name in sorted(_DTYPES.items()):  # The first value of a proto3 enum must be zero.
        numbers.value.add(name=name, number=number)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, type_name, repeated in fields:
            added = message.field.add(name=field, number=number, label=3 if repeated else 1)
            added.type = kind
            if type_name:
                added.type_name = f".workbench.{type_name}"
    return file
