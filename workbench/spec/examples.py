"""Dtypes and shapes that a `tf.train.Example` can carry: three kinds of lists, features of a fixed shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workbench.spec.model import TensorFacts

EXAMPLE_DTYPES: Final = {
    "string": "string",
    "float16": "float32",
    "bfloat16": "float32",
    "float32": "float32",
    "float64": "float32",
    "bool": "int64",
    "uint8": "int64",
    "int8": "int64",
    "int16": "int64",
    "int32": "int64",
    "int64": "int64",
}
"""A tensor's dtype to that of the feature's list (`BytesList`, `FloatList`, `Int64List` of example.proto)."""


def carries(tensor: TensorFacts) -> bool:
    """Whether a feature of an Example can feed a tensor: a known dtype and a fixed shape."""
    return tensor.dtype in EXAMPLE_DTYPES and is_fixed(None if tensor.shape is None else tensor.shape[1:])


def is_fixed(dims: Sequence[int | None] | None) -> bool:
    """Whether the dimensions of one instance are all known."""
    return dims is not None and all(d is not None and d >= 0 for d in dims)
