"""Signatures as people read them: text with saved_model_cli's facts, a sample request and reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workbench.spec.signature import SignatureSpec, TensorSpec

SAMPLE_B64: Final = "/9j/4AAQSkZJRg..."
"""How a JPEG begins in base64: stands for the image in a sample request."""

_NUMBERS: Final = ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16")


def render_text(signatures: Mapping[str, SignatureSpec], tags: tuple[str, ...] = ("serve",)) -> str:
    """The facts of `saved_model_cli show --all`, in its layout."""
    lines = [f"MetaGraphDef with tag-set: '{', '.join(tags)}' contains the following SignatureDefs:"]
    for name, signature in signatures.items():
        lines += ["", f"signature_def['{name}']:"]
        lines += _side("input", signature.inputs) + _side("output", signature.outputs)
        lines.append(f"  Method name is: {signature.method_name}")
    return "\n".join(lines)


def _side(word: str, tensors: Mapping[str, TensorSpec]) -> list[str]:
    lines = [f"  The given SavedModel SignatureDef contains the following {word}(s):"]
    for alias, tensor in sorted(tensors.items()):
        lines += [
            f"    {word}s['{alias}'] tensor_info:",
            f"        dtype: {tensor.dtype}",
            f"        shape: {_shape_text(tensor.shape)}",
            f"        name: {tensor.name}",
        ]
    return lines


def _shape_text(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return "unknown_rank"
    return f"({', '.join(map(str, shape))})" if shape else "()"


def sample_request(signature: SignatureSpec, image_alias: str = "") -> dict[str, object]:
    """A request body with one instance; the image alias (if known) carries sample base64.

    Of a foreign signature the image alias is not known: its string inputs carry text, those
    ending in `_bytes` carry base64.
    """
    instance = {alias: _input_sample(alias, t, image_alias) for alias, t in sorted(signature.inputs.items())}
    return {"instances": [instance]}


def sample_reply(signature: SignatureSpec) -> dict[str, object]:
    """The reply to `sample_request`: one prediction, an object with every output alias."""
    prediction = {alias: _output_sample(alias, t) for alias, t in sorted(signature.outputs.items())}
    return {"predictions": [prediction]}


def _input_sample(alias: str, tensor: TensorSpec, image_alias: str) -> object:
    as_bytes = alias == image_alias or (not image_alias and alias.endswith("_bytes"))
    leaf: object = {"b64": SAMPLE_B64} if as_bytes else _leaf(alias, tensor)
    return _nested(leaf, tensor.shape)


def _output_sample(alias: str, tensor: TensorSpec) -> object:
    as_bytes = tensor.dtype == "DT_STRING" and alias.endswith("_bytes")
    return _nested({"b64": "..."} if as_bytes else _leaf(alias, tensor), tensor.shape)


def _leaf(alias: str, tensor: TensorSpec) -> object:
    if tensor.dtype == "DT_STRING":
        return f"{alias} of image 1"
    if tensor.dtype == "DT_BOOL":
        return False
    return 0.0 if tensor.dtype in _NUMBERS else 0


def _nested(leaf: object, shape: tuple[int, ...] | None) -> object:
    # Long dimensions are cut to two elements and an ellipsis: a sample is read, not sent.
    for size in reversed((shape or (-1,))[1:]):
        leaf = [leaf] * size if 0 <= size <= 4 else [leaf, leaf, "..."]
    return leaf
