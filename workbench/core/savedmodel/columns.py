"""Columns of values as arrays of a signature's dtypes, without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.core.dtypes import DT_STRING, name_of, numpy_dtype
from workbench.core.tensor_values import Array, Columns
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec


def arrays_of(inputs: Mapping[str, TensorSpec], columns: Columns) -> list[Array]:
    """The column of every input as an array of its dtype, in the order of the inputs; strings as objects of bytes.

    An array of that dtype is taken as it is, without a copy.
    Raises `WorkbenchError` BAD_VALUE for an input without a column, and for values that are no tensor of its dtype.
    """
    missing = [alias for alias in inputs if alias not in columns]
    if missing:
        raise WorkbenchError("BAD_VALUE", f"There are no values for '{missing[0]}'.")
    return [_array(alias, columns[alias], tensor) for alias, tensor in inputs.items()]


def _array(alias: str, column: Sequence[object] | Array, tensor: TensorSpec) -> Array:
    try:
        array = np.asarray(column, dtype=numpy_dtype(tensor.dtype))
        return _as_bytes(array) if tensor.dtype == DT_STRING else array
    except (ValueError, TypeError, OverflowError) as err:
        text = f"The values of '{alias}' are no {name_of(tensor.dtype)} tensor: {err}"
        raise WorkbenchError("BAD_VALUE", text) from err


def _as_bytes(array: Array) -> Array:
    """Every string of an object array as bytes, text as UTF-8. Raises `TypeError` for any other object."""
    found = np.empty(array.shape, object)
    found.reshape(-1)[:] = [_bytes(value) for value in array.flat]
    return found


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is neither text nor bytes")
    return value
