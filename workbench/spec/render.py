"""Renders signatures as text with the facts of saved_model_cli, with a sample request and its reply."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from workbench.spec.signature import Composition
from workbench.spec.tensors import EXAMPLES, SignatureSpec, TensorSpec

SAMPLE_B64: Final = "/9j/4AAQSkZJRg..."
"""How a JPEG begins in base64: stands for the image in a sample request."""

SAMPLE_EXAMPLE: Final = "CpYBCg0KBWlucHV0..."
"""How a `tf.train.Example` begins in base64."""

_WHOLE: Final = 32
"""Numbers of one value that a sample shows in full."""

_NUMBERS: Final = ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16")


def render_text(signatures: Mapping[str, SignatureSpec], tags: tuple[str, ...] = ("serve",)) -> str:
    """The facts of `saved_model_cli show --all`, in its layout."""
    lines = [f"MetaGraphDef with tag-set: '{', '.join(tags)}' contains the following SignatureDefs:"]
    for name, signature in sorted(signatures.items()):
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


def request_for(made: Composition, name: str) -> dict[str, object]:
    """A request body with one instance for one of the signatures; `signature_name` only where it is needed."""
    signature = made.signatures[name]
    body = sample_request(signature, _encoded(made, signature))
    return body if name == "serving_default" else {"signature_name": name, **body}


def reply_for(made: Composition, name: str, labels: Sequence[str] = ()) -> dict[str, object]:
    """The reply to `request_for`: an object with every output, as ML Engine and Vertex AI send it.

    A passthrough key comes back as it was sent; labels are the project's own.
    """
    signature = made.signatures[name]
    samples = {alias: _output_sample(alias, t) for alias, t in sorted(signature.outputs.items())}
    for answer in (*made.answers, *made.classify):
        spec = signature.outputs.get(answer.alias)
        if spec != answer.tensor:
            continue
        if answer.kind == "passthrough":
            samples[answer.alias] = _input_sample(answer.source, spec, as_bytes=False)
        elif labels and answer.kind in ("top_labels", "all_labels", "best"):
            samples[answer.alias] = _labelled(spec, labels)
    return {"predictions": [samples]}


def _labelled(spec: TensorSpec, labels: Sequence[str]) -> object:
    count = (spec.shape or (-1,))[1:]
    return list(labels[: count[0]]) if count else labels[0]


def bare_reply(reply: Mapping[str, object]) -> dict[str, object] | None:
    """The same reply as TF Serving sends it where there is one output: its bare value. `None` where they agree."""
    predictions = reply["predictions"]
    if not isinstance(predictions, list) or any(len(p) != 1 for p in predictions):
        return None
    return {"predictions": [next(iter(p.values())) for p in predictions]}


def _encoded(made: Composition, signature: SignatureSpec) -> Collection[str]:
    """The aliases whose strings are bytes: pictures and serialized Examples."""
    tensors = [f.tensor for f in made.feeds if f.kind == "image"] + ([made.examples] if made.examples else [])
    if not made.feeds:
        return [alias for alias in signature.inputs if alias.endswith("_bytes")]
    return [alias for alias, tensor in signature.inputs.items() if tensor in tensors]


def sample_request(signature: SignatureSpec, encoded: Collection[str] = ()) -> dict[str, object]:
    """A request body with one instance; the aliases in `encoded` carry sample base64, other strings text."""
    instance = {
        alias: _input_sample(alias, t, as_bytes=alias in encoded) for alias, t in sorted(signature.inputs.items())
    }
    return {"instances": [instance]}


def _input_sample(alias: str, tensor: TensorSpec, *, as_bytes: bool) -> object:
    begin = SAMPLE_EXAMPLE if tensor.name.startswith(EXAMPLES) else SAMPLE_B64
    leaf: object = {"b64": begin} if as_bytes else _leaf(alias, tensor)
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
    # Long dimensions are cut to two elements and an ellipsis: such a sample is read, not sent. Open ones get one.
    inner = (shape or (-1,))[1:]
    limit = _WHOLE if math.prod(max(d, 1) for d in inner) <= _WHOLE else 4
    for size in reversed(inner):
        leaf = [leaf] * max(size, 1) if size <= limit else [leaf, leaf, "..."]
    return leaf
