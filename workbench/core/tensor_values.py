"""Columns of values as numpy arrays of a tensor's dtype, and TensorFlow's errors in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.lazy import tensorflow
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import NUMPY_NAMES, TensorSpec

Array = npt.NDArray[Any]
Columns = Mapping[str, Sequence[object] | Array]
"""One column of values an input alias, all of the same length: the batch."""


def to_array(alias: str, column: Sequence[object] | Array, tensor: TensorSpec) -> Array:
    """A column as an array of the input's dtype. Raises `WorkbenchError` BAD_VALUE naming the alias."""
    name = NUMPY_NAMES.get(tensor.dtype, tensor.dtype)
    try:
        if name == "string":
            return np.asarray(column, dtype=object)
        return np.asarray(column, dtype=numpy_dtype(tensor))
    except (ValueError, TypeError, OverflowError) as err:
        raise WorkbenchError("BAD_VALUE", f"The values of '{alias}' are no {name} tensor: {brief(err)}") from err


def numpy_dtype(tensor: TensorSpec) -> Any:
    """numpy's dtype for a tensor's values; only bfloat16, which numpy has not, needs TensorFlow."""
    name = NUMPY_NAMES.get(tensor.dtype, tensor.dtype)
    if name == "string":
        return np.dtype(object)
    return tensorflow().as_dtype(name).as_numpy_dtype if name == "bfloat16" else np.dtype(name)


def brief(error: Exception, limit: int = 300) -> str:
    """TensorFlow's reason without the graph trace around it, in one line of at most `limit` characters.

    TF 2.21 begins with "Graph execution error:" and where each node was made; the reason is the last line
    before the node's name in double brackets.
    """
    text = str(getattr(error, "message", "") or error)
    text = text.split("\n\nErrors may have originated", 1)[0].split("\n\t [[", 1)[0].strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    reason = lines[-1] if lines[0] == "Graph execution error:" else lines[0]
    return reason if len(reason) <= limit else reason[: limit - 3] + "..."
