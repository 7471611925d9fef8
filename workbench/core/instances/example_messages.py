"""The `tf.train.Example` message, built by protobuf from its field numbers, without TensorFlow.

Its classes are in a descriptor pool of their own: TensorFlow's Python registers the same names in the default pool.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_BYTES, _FLOAT, _INT64, _STRING, _MESSAGE = 12, 2, 3, 9, 11
_OPTIONAL, _REPEATED = 1, 3
_PACKAGE: Final = "workbench.example"

_LISTS: Final = {"BytesList": _BYTES, "FloatList": _FLOAT, "Int64List": _INT64}
"""The lists of tensorflow/core/example/feature.proto: each has its values in field 1."""

_KIND: Final = {"bytes_list": "BytesList", "float_list": "FloatList", "int64_list": "Int64List"}
"""The fields 1 to 3 of `Feature`, one of which is set."""


@cache
def example_class() -> Any:
    """The class of the message: `features.feature` maps names to features with one list each."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="workbench_example.proto", package=_PACKAGE, syntax="proto3")
    for name, kind in _LISTS.items():
        file.message_type.add(name=name).field.add(name="value", number=1, type=kind, label=_REPEATED)
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    for number, (name, kind_name) in enumerate(_KIND.items(), 1):
        _message(feature, name, number, kind_name).oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_STRING, label=_OPTIONAL)
    _message(entry, "value", 2, "Feature")
    _message(features, "feature", 1, "Features.FeatureEntry").label = _REPEATED
    _message(file.message_type.add(name="Example"), "features", 1, "Features")
    return file


def _message(owner: Any, name: str, number: int, type_name: str) -> Any:
    return owner.field.add(
        name=name, number=number, type=_MESSAGE, label=_OPTIONAL, type_name=f".{_PACKAGE}.{type_name}"
    )
