"""JSON values to tensors and back, with the rules and error texts of TensorFlow Serving's `json_tensor.cc`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.core.serve.replies import ApiError
from workbench.spec.tensors import TensorSpec

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

_KINDS: Final = {
    "DT_FLOAT": ("float", "fiu"),
    "DT_DOUBLE": ("double", "fiu"),
    "DT_HALF": ("half", "fiu"),
    "DT_BFLOAT16": ("bfloat16", "fiu"),
    "DT_BOOL": ("bool", "b"),
    "DT_STRING": ("string", ""),
} | {f"DT_{name.upper()}": (name, "iu") for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()}
"""By dtype: TensorFlow's name for it, and the kinds of numpy arrays that it accepts."""

_JSON_TYPES: Final = {type(None): "Null", dict: "Object", list: "Array", str: "String", int: "Number", float: "Number"}
_SHOWN: Final = 200
"""Maximum number of characters of a wrong value that an error repeats."""


def invalid(message: str) -> ApiError:
    """TensorFlow Serving's error InvalidArgument."""
    return ApiError(400, message)


def shown(value: object) -> str:
    """A JSON value as an error message shows it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def is_base64(value: object) -> bool:
    """Whether a value is an object with exactly the key `b64` and a text in it."""
    return isinstance(value, dict) and set(value) == {"b64"} and isinstance(value["b64"], str)


def to_tensor(value: Any, spec: TensorSpec) -> Array:
    """A JSON value as an array of the dtype. Raises `ApiError` 400 if that is not possible."""
    import numpy as np

    from workbench.core.tensor_values import dtype_of

    name, kinds = _KINDS.get(spec.dtype, (spec.dtype, ""))
    if spec.dtype == "DT_STRING":
        shape = _shape(value)
        _check(value, 0, shape, name)
        flat = np.array([*_strings(value), None], dtype=object)[:-1]
        return flat.reshape(shape)
    if not kinds:
        raise ApiError(501, f"Conversion of JSON Value: {shown(value)} to type: {name}")
    array = _regular(value)
    if array is not None and (array.dtype.kind in kinds or array.size == 0):
        return array.astype(dtype_of(spec))
    _check(value, 0, _shape(value), name)
    raise invalid(f"JSON Value: {shown(value)} is not of expected type: {name}")


def _regular(value: Any) -> Array | None:
    """All values as one array; `None` if lists differ in length, which is then reported with the position."""
    import numpy as np

    try:
        return np.array(value)
    except (ValueError, OverflowError):
        return None


def _shape(value: Any) -> tuple[int, ...]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def _check(value: Any, level: int, shape: tuple[int, ...], dtype: str) -> None:
    """Raise for the first value at the wrong position, list of the wrong length or value of the wrong type."""
    if not isinstance(value, list):
        if level != len(shape):
            text = f"found at incorrect level: {level + 1} in the JSON DOM. Expected at level: {len(shape)}"
            raise invalid(f"JSON Value: {shown(value)} {text}")
        _check_type(value, dtype)
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        text = f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: {shape[level]}"
        raise invalid(text)
    for item in value:
        _check(item, level + 1, shape, dtype)


def _check_type(value: Any, dtype: str) -> None:
    if dtype == "string":
        if isinstance(value, dict) and not is_base64(value):
            raise invalid(f"JSON Value: {shown(value)} not formatted correctly for base64 data")
        right = isinstance(value, str | dict)
    elif dtype == "bool":
        right = isinstance(value, bool)
    elif dtype in ("float", "double", "half", "bfloat16"):
        right = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        right = isinstance(value, int) and not isinstance(value, bool)
    if not right:
        kind = "True" if value is True else "False" if value is False else _JSON_TYPES[type(value)]
        raise invalid(f"JSON Value: {shown(value)} Type: {kind} is not of expected type: {dtype}")


def _strings(value: Any) -> list[bytes]:
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [decoded(value)]


def decoded(value: str | Mapping[str, str]) -> bytes:
    """The bytes of a string or of a `{"b64": ...}`. Raises `ApiError` 400."""
    if isinstance(value, str):
        return value.encode()
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (binascii.Error, ValueError) as err:
        raise invalid("Unable to base64 decode") from err


def to_json(alias: str, array: Array) -> Any:
    """An output as nested lists: bytes of a `_bytes` alias as base64, floats by their shortest digits."""
    if array.dtype == object:
        return _texts(array.tolist(), binary=alias.endswith("_bytes"))
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        # 0.2 and not 0.20000000298, which is the same float in double precision.
        return array.astype("U32").astype("float64").tolist()
    return array.tolist()


def _texts(value: Any, *, binary: bool) -> Any:
    if isinstance(value, list):
        return [_texts(item, binary=binary) for item in value]
    raw = value if isinstance(value, bytes) else str(value).encode()
    return {"b64": base64.b64encode(raw).decode()} if binary else raw.decode("utf-8", "replace")
