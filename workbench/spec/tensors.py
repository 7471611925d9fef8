"""TensorInfos as data, and the tensor names that composer, graph and readers share."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from workbench.spec.model import Shape

DT_NAMES: Final = {
    "string": "DT_STRING",
    "float16": "DT_HALF",
    "bfloat16": "DT_BFLOAT16",
    "float32": "DT_FLOAT",
    "float64": "DT_DOUBLE",
    "int8": "DT_INT8",
    "int16": "DT_INT16",
    "int32": "DT_INT32",
    "int64": "DT_INT64",
    "uint8": "DT_UINT8",
    "bool": "DT_BOOL",
}
"""numpy's dtype names to the enum names of `tensorflow/core/framework/types.proto`."""

NUMPY_NAMES: Final = {dt: name for name, dt in DT_NAMES.items()}
"""The way back."""

FLOAT_DTYPES: Final = ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16")

EXAMPLES: Final = "examples/"
"""How the graph's name for the serialized Examples begins."""

FeedKind = Literal["image", "tensor", "passthrough"]
AnswerKind = Literal["output", "top_labels", "top_scores", "best", "all_labels", "all_scores", "passthrough"]


class TensorSpec(msgspec.Struct, frozen=True):
    """A TensorInfo: `dtype` as the enum's name, `shape` with -1 for open dimensions (null = unknown rank)."""

    dtype: str
    shape: tuple[int, ...] | None
    name: str


class SignatureSpec(msgspec.Struct, frozen=True):
    """A SignatureDef: what goes in and comes out under which alias."""

    method_name: str
    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]


class SignatureInput(msgspec.Struct, frozen=True):
    """One input of the serving signature. `source` is the model input it feeds, or the passthrough key itself."""

    alias: str
    kind: FeedKind
    source: str
    tensor: TensorSpec


class SignatureOutput(msgspec.Struct, frozen=True):
    """One output. `source` is the model output it is made of, or the request key that comes back."""

    alias: str
    kind: AnswerKind
    source: str
    tensor: TensorSpec


def input_tensor(alias: str) -> str:
    """The graph's name for an input."""
    return f"inputs/{alias}:0"


def output_tensor(alias: str) -> str:
    """The graph's name for an output."""
    return f"outputs/{alias}:0"


def examples_tensor(key: str) -> TensorSpec:
    """The graph's input of serialized Examples, under the request key of the signatures that feed it."""
    return TensorSpec("DT_STRING", (-1,), f"{EXAMPLES}{key}:0")


def pixel_tensor(alias: str) -> str:
    """The graph's name for the preprocessed image that the encoded one of an alias becomes."""
    return f"tensors/{alias}:0"


def dt(dtype: str) -> str:
    """numpy's dtype name as the enum's."""
    return DT_NAMES.get(dtype, f"DT_{dtype.upper()}")


def dims(shape: Shape | None) -> tuple[int, ...] | None:
    """A Keras shape as a TensorInfo's, the batch open."""
    return None if shape is None else (-1, *(-1 if d is None else d for d in shape[1:]))


def is_scalar(value: object, dtype: str) -> bool:
    """Whether a JSON value is one that a tensor of this dtype takes, base64 aside; whole numbers are floats, too."""
    if dtype == "DT_STRING":
        return isinstance(value, str)
    if dtype == "DT_BOOL":
        return isinstance(value, bool)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or (dtype in FLOAT_DTYPES and isinstance(value, float))
