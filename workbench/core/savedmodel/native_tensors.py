"""numpy arrays to tensors of TensorFlow's C API and back, without a copy if both sides allow it.

Ownership follows tensorflow/c/tf_tensor.h. A tensor created here is deleted by `delete`, one taken over by `to_array`.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.dtypes import DT_STRING, NUMBERS, numpy_dtype
from workbench.core.savedmodel.c_api import CApi, Deallocator, TensorFlowError
from workbench.core.tensor_values import Array

ALIGNMENT: Final = 64
"""Alignment of TensorFlow's own tensors in bytes: `Allocator::kAllocatorAlignment` of tsl/framework/allocator.h."""

STRING_BYTES: Final = 24
"""Size of a `TF_TString`, asserted in tensorflow/core/platform/ctstring_internal.h."""

SMALL: Final = 4096
"""Results up to this many bytes are copied: cheaper than a view that has to delete its tensor."""

_INVALID_ARGUMENT: Final = 3
_RESOURCE_EXHAUSTED: Final = 8
"""`TF_INVALID_ARGUMENT` and `TF_RESOURCE_EXHAUSTED` of tensorflow/c/tf_status.h."""

_live: set[int] = set()
_kept: dict[int, object] = {}
_tokens = itertools.count(1)


def live_tensors() -> int:
    """Number of tensors that this process holds (created or taken over, and not deleted), plus memory lent to
    TensorFlow."""
    return len(_live) + len(_kept)


def _release(data: int | None, length: int, token: int | None) -> None:
    """Called by TensorFlow, from any of its threads, when no tensor uses the memory any more."""
    _kept.pop(token or 0, None)


_release_pointer: Final = Deallocator(_release)


def aligned_empty(shape: Sequence[int], dtype: npt.DTypeLike) -> Array:
    """An array that begins at a multiple of `ALIGNMENT` bytes, which TensorFlow takes without a copy."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -_address(memory) % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def to_tensor(api: CApi, array: Array, dtype: str) -> int:
    """A new tensor of `dtype` (such as `DT_FLOAT`) with an array's values, which the caller passes to `delete`.

    A string tensor is made from an object array of bytes. An array that is contiguous and aligned is lent to TensorFlow
    and kept alive until TensorFlow no longer uses it; any other is copied once. Raises `TensorFlowError` if memory
    cannot be allocated.
    """
    number = NUMBERS[dtype]
    if dtype == DT_STRING:
        return _string_tensor(api, array)
    if array.flags.c_contiguous and array.nbytes and _address(array) % ALIGNMENT == 0:
        return _lent(api, number, array)
    tensor = _allocated(api, number, array.shape, array.nbytes)
    if array.nbytes:
        _memory(api.TF_TensorData(tensor), array.nbytes).view(array.dtype).reshape(array.shape)[...] = array
    return tensor


def _string_tensor(api: CApi, array: Array) -> int:
    """A string tensor with copies of the strings, which TensorFlow frees: a view of Python's memory might outlive
    the run."""
    tensor = _allocated(api, NUMBERS[DT_STRING], array.shape, array.size * STRING_BYTES)
    places = _places(api, tensor, array.size)
    init, copy = api.TF_StringInit, api.TF_StringCopy
    for place in places:
        init(place)
    for place, value in zip(places, array.ravel(), strict=True):
        copy(place, value, len(value))
    return tensor


def _places(api: CApi, tensor: int, count: int) -> range:
    """The addresses of the `TF_TString`s of a tensor."""
    first: int = api.TF_TensorData(tensor) or 0
    return range(first, first + count * STRING_BYTES, STRING_BYTES)


def _allocated(api: CApi, number: int, shape: Sequence[int], size: int) -> int:
    return _checked(api.TF_AllocateTensor(number, _dims(shape), len(shape), size), size)


def _lent(api: CApi, number: int, array: Array) -> int:
    token = next(_tokens)
    _kept[token] = array
    address, size = _address(array), array.nbytes
    made = api.TF_NewTensor(number, _dims(array.shape), array.ndim, address, size, _release_pointer, token)
    return _checked(made, size)


def _checked(tensor: int | None, size: int) -> int:
    if tensor is None:
        raise TensorFlowError(_RESOURCE_EXHAUSTED, f"no memory for a tensor of {size} bytes")
    _live.add(tensor)
    return tensor


def _dims(shape: Sequence[int]) -> Any:
    return (ctypes.c_int64 * len(shape))(*shape)


def _memory(address: int, size: int) -> npt.NDArray[np.uint8]:
    return np.frombuffer(memoryview((ctypes.c_uint8 * size).from_address(address)), np.uint8)


def delete(api: CApi, tensor: int) -> None:
    """Delete a tensor; TensorFlow frees its memory once nothing uses it."""
    _live.discard(tensor)
    api.TF_DeleteTensor(tensor)


def take_over(tensors: Sequence[int | None]) -> list[int]:
    """Register tensors that TensorFlow returned; the caller passes each to `to_array` or `delete`."""
    taken = [tensor for tensor in tensors if tensor is not None]
    _live.update(taken)
    return taken


class _Owner:
    """Owns the memory behind numpy's views of a tensor, and deletes the tensor with the last view."""

    def __init__(self, api: CApi, tensor: int, size: int) -> None:
        self._api, self._tensor = api, tensor
        self.__array_interface__ = {
            "data": (api.TF_TensorData(tensor), False),
            "shape": (size,),
            "typestr": "|u1",
            "version": 3,
        }

    def __del__(self) -> None:
        delete(self._api, self._tensor)


def to_array(api: CApi, tensor: int) -> Array:
    """The values of a tensor, which is deleted now or with the last view of its memory; strings as bytes.

    The array is writable: memory that the graph or another tensor also uses is copied. Raises `TensorFlowError` for a
    tensor whose values numpy cannot represent (a resource, a variant).
    """
    number = api.TF_TensorType(tensor)
    shape = tuple(api.TF_Dim(tensor, axis) for axis in range(api.TF_NumDims(tensor)))
    try:
        if number == NUMBERS[DT_STRING]:
            return _read_strings(api, tensor, shape)
        dtype, size = _dtype(number), api.TF_TensorByteSize(tensor)
        moved = api.TF_TensorMaybeMove(tensor) if size > SMALL else None
        if moved is None:
            return _copied(api, tensor, size).view(dtype).reshape(shape)
        _live.discard(tensor)
        tensor = 0
        _live.add(moved)
        return np.asarray(_Owner(api, moved, size)).view(dtype).reshape(shape)
    finally:
        if tensor:
            delete(api, tensor)


def _dtype(number: int) -> np.dtype[Any]:
    dtype = numpy_dtype(number)
    if dtype is None:
        raise TensorFlowError(_INVALID_ARGUMENT, f"a tensor of TensorFlow's dtype {number} has no values for numpy")
    return dtype


def _copied(api: CApi, tensor: int, size: int) -> npt.NDArray[np.uint8]:
    return _memory(api.TF_TensorData(tensor), size).copy() if size else np.empty(0, np.uint8)


def _read_strings(api: CApi, tensor: int, shape: tuple[int, ...]) -> Array:
    values = np.empty(shape, object)
    data, size = api.TF_StringGetDataPointer, api.TF_StringGetSize
    places = _places(api, tensor, values.size)
    values.reshape(-1)[:] = [ctypes.string_at(data(place), size(place)) for place in places]
    return values
