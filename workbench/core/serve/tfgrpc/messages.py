"""The messages of TensorFlow Serving's gRPC, built by protobuf from their field numbers, without TensorFlow.

Their classes are in a descriptor pool of their own: TensorFlow's Python registers the same names in the default pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.unknown_fields import UnknownFieldSet

from workbench.core.serve.replies import ApiError

_PACKAGE: Final = "workbench.serving"
_REPEATED, _OPTIONAL = 3, 1
_MESSAGE: Final = 11
_TYPES: Final = {"double": 1, "float": 2, "int64": 3, "uint64": 4, "int32": 5, "bool": 8, "string": 9} | {
    "bytes": 12,
    "uint32": 13,
}

_FIELDS: Final = {
    "Int64Value": "value=1 int64",
    "ModelSpec": "name=1 string, version=2 Int64Value, signature_name=3 string, version_label=4 string",
    "Dim": "size=1 int64, name=2 string",
    "Shape": "dim=2 *Dim, unknown_rank=3 bool",
    "TensorProto": "dtype=1 int32, tensor_shape=2 Shape, version_number=3 int32, tensor_content=4 bytes, "
    "half_val=13 *int32, float_val=5 *float, double_val=6 *double, int_val=7 *int32, string_val=8 *bytes, "
    "int64_val=10 *int64, bool_val=11 *bool, uint32_val=16 *uint32, uint64_val=17 *uint64",
    "PredictRequest": "model_spec=1 ModelSpec, inputs=2 %TensorProto, output_filter=3 *string",
    "PredictResponse": "outputs=1 %TensorProto, model_spec=2 ModelSpec",
    "ExampleList": "examples=1 *bytes",
    "ContextExamples": "examples=1 *bytes, context=2 bytes",
    "Input": "example_list=1 ExampleList, example_list_with_context=2 ContextExamples",
    "ClassificationRequest": "model_spec=1 ModelSpec, input=2 Input",
    "Class": "label=1 string, score=2 float",
    "Classifications": "classes=1 *Class",
    "ClassificationResult": "classifications=1 *Classifications",
    "ClassificationResponse": "result=1 ClassificationResult, model_spec=2 ModelSpec",
    "Regression": "value=1 float",
    "RegressionResult": "regressions=1 *Regression",
    "RegressionResponse": "result=1 RegressionResult, model_spec=2 ModelSpec",
    "TensorInfo": "name=1 string, dtype=2 int32, tensor_shape=3 Shape",
    "SignatureDef": "inputs=1 %TensorInfo, outputs=2 %TensorInfo, method_name=3 string",
    "SignatureDefMap": "signature_def=1 %SignatureDef",
    "Any": "type_url=1 string, value=2 bytes",
    "GetModelMetadataRequest": "model_spec=1 ModelSpec, metadata_field=2 *string",
    "GetModelMetadataResponse": "model_spec=1 ModelSpec, metadata=2 %Any",
    "GetModelStatusRequest": "model_spec=1 ModelSpec",
    "Status": "error_code=1 int32, error_message=2 string",
    "VersionStatus": "version=1 int64, state=2 int32, status=3 Status",
    "GetModelStatusResponse": "model_version_status=1 *VersionStatus",
}
"""Fields by message; `*` repeats, `%` maps text to it. An enum is the number that it is on the wire, and an Example
stays the bytes that its parser takes."""


@cache
def message_class(name: str) -> Any:
    """The class of a message."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def read_message(name: str, data: bytes) -> Any:
    """A message from its bytes. Raises `DecodeError`, and `ApiError` 501 for a field that is not read here."""
    message = message_class(name).FromString(data)
    for path, number in _unread(message, name):
        raise ApiError(501, f"Field {number} of {path} is not supported by the local target.")
    return message


def _unread(message: Any, path: str) -> Iterator[tuple[str, int]]:
    yield from ((path, field.field_number) for field in UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            inner = value.values()
        else:
            inner = [value] if hasattr(value, "ListFields") else value
        for one in inner:
            yield from _unread(one, f"{path}.{field.name}")


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="workbench_serving.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field in fields.split(", "):
            place, _, kind = field.partition(" ")
            title, _, number = place.partition("=")
            _add(message, title, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add(message: Any, name: str, number: str, kind: str) -> None:
    label = _REPEATED if kind[0] in "*%" else _OPTIONAL
    if kind[0] == "%":
        entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        _add(entry, "key", "1", "string")
        _add(entry, "value", "2", kind[1:])
        kind = f"{message.name}.{entry.name}"
    kind = kind.lstrip("*")
    field = message.field.add(name=name, number=int(number), label=label, type=_TYPES.get(kind, _MESSAGE))
    if field.type == _MESSAGE:
        field.type_name = f".{_PACKAGE}.{kind}"
