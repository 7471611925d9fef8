"""Reads TensorFlow Serving's warm-up file, a TFRecord of PredictionLogs, with protobuf alone.

The fields are those of tensorflow_serving/apis/{prediction_log,predict,model}.proto that a PredictRequest needs, and
of tensorflow/core/framework/{tensor,tensor_shape}.proto.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from workbench.core.dtypes import DT_STRING, NUMBERS, numpy_dtype
from workbench.core.instances.tfrecords import MAX_RECORD, read_records
from workbench.core.tensor_values import Array
from workbench.spec.errors import ErrorInfo, WorkbenchError

_DOUBLE, _FLOAT, _INT64, _UINT64, _INT32, _BOOL, _STRING, _MESSAGE, _BYTES, _UINT32 = 1, 2, 3, 4, 5, 8, 9, 11, 12, 13
_OPTIONAL, _REPEATED = 1, 3
_PACKAGE: Final = "workbench.warmup"

_FIELDS: Final[dict[str, tuple[tuple[str, int, int, str], ...]]] = {
    "Dim": (("size", 1, _INT64, ""),),
    "Shape": (("dim", 2, _MESSAGE, "Dim"),),
    "Tensor": (
        ("dtype", 1, _INT32, ""),  # An enum; any number is accepted.
        ("tensor_shape", 2, _MESSAGE, "Shape"),
        ("tensor_content", 4, _BYTES, ""),
        ("float_val", 5, _FLOAT, ""),
        ("double_val", 6, _DOUBLE, ""),
        ("int_val", 7, _INT32, ""),
        ("string_val", 8, _BYTES, ""),
        ("scomplex_val", 9, _FLOAT, ""),
        ("int64_val", 10, _INT64, ""),
        ("bool_val", 11, _BOOL, ""),
        ("dcomplex_val", 12, _DOUBLE, ""),
        ("half_val", 13, _INT32, ""),
        ("uint32_val", 16, _UINT32, ""),
        ("uint64_val", 17, _UINT64, ""),
        ("float8_val", 18, _BYTES, ""),
    ),
    "InputsEntry": (("key", 1, _STRING, ""), ("value", 2, _MESSAGE, "Tensor")),
    "ModelSpec": (("signature_name", 3, _STRING, ""),),
    "PredictRequest": (("model_spec", 1, _MESSAGE, "ModelSpec"), ("inputs", 2, _MESSAGE, "InputsEntry")),
    "PredictLog": (("request", 1, _MESSAGE, "PredictRequest"),),
    "PredictionLog": (("predict_log", 6, _MESSAGE, "PredictLog"),),
}
"""Message -> fields as (name, number, type, message type). A map is repeated entries on the wire."""

_VALUES: Final = {
    "DT_FLOAT": "float_val",
    "DT_DOUBLE": "double_val",
    "DT_COMPLEX64": "scomplex_val",
    "DT_COMPLEX128": "dcomplex_val",
    "DT_INT64": "int64_val",
    "DT_BOOL": "bool_val",
    "DT_HALF": "half_val",
    "DT_BFLOAT16": "half_val",
    "DT_UINT32": "uint32_val",
    "DT_UINT64": "uint64_val",
}
"""The field with a tensor's values if they are not in `tensor_content`; `int_val` for integer types not listed here."""

_REPEATED_FIELDS: Final = {"dim", "inputs", "int_val", "string_val", *_VALUES.values()}


def read_warmup(path: Path) -> Iterator[tuple[str, dict[str, Array]]]:
    """The signature's name and the input arrays of each PredictRequest in a warm-up file of any origin.

    Raises `WorkbenchError` BAD_WARMUP for a file without any.
    """
    for _, record in read_records(str(path)):
        if isinstance(record, ErrorInfo):
            raise WorkbenchError("BAD_WARMUP", f"The warm-up file cannot be read: {record.message}", where=str(path))
        try:
            request = _log_class().FromString(record).predict_log.request
            columns = {entry.key: _array(entry.value) for entry in request.inputs}
        except (DecodeError, TypeError, ValueError) as err:
            raise WorkbenchError("BAD_WARMUP", f"The warm-up file cannot be read: {err}.", where=str(path)) from err
        yield request.model_spec.signature_name, columns


def _array(tensor: Any) -> Array:
    """The values of a TensorProto. Raises `ValueError` if they do not fill its shape, `TypeError` for an unknown dtype.

    A list that is too short is continued with its last value (tensor.proto).
    """
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    dtype = numpy_dtype(tensor.dtype)
    if dtype is None:
        raise TypeError(f"a tensor of TensorFlow's dtype {tensor.dtype} has no values for numpy")
    if min(shape, default=0) < 0:
        raise ValueError(f"a tensor cannot have the shape {list(shape)}")
    packed = tensor.tensor_content or tensor.float8_val
    if packed:
        return np.frombuffer(packed, dtype).reshape(shape)
    name = next(name for name, number in NUMBERS.items() if number == tensor.dtype)
    given = _strings(tensor) if name == DT_STRING else _numbers(getattr(tensor, _VALUES.get(name, "int_val")), dtype)
    count = math.prod(shape)
    if count * dtype.itemsize > MAX_RECORD:
        raise ValueError(f"a tensor of shape {list(shape)} is larger than a record may be")
    if len(given) > count:
        raise ValueError(f"a tensor of shape {list(shape)} has {len(given)} values")
    last = given[-1:] if len(given) else _nothing(dtype)
    return np.concatenate([given, np.repeat(last, count - len(given))]).reshape(shape)


def _strings(tensor: Any) -> Array:
    return np.array([*tensor.string_val, None], object)[:-1]


def _numbers(values: Any, dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "c":  # Real and imaginary parts alternate.
        return np.array(values, f"f{dtype.itemsize // 2}").view(dtype)
    if dtype.itemsize == 2 and dtype.kind not in "iu":  # float16 and bfloat16 are stored as bit patterns.
        return np.array(values, np.uint16).view(dtype)
    return np.array(values).astype(dtype)


def _nothing(dtype: np.dtype[Any]) -> Array:
    return np.array([b""], object) if dtype.kind == "O" else np.zeros(1, dtype)


@cache
def _log_class() -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.PredictionLog"))


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="workbench_warmup.proto", package=_PACKAGE, syntax="proto3")
    for message, fields in _FIELDS.items():
        added = file.message_type.add(name=message)
        for name, number, kind, type_name in fields:
            label = _REPEATED if name in _REPEATED_FIELDS else _OPTIONAL
            of = f".{_PACKAGE}.{type_name}" if type_name else None
            added.field.add(name=name, number=number, type=kind, label=label, type_name=of)
    return file
