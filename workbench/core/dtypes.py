"""The dtypes of tensors by number, by TensorFlow's name and as numpy's, without TensorFlow."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

DT_STRING: Final = "DT_STRING"

_TABLE: Final = {
    "DT_FLOAT": (1, "float32"),
    "DT_DOUBLE": (2, "float64"),
    "DT_INT32": (3, "int32"),
    "DT_UINT8": (4, "uint8"),
    "DT_INT16": (5, "int16"),
    "DT_INT8": (6, "int8"),
    DT_STRING: (7, "string"),
    "DT_COMPLEX64": (8, "complex64"),
    "DT_INT64": (9, "int64"),
    "DT_BOOL": (10, "bool"),
    "DT_QINT8": (11, "qint8"),
    "DT_QUINT8": (12, "quint8"),
    "DT_QINT32": (13, "qint32"),
    "DT_BFLOAT16": (14, "bfloat16"),
    "DT_QINT16": (15, "qint16"),
    "DT_QUINT16": (16, "quint16"),
    "DT_UINT16": (17, "uint16"),
    "DT_COMPLEX128": (18, "complex128"),
    "DT_HALF": (19, "float16"),
    "DT_UINT32": (22, "uint32"),
    "DT_UINT64": (23, "uint64"),
    "DT_FLOAT8_E5M2": (24, "float8_e5m2"),
    "DT_FLOAT8_E4M3FN": (25, "float8_e4m3fn"),
}
"""`DataType` of tensorflow/core/framework/types.proto: the number, and the name in TensorFlow's Python."""

NUMBERS: Final = {name: number for name, (number, _) in _TABLE.items()}
"""The number of each dtype whose values numpy can hold; resources and variants are not among them."""

DATA_TYPES: Final = {
    **NUMBERS,
    "DT_INVALID": 0,
    "DT_RESOURCE": 20,
    "DT_VARIANT": 21,
    "DT_FLOAT8_E4M3FNUZ": 26,
    "DT_FLOAT8_E4M3B11FNUZ": 27,
    "DT_FLOAT8_E5M2FNUZ": 28,
    "DT_INT4": 29,
    "DT_UINT4": 30,
    "DT_INT2": 31,
    "DT_UINT2": 32,
    "DT_FLOAT4_E2M1FN": 33,
}
"""All of `DataType` except its references (numbers above 100): what a file may name, whether or not it can be fed."""

_NAMES: Final = dict(_TABLE.values())


def name_of(dtype: str) -> str:
    """The readable name of a dtype: `float32` for `DT_FLOAT`; an unknown one unchanged."""
    return _TABLE[dtype][1] if dtype in _TABLE else dtype


def numpy_dtype(dtype: str | int) -> np.dtype[Any] | None:
    """numpy's dtype for `DT_FLOAT` and the like, or for its number; `None` if numpy has none for it.

    Strings are objects, quantized numbers plain integers, as in TensorFlow's Python package. bfloat16 and float8 are
    those of `ml_dtypes`, a dependency of TensorFlow.
    """
    name = _NAMES.get(NUMBERS.get(dtype, -1) if isinstance(dtype, str) else dtype)
    if name is None:
        return None
    if name.startswith(("bfloat", "float8")):
        import ml_dtypes

        found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return found
    return np.dtype("object" if name == "string" else name.removeprefix("q"))
