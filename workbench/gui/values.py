"""Typed values for the model's other request keys: text to JSON value, checked against the signature. Pure."""

from __future__ import annotations

import json
import math
from numbers import Real

from workbench.gui.texts import tr
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import SERVING_DEFAULT, Composition, TensorSpec


def value_keys(composition: Composition | None) -> dict[str, TensorSpec]:
    """The request keys beside the image's, in the signature's order."""
    signature = composition.signatures.get(SERVING_DEFAULT) if composition else None
    if composition is None or signature is None:
        return {}
    return {alias: spec for alias, spec in signature.inputs.items() if alias != composition.image_alias}


def read_value(text: str, spec: TensorSpec) -> object:
    """What was typed as the value a request carries. Raises `WorkbenchError` BAD_VALUE."""
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        if spec.dtype == "DT_STRING":
            return text
        raise _bad(tr("Values", "This is not JSON. Write a number, or a list such as [0.1, 0.2].")) from None
    if spec.dtype == "DT_STRING":
        return value if isinstance(value, (str, list)) else text
    _check_shape(value, (spec.shape or (-1,))[1:] if spec.shape is not None else None)
    return value


def describe(spec: TensorSpec) -> str:
    """What a key takes, in a few words: `text`, `one number`, `4 numbers`, `numbers (8, 8)`."""
    if spec.dtype == "DT_STRING":
        return tr("Values", "text")
    inner = (spec.shape or (-1,))[1:]
    if not inner:
        return tr("Values", "one number")
    if len(inner) == 1 and inner[0] > 0:
        return tr("Values", "{n} numbers").format(n=inner[0])
    return tr("Values", "numbers ({dims})").format(dims=", ".join("?" if d < 0 else str(d) for d in inner))


def example(spec: TensorSpec) -> str:
    """What could be typed for a key; empty for text."""
    if spec.dtype == "DT_STRING":
        return ""
    inner = (spec.shape or (-1,))[1:]
    leaf = "0.0" if spec.dtype in ("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16") else "0"
    if not inner:
        return leaf
    return f"[{', '.join([leaf] * min(max(math.prod(inner), 1), 4))}{', ...' if math.prod(inner) > 4 else ''}]"


def _check_shape(value: object, dims: tuple[int, ...] | None) -> None:
    if dims is None:
        return
    if not dims:
        if not isinstance(value, Real):
            raise _bad(tr("Values", "One number is wanted here."))
        return
    if not isinstance(value, list):
        raise _bad(tr("Values", "A list of {n} is wanted here.").format(n="?" if dims[0] < 0 else dims[0]))
    if dims[0] >= 0 and len(value) != dims[0]:
        text = tr("Values", "{n} values are wanted here, not {m}.")
        raise _bad(text.format(n=dims[0], m=len(value)))
    for item in value:
        _check_shape(item, dims[1:])


def _bad(message: str) -> WorkbenchError:
    return WorkbenchError("BAD_VALUE", message)
