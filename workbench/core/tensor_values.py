"""Columns of values as numpy arrays of a tensor's dtype, and TensorFlow's errors in one line; without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.dtypes import DT_STRING, name_of, numpy_dtype
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec

Array = npt.NDArray[Any]
Columns = Mapping[str, Sequence[object] | Array]
"""One column of values per input alias, all of the same length: the batch."""


def to_arrays(inputs: Mapping[str, TensorSpec], columns: Columns) -> dict[str, Array]:
    """The column of every input as an array, by alias in the order of the inputs.

    Raises `WorkbenchError` BAD_VALUE for an input without a column, and as `to_array`.
    """
    for alias in inputs:
        if alias not in columns:
            raise WorkbenchError("BAD_VALUE", f"There are no values for '{alias}'.")
    return {alias: to_array(alias, columns[alias], tensor) for alias, tensor in inputs.items()}


def to_array(alias: str, column: Sequence[object] | Array, tensor: TensorSpec) -> Array:
    """A column as an array of the input's dtype, strings as objects of bytes, text as UTF-8.

    An array of that dtype is returned without a copy. Raises `WorkbenchError` BAD_VALUE naming the alias for values
    that do not form a tensor of the dtype.
    """
    try:
        array = np.asarray(column, dtype=dtype_of(tensor))
        return _as_bytes(array) if tensor.dtype == DT_STRING else array
    except (ValueError, TypeError, OverflowError) as err:
        text = f"The values of '{alias}' are no {name_of(tensor.dtype)} tensor: {brief(err)}"
        raise WorkbenchError("BAD_VALUE", text) from err


def dtype_of(tensor: TensorSpec) -> np.dtype[Any]:
    """numpy's dtype for a tensor's values. Raises `WorkbenchError` BAD_VALUE if there is none (a resource)."""
    found = numpy_dtype(tensor.dtype)
    if found is None:
        raise WorkbenchError("BAD_VALUE", f"numpy has no values of the dtype {name_of(tensor.dtype)}.")
    return found


def _as_bytes(array: Array) -> Array:
    """Every string of an object array as bytes. Raises `TypeError` for any other object.

    `flat` is not used, since numpy 2 supports it for 32 of its 64 dimensions only.
    """
    found = np.empty(array.shape, object)
    found.reshape(-1)[:] = [_bytes(value) for value in array.ravel()]
    return found


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is neither text nor bytes")
    return value


def brief(error: Exception, limit: int = 300) -> str:
    """TensorFlow's reason without the graph trace around it, in one line of at most `limit` characters.

    TF 2.21 begins with "Graph execution error:" and the place where each node was created; the reason is the last line
    before the node's name in double brackets.
    """
    text = str(getattr(error, "message", "") or error)
    text = text.split("\n\nErrors may have originated", 1)[0].split("\n\t [[", 1)[0].strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    reason = lines[-1] if lines[0] == "Graph execution error:" else lines[0]
    return reason if len(reason) <= limit else reason[: limit - 3] + "..."
