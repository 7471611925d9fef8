"""Typed values for the request keys beside the first picture's: text to JSON value, checked. Pure."""

from __future__ import annotations

import math

from workbench.gui.texts import json_text, tr
from workbench.spec.errors import WorkbenchError
from workbench.spec.foreign_json import NotJsonError, json_value
from workbench.spec.signature import Composition
from workbench.spec.tensors import FLOAT_DTYPES, SignatureInput, TensorSpec, is_scalar


def value_feeds(composition: Composition | None) -> tuple[SignatureInput, ...]:
    """The request keys beside the first picture's, in the signature's order."""
    if composition is None:
        return ()
    return tuple(f for f in composition.feeds if f.alias != composition.image_alias or f.kind != "image")


def fills_itself(feed: SignatureInput) -> bool:
    """Whether a key carries the image's path where nobody gives it a value: passthrough keys of one text."""
    return feed.kind == "passthrough" and feed.tensor.dtype == "DT_STRING" and feed.tensor.shape in ((-1,), None)


def read_value(text: str, feed: SignatureInput) -> object:
    """What was typed as the value a request carries; a further picture is named by its file.

    Raises `WorkbenchError` BAD_VALUE.
    """
    spec = feed.tensor
    if feed.kind == "image":
        return text
    plain = spec.dtype == "DT_STRING" and not _inner(spec)
    try:
        value: object = json_value(text)
    except NotJsonError:
        if plain:
            return text
        raise _bad(tr("Values", "This is not valid JSON. Example: {example}.").format(example=example(spec))) from None
    if plain:
        return value if isinstance(value, str) else text
    _check_shape(value, _inner(spec), spec.dtype)
    return value


def value_text(value: object) -> str:
    """A value as it could have been typed."""
    return value if isinstance(value, str) else json_text(value)


def describe(spec: TensorSpec) -> str:
    """What a key takes, in a few words: `text`, `one number`, `4 whole numbers`, `numbers (8, 8)`."""
    inner = _inner(spec)
    one, several = _words(spec.dtype)
    if not inner:
        return one
    if len(inner) == 1 and inner[0] > 0:
        return f"{inner[0]} {several}"
    return f"{several} ({', '.join('?' if d < 0 else str(d) for d in inner)})"


def describe_feed(feed: SignatureInput) -> str:
    """The same for a key, whatever is behind it."""
    return tr("Values", "an image file") if feed.kind == "image" else describe(feed.tensor)


def example(spec: TensorSpec) -> str:
    """What could be typed for a key; empty for one text."""
    inner = _inner(spec)
    if spec.dtype == "DT_STRING" and not inner:
        return ""
    count = min(max(math.prod(abs(d) for d in inner), 1), 4)
    more = ", ..." if math.prod(abs(d) for d in inner) > 4 or any(d < 0 for d in inner) else ""
    row = f"[{', '.join([_leaf(spec.dtype)] * count)}{more}]"
    return "[" * (len(inner) - 1) + row + "]" * (len(inner) - 1) if inner else _leaf(spec.dtype)


def _inner(spec: TensorSpec) -> tuple[int, ...]:
    """The shape of one instance; one value where nothing is known."""
    return (spec.shape or (-1,))[1:]


def _leaf(dtype: str) -> str:
    return {"DT_STRING": '"a"', "DT_BOOL": "true"}.get(dtype, "0.0" if dtype in FLOAT_DTYPES else "0")


def _words(dtype: str) -> tuple[str, str]:
    if dtype == "DT_STRING":
        return tr("Values", "text"), tr("Values", "texts")
    if dtype == "DT_BOOL":
        return tr("Values", "true or false"), tr("Values", "true or false values")
    if dtype in FLOAT_DTYPES:
        return tr("Values", "one number"), tr("Values", "numbers")
    return tr("Values", "one whole number"), tr("Values", "whole numbers")


def _check_shape(value: object, dims: tuple[int, ...], dtype: str) -> None:
    if not dims:
        if not is_scalar(value, dtype):
            raise _bad(tr("Values", "Expected {what}.").format(what=_words(dtype)[0]))
        return
    if not isinstance(value, list):
        raise _bad(tr("Values", "Expected a list of {n}.").format(n="?" if dims[0] < 0 else dims[0]))
    if dims[0] >= 0 and len(value) != dims[0]:
        text = tr("Values", "Expected {n} values, got {m}.")
        raise _bad(text.format(n=dims[0], m=len(value)))
    for item in value:
        _check_shape(item, dims[1:], dtype)


def _bad(message: str) -> WorkbenchError:
    return WorkbenchError("BAD_VALUE", message)
