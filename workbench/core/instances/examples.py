"""Values as serialized `tf.train.Example`s, one an instance with a feature for each key, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from workbench.core.instances.example_wire import BYTES, FLOATS, INTS, Parts, example_parts
from workbench.core.lazy import tensorflow
from workbench.core.tensor_values import to_array
from workbench.spec.errors import WorkbenchError
from workbench.spec.examples import EXAMPLE_DTYPES
from workbench.spec.tensors import NUMPY_NAMES, SignatureInput, TensorSpec

_LISTS: Final = {"string": "bytes_list", "int64": "int64_list", "float32": "float_list"}
"""The dtype of a feature's values to the field of `Feature` that holds them (example.proto's feature.proto)."""

_FIELDS: Final = {"string": BYTES, "int64": INTS, "float32": FLOATS}


def examples_of(feeds: Sequence[SignatureInput], columns: Mapping[str, Any]) -> list[bytes]:
    """One record an instance; bytes and numbers go into the lists that the `tf_example` signature reads.

    Raises `WorkbenchError` BAD_VALUE for values that are no tensor of the key's dtype.
    """
    inputs = {f.alias: f.tensor for f in feeds}
    arrays = {alias: to_array(alias, columns[alias], tensor) for alias, tensor in inputs.items()}
    count = min((len(a) for a in arrays.values()), default=0)
    rows = ({alias: array[row] for alias, array in arrays.items()} for row in range(count))
    return [b"".join(_parts(inputs, values)) for values in rows]


def example_of(inputs: Mapping[str, TensorSpec], instance: Mapping[str, Any]) -> bytes:
    """One instance as a serialized Example. Raises `WorkbenchError` BAD_VALUE."""
    return b"".join(parts_of(inputs, instance))


def parts_of(inputs: Mapping[str, TensorSpec], instance: Mapping[str, Any]) -> Parts:
    """The same in pieces, image bytes uncopied. Raises `WorkbenchError` BAD_VALUE."""
    return _parts(inputs, {alias: _one(alias, instance[alias], tensor) for alias, tensor in inputs.items()})


def _one(alias: str, value: Any, tensor: TensorSpec) -> Any:
    if isinstance(value, bytes | str) and tensor.dtype == "DT_STRING":
        return value  # An image's bytes: no array is needed to carry them.
    return to_array(alias, [value], tensor)[0]


def _parts(inputs: Mapping[str, TensorSpec], values: Mapping[str, Any]) -> Parts:
    kinds = {alias: _kind(tensor) for alias, tensor in inputs.items()}
    return example_parts({alias: (_FIELDS[kind], _flat(kind, values[alias])) for alias, kind in kinds.items()})


def _kind(tensor: TensorSpec) -> str:
    kind = EXAMPLE_DTYPES.get(NUMPY_NAMES.get(tensor.dtype, ""))
    if kind is None:
        raise WorkbenchError("BAD_VALUE", f"No tf.train.Example carries a {tensor.dtype}.")
    return kind


def _flat(kind: str, value: Any) -> list[Any]:
    if isinstance(value, bytes | str):
        return [value.encode() if isinstance(value, str) else value]
    if kind == "string":
        flat = np.asarray(value, dtype=object).ravel().tolist()
        return [v.encode() if isinstance(v, str) else v for v in flat]
    numbers: list[Any] = np.asarray(value).ravel().tolist()
    return [int(n) for n in numbers] if kind == "int64" else numbers


def features_of(data: bytes) -> Mapping[str, Any]:
    """The features of a serialized Example by name. Raises `WorkbenchError` NOT_AN_EXAMPLE."""
    from google.protobuf.message import DecodeError

    try:
        message = tensorflow().train.Example.FromString(data)
    except DecodeError:
        raise WorkbenchError("NOT_AN_EXAMPLE", "The record is no tf.train.Example.") from None
    if not message.features.feature:
        # Many bytes are a message of fields nobody knows; without any feature it was none of this kind.
        raise WorkbenchError("NOT_AN_EXAMPLE", "The record is no tf.train.Example: it has no features.")
    found: Mapping[str, Any] = message.features.feature
    return found


def values_of(inputs: Mapping[str, TensorSpec], data: bytes) -> dict[str, object]:
    """A serialized Example as an instance of a signature that takes its features as they are.

    A feature that is not there is left out. Raises `WorkbenchError` NOT_AN_EXAMPLE, or BAD_VALUE for a feature
    of another kind or count.
    """
    features = features_of(data)
    return {alias: _value(alias, tensor, features[alias]) for alias, tensor in inputs.items() if alias in features}


def _value(alias: str, tensor: TensorSpec, feature: Any) -> object:
    there, wanted = feature.WhichOneof("kind"), _LISTS[_kind(tensor)]
    if there != wanted:
        text = f"The feature '{alias}' is a {there or 'list of nothing'}, not a {wanted}."
        raise WorkbenchError("BAD_VALUE", text)
    values = list(getattr(feature, wanted).value)
    shape = (tensor.shape or (-1,))[1:]
    try:
        listed: object = np.array(values, dtype=object).reshape(shape).tolist()
    except ValueError:
        text = f"The feature '{alias}' has {len(values)} values, which do not make the shape {list(shape)}."
        raise WorkbenchError("BAD_VALUE", text) from None
    return listed
