"""The protocol's datatypes, and tensors as its JSON and its binary extension write them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.core.serve.replies import ApiError
from workbench.core.serve.tfserving.tensors import decoded, is_base64
from workbench.spec.tensors import NUMPY_NAMES

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

BYTES: Final = "BYTES"

_NAMES: Final = {
    "DT_BOOL": "BOOL",
    "DT_HALF": "FP16",
    "DT_BFLOAT16": "BF16",
    "DT_FLOAT": "FP32",
    "DT_DOUBLE": "FP64",
    "DT_STRING": BYTES,
} | {f"DT_{kind}{bits}": f"{kind}{bits}" for kind in ("INT", "UINT") for bits in (8, 16, 32, 64)}
"""A tensor's dtype as the protocol calls it."""

_DTYPES: Final = {name: dtype for dtype, name in _NAMES.items()}
_LENGTH: Final = struct.Struct("<I")


def datatype(dtype: str) -> str:
    """`FP32` for `DT_FLOAT`. Raises `ApiError` 501 for a dtype that the protocol has not."""
    if dtype not in _NAMES:
        raise ApiError(501, f"The Open Inference Protocol has no datatype for {dtype}.")
    return _NAMES[dtype]


def from_values(name: str, kind: str, shape: list[int], data: Any) -> Array:
    """A tensor from its JSON `data`, nested or flat. `{"b64": ...}` is taken for a string that is no text.

    Raises `ApiError` 400 for values that are not of the datatype or do not fill the shape.
    """
    import numpy as np

    values = list(_flat(data))
    _check_count(name, shape, len(values))
    if kind == BYTES:
        return _objects(name, [_string(name, value) for value in values], shape)
    try:
        found = np.array(values)
        if values and found.dtype.kind not in _taken(kind):
            raise ValueError(f"they are {found.dtype}")
        return found.astype(_numpy(kind)).reshape(shape)
    except (ValueError, OverflowError) as err:
        raise ApiError(400, f"The data of '{name}' are no {kind} values: {err}") from err


def _numpy(kind: str) -> Any:
    import numpy as np

    if kind == "BF16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    if kind not in _DTYPES:
        raise ApiError(400, f"The datatype '{kind[:80]}' is none of the protocol's: {', '.join(_DTYPES)}.")
    dtype = _DTYPES[kind]
    return np.dtype(NUMPY_NAMES.get(dtype, dtype.removeprefix("DT_").lower())).newbyteorder("<")


def _taken(kind: str) -> str:
    """The kinds of numpy arrays that a datatype takes."""
    return "b" if kind == "BOOL" else "fiu" if "F" in kind else "iu"


def from_bytes(name: str, kind: str, shape: list[int], raw: bytes) -> Array:
    """A tensor from its binary data, little-endian; each string with its length in 4 bytes before it.

    Raises `ApiError` 400 for bytes that do not fill the shape.
    """
    import numpy as np

    if kind == BYTES:
        strings = list(_strings(name, raw))
        _check_count(name, shape, len(strings))
        return _objects(name, strings, shape)
    dtype = _numpy(kind)
    count = _count(shape)
    if len(raw) != count * dtype.itemsize:
        text = f"'{name}' has {len(raw)} bytes of binary data; {kind} of the shape {shape} has {count * dtype.itemsize}"
        raise ApiError(400, f"{text}.")
    return _shaped(name, np.frombuffer(raw, dtype), shape)


def to_bytes(array: Array) -> bytes:
    """A tensor as the binary extension writes it."""
    if array.dtype == object:
        return b"".join(_LENGTH.pack(len(text)) + text for text in map(_encoded, array.ravel().tolist()))
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def to_values(name: str, array: Array) -> list[Any]:
    """The values in row-major order. Raises `ApiError` 400 for strings that are no UTF-8: JSON cannot say them."""
    if array.dtype != object:
        narrow = array.dtype.kind == "f" and array.dtype.itemsize < 8
        # 0.2 and not 0.20000000298: what the same float is called in double precision.
        found: list[Any] = (array.astype("U32").astype("float64") if narrow else array).ravel().tolist()
        return found
    try:
        return [_encoded(text).decode() for text in array.ravel().tolist()]
    except UnicodeDecodeError as err:
        text = f"The strings of '{name}' are not UTF-8. Ask for them as binary data: parameters.binary_data = true."
        raise ApiError(400, text) from err


def _encoded(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode()


def _flat(data: Any) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _flat(item)
    else:
        yield data


def _string(name: str, value: Any) -> bytes:
    if isinstance(value, str) or is_base64(value):
        return decoded(value)
    raise ApiError(400, f"The data of '{name}' are no BYTES values: {type(value).__name__} among them.")


def _strings(name: str, raw: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(raw):
        if place + 4 > len(raw):
            raise ApiError(400, f"The binary data of '{name}' end within a length.")
        length = _LENGTH.unpack_from(raw, place)[0]
        place += 4 + length
        if place > len(raw):
            raise ApiError(400, f"The binary data of '{name}' end within a string of {length} bytes.")
        yield raw[place - length : place]


def _objects(name: str, strings: list[bytes], shape: list[int]) -> Array:
    import numpy as np

    # With a value that is no text at the end numpy takes none of them for an array of fixed length.
    return _shaped(name, np.array([*strings, None], dtype=object)[:-1], shape)


def _shaped(name: str, array: Array, shape: list[int]) -> Array:
    try:
        return array.reshape(shape)
    except (ValueError, OverflowError) as err:
        # Nothing in a shape such as 0 x 2^62 is still too much for numpy.
        raise ApiError(400, f"The shape {shape} of '{name}' cannot be had: {err}") from err


def _count(shape: list[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _check_count(name: str, shape: list[int], count: int) -> None:
    if count != _count(shape):
        raise ApiError(400, f"'{name}' has {count} values; the shape {shape} has {_count(shape)}.")
