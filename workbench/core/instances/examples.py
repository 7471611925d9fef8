"""Values as serialized `tf.train.Example`s, one per instance with one feature per key, and back.

They are assembled around an image's own bytes instead of copying them into a message. The encoding is that of protobuf
(its "Encoding" page) for `tensorflow/core/example/{example,feature}.proto`, with the features sorted by name: the
result of `SerializeToString(deterministic=True)`, except for names of which one is a prefix of another. Writing needs
no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from workbench.core.instances.example_messages import example_class
from workbench.core.tensor_values import to_array, to_arrays
from workbench.core.varint import varint
from workbench.spec.errors import WorkbenchError
from workbench.spec.examples import EXAMPLE_DTYPES
from workbench.spec.tensors import NUMPY_NAMES, SignatureInput, TensorSpec

BYTES, FLOATS, INTS = 1, 2, 3
"""The fields of `Feature`: bytes_list, float_list, int64_list."""

SMALL: Final = 4096
"""Bytes below which copying a piece costs less than handling it separately."""

Parts = list[bytes]

_ONE: Final = 0x0A
"""The tag of a length-delimited field 1: `value` of every list, `key` of a map's entry, `feature`, `features`."""

_TWO: Final = 0x12
"""The tag of a length-delimited field 2: `value` of a map's entry."""


_LISTS: Final = {"string": "bytes_list", "int64": "int64_list", "float32": "float_list"}
"""By dtype of a feature's values, the field of `Feature` that holds them (feature.proto)."""

_FIELDS: Final = {"string": BYTES, "int64": INTS, "float32": FLOATS}


def example_parts(features: Mapping[str, tuple[int, Sequence[Any]]]) -> Parts:
    """An Example as pieces to be joined. Each feature has its kind and its values."""
    entries: Parts = []
    for name in sorted(features):
        kind, values = features[name]
        key = name.encode()
        inner = [bytes((_ONE,)), varint(len(key)), key, *_lengthy(_TWO, _feature(kind, values))]
        entries += _lengthy(_ONE, inner)
    return _joined(_lengthy(_ONE, entries))


def _joined(parts: Parts) -> Parts:
    """Small neighbouring pieces joined into one: fewer pieces to process, and still no copy of an image."""
    found: Parts = []
    small: Parts = []
    for part in parts:
        if len(part) < SMALL:
            small.append(part)
        else:
            found += (b"".join(small), part)
            small = []
    return [*found, b"".join(small)]


def _feature(kind: int, values: Sequence[Any]) -> Parts:
    tag = kind << 3 | 2
    if not len(values):
        return _lengthy(tag, [])
    if kind == BYTES:
        return _lengthy(tag, [part for value in values for part in (bytes((_ONE,)), varint(len(value)), value)])
    packed = _floats(values) if kind == FLOATS else b"".join(varint(int(v) & 0xFFFF_FFFF_FFFF_FFFF) for v in values)
    return _lengthy(tag, [bytes((_ONE,)), varint(len(packed)), packed])


def _floats(values: Sequence[Any]) -> bytes:
    with np.errstate(over="ignore"):  # A double beyond the range of float32 becomes infinite, as in protobuf.
        return np.asarray(values, "<f4").tobytes()


def _lengthy(tag: int, parts: Parts) -> Parts:
    return [bytes((tag,)), varint(sum(map(len, parts))), *parts]


def examples_of(feeds: Sequence[SignatureInput], columns: Mapping[str, Any]) -> list[bytes]:
    """One record per instance; bytes and numbers are written to the lists that the `tf_example` signature reads.

    Raises `WorkbenchError` BAD_VALUE for values that do not form a tensor of the key's dtype.
    """
    inputs = {f.alias: f.tensor for f in feeds}
    arrays = to_arrays(inputs, columns)
    count = min((len(a) for a in arrays.values()), default=0)
    rows = ({alias: array[row] for alias, array in arrays.items()} for row in range(count))
    return [b"".join(_parts(inputs, values)) for values in rows]


