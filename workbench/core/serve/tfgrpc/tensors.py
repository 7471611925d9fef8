"""TensorProtos to arrays and back: tensorflow/core/framework/tensor.proto."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from workbench.core.serve.replies import ApiError
from workbench.core.serve.tfgrpc.messages import message_class

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

_FIELDS: Final = {
    "DT_FLOAT": "float_val",
    "DT_DOUBLE": "double_val",
    "DT_STRING": "string_val",
    "DT_INT64": "int64_val",
    "DT_BOOL": "bool_val",
    "DT_UINT32": "uint32_val",
    "DT_UINT64": "uint64_val",
    "DT_HALF": "half_val",
    "DT_BFLOAT16": "half_val",
} | dict.fromkeys(("DT_INT32", "DT_INT16", "DT_INT8", "DT_UINT8", "DT_UINT16"), "int_val")
"""The list that holds a dtype's values."""

_MAX_ELEMENTS: Final = 1 << 26
"""One value may stand for all of a tensor: a few bytes would otherwise ask for any amount of memory."""


def to_array(alias: str, proto: Any) -> Array:
    """The values; a list shorter than the shape goes on with its last one. Raises `ApiError` 400, 501."""
    import numpy as np

    from workbench.core.dtypes import NUMBERS, numpy_dtype

    dtype = next((name for name, number in NUMBERS.items() if number == proto.dtype), "")
    if dtype not in _FIELDS:
        raise ApiError(501, f"Tensors of the dtype number {proto.dtype} ('{alias}') are not supported.")
    shape = _shape(alias, proto)
    count = int(np.prod(shape, dtype=object))
    kind = numpy_dtype(dtype)
    assert kind is not None
    if proto.tensor_content and dtype != "DT_STRING":
        if len(proto.tensor_content) != count * kind.itemsize:
            raise _wrong(alias, shape, f"{len(proto.tensor_content)} bytes of content")
        content: Array = np.frombuffer(proto.tensor_content, kind).reshape(shape)
        return content
    if count > _MAX_ELEMENTS:
        raise ApiError(400, f"The tensor '{alias}' has {count} values; at most {_MAX_ELEMENTS} are taken.")
    return _from_list(alias, list(getattr(proto, _FIELDS[dtype])), shape, count, kind, dtype)


def _from_list(alias: str, values: list[Any], shape: list[int], count: int, kind: Any, dtype: str) -> Array:
    import numpy as np

    if len(values) > count or (count and not values and dtype == "DT_STRING"):
        raise _wrong(alias, shape, f"{len(values)} values")
    try:
        found: Array = np.full(count, values[-1] if values else 0, _stored(dtype, kind))
        found[: len(values)] = values
        turned: Array = found.view(kind) if _FIELDS[dtype] == "half_val" else found
        return turned.reshape(shape)
    except (ValueError, OverflowError) as err:
        raise ApiError(400, f"The values of the tensor '{alias}' are no {dtype}: {err}") from err


def _stored(dtype: str, kind: Any) -> Any:
    """Half precision is stored as the number that its bits are."""
    return "uint16" if _FIELDS[dtype] == "half_val" else kind


def _shape(alias: str, proto: Any) -> list[int]:
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if proto.tensor_shape.unknown_rank or len(shape) > 32 or any(size < 0 for size in shape):
        raise ApiError(400, f"The tensor '{alias}' has no complete shape.")
    return shape


def _wrong(alias: str, shape: list[int], found: str) -> ApiError:
    return ApiError(400, f"The tensor '{alias}' of the shape {shape} has {found}.")


def fill(proto: Any, dtype: str, array: Array) -> None:
    """Write an output as TensorFlow Serving does, into the list of its dtype, which its clients read by name."""
    from workbench.core.dtypes import NUMBERS

    proto.dtype = NUMBERS[dtype]
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    flat = array.ravel()
    if dtype == "DT_STRING":
        proto.string_val.extend(one if isinstance(one, bytes) else str(one).encode() for one in flat.tolist())
        return
    if dtype not in _FIELDS:
        raise ApiError(501, f"Outputs of {dtype} are not supported.")
    bits = flat.view("uint16") if _FIELDS[dtype] == "half_val" else flat
    getattr(proto, _FIELDS[dtype]).extend(bits.tolist())


def tensor_info(proto: Any, name: str, dtype: str, shape: tuple[int, ...] | None) -> None:
    """Fill a TensorInfo."""
    from workbench.core.dtypes import DATA_TYPES

    proto.name, proto.dtype = name, DATA_TYPES.get(dtype, 0)
    proto.tensor_shape.CopyFrom(message_class("Shape")(unknown_rank=shape is None))
    for size in shape or ():
        proto.tensor_shape.dim.add(size=size)
