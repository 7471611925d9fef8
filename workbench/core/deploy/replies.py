"""Reads prediction replies in every style of the servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.deploy.port import BAD_REPLY, TargetRefused
from workbench.spec.foreign_json import json_value


def predictions_of(reply: Mapping[str, Any], asked: int, address: str) -> list[Any]:
    """The predictions, one per instance. Raises `TargetRefused` BAD_REPLY for another number, or if they are not a
    list."""
    predictions = reply.get("predictions")
    if not isinstance(predictions, list) or len(predictions) != asked:
        count = len(predictions) if isinstance(predictions, list) else "no"
        text = f"The target returned {count} predictions for {asked} instances."
        raise TargetRefused(BAD_REPLY, text, where=address)
    return predictions


def named(prediction: Any, alias: str = "") -> dict[str, object]:
    """A prediction as an object: servers in TensorFlow Serving's style omit the name of a single output."""
    return prediction if isinstance(prediction, dict) else {alias or "predictions": prediction}


def decoded(content: bytes, address: str) -> dict[str, Any]:
    """A reply's body, NaN and Infinity included. Raises `TargetRefused` BAD_REPLY if it is not a JSON object."""
    try:
        found = json_value(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TargetRefused(BAD_REPLY, "The target's reply is not a JSON object.", where=address)
    return found