def example_of(inputs: Mapping[str, TensorSpec], instance: Mapping[str, Any]) -> bytes:
    """One instance as a serialized Example. Raises `WorkbenchError` BAD_VALUE."""
    return b"".join(parts_of(inputs, instance))


def parts_of(inputs: Mapping[str, TensorSpec], instance: Mapping[str, Any]) -> Parts:
    """The same as pieces, image bytes uncopied. Raises `WorkbenchError` BAD_VALUE."""
    return _parts(inputs, {alias: _one(alias, instance[alias], tensor) for alias, tensor in inputs.items()})


def _one(alias: str, value: Any, tensor: TensorSpec) -> Any:
    if isinstance(value, bytes | str) and tensor.dtype == "DT_STRING":
        return value  # An image's bytes need no array.
    return to_array(alias, [value], tensor)[0]


def _parts(inputs: Mapping[str, TensorSpec], values: Mapping[str, Any]) -> Parts:
    kinds = {alias: _kind(tensor) for alias, tensor in inputs.items()}
    return example_parts({alias: (_FIELDS[kind], _flat(kind, values[alias])) for alias, kind in kinds.items()})


def _kind(tensor: TensorSpec) -> str:
    kind = EXAMPLE_DTYPES.get(NUMPY_NAMES.get(tensor.dtype, ""))
    if kind is None:
        raise WorkbenchError("BAD_VALUE", f"A tf.train.Example cannot contain {tensor.dtype}.")
    return kind


def _flat(kind: str, value: Any) -> list[Any]:
    if isinstance(value, bytes | str):
        return [value.encode() if isinstance(value, str) else value]
    if kind == "string":
        flat: list[Any] = np.asarray(value, dtype=object).ravel().tolist()
        return flat
    numbers: list[Any] = np.asarray(value).ravel().tolist()
    return [int(n) for n in numbers] if kind == "int64" else numbers


def features_of(data: bytes) -> Mapping[str, Any]:
    """The features of a serialized Example by name. Raises `WorkbenchError` NOT_AN_EXAMPLE."""
    from google.protobuf.message import DecodeError

    try:
        message = example_class().FromString(data)
    except DecodeError:
        raise WorkbenchError("NOT_AN_EXAMPLE", "The record is not a tf.train.Example.") from None
    if not message.features.feature:
        # Many byte strings are messages with unknown fields only; without any feature it is not an Example.
        raise WorkbenchError("NOT_AN_EXAMPLE", "The record is not a tf.train.Example: it has no features.")
    found: Mapping[str, Any] = message.features.feature
    return found


def values_of(inputs: Mapping[str, TensorSpec], data: bytes) -> dict[str, object]:
    """A serialized Example as an instance of a signature that takes its features directly.

    A missing feature is omitted. Raises `WorkbenchError` NOT_AN_EXAMPLE, or BAD_VALUE for a feature of another kind or
    count.
    """
    features = features_of(data)
    return {alias: _value(alias, tensor, features[alias]) for alias, tensor in inputs.items() if alias in features}


def _value(alias: str, tensor: TensorSpec, feature: Any) -> object:
    there, wanted = feature.WhichOneof("kind"), _LISTS[_kind(tensor)]
    if there != wanted:
        text = f"The feature '{alias}' is a {there or 'empty list'}, not a {wanted}."
        raise WorkbenchError("BAD_VALUE", text)
    values = list(getattr(feature, wanted).value)
    shape = (tensor.shape or (-1,))[1:]
    try:
        listed: object = np.array(values, dtype=object).reshape(shape).tolist()
    except ValueError:
        text = f"The feature '{alias}' has {len(values)} values, which do not fit the shape {list(shape)}."
        raise WorkbenchError("BAD_VALUE", text) from None
    return listed
