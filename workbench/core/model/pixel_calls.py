"""Reads a layer's calls with their arguments, tensors and constants, in the forms of Keras 2 and Keras 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from workbench.core.model.config import Config, Source, is_keras3_call, is_tensor_entry
from workbench.core.model.structure import leaves

_CONSTANT = "_CONSTANT_VALUE"
"""The layer name that tf.keras writes if an operation's first argument is not a tensor."""


class LayerCall(msgspec.Struct, frozen=True):
    """One call: a tensor is a `Source` (a tuple, which JSON does not have); all else is as it is in the file."""

    arguments: list[Any]
    keywords: dict[str, Any] = {}

    def sources(self) -> list[Source]:
        """Every tensor that the call takes, in order."""
        return [*_tensors(self.arguments), *_tensors(list(self.keywords.values()))]


def is_tensor(value: Any) -> bool:
    """Whether an argument is a tensor of the model."""
    return isinstance(value, tuple)


def calls_of(layer: Config) -> list[LayerCall]:
    """A layer's calls in order. Malformed JSON may raise any of the exceptions that indexing and conversions raise."""
    nodes = layer.get("inbound_nodes")
    return [_call(node) for node in nodes] if isinstance(nodes, list) else []


def _call(node: Any) -> LayerCall:
    if is_keras3_call(node):
        return LayerCall(_plain(node["args"]), {str(k): _plain(v) for k, v in node.get("kwargs", {}).items()})
    listed = [leaf.value for leaf in leaves(node, is_tensor_entry)]
    keywords = {str(k): _reference(v) for e in listed if len(e) > 3 and e[3] for k, v in e[3].items()}
    return LayerCall([e[2] if e[0] == _CONSTANT else _source(e) for e in listed], keywords)


def _source(entry: list[Any]) -> Source:
    name, call, tensor = [*entry[:3], 0, 0][:3]
    return str(name), int(call), int(tensor)


def _reference(value: Any) -> Any:
    """A keyword's value; tf.keras writes a tensor here as [layer, call, tensor]."""
    is_source = isinstance(value, list) and [type(v) for v in value] == [str, int, int]
    return (value[0], value[1], value[2]) if is_source else value


def _plain(value: Any) -> Any:
    """Keras 3's records as tensors and numbers; other records (slices, dtypes) are unchanged."""
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return _source(value["config"]["keras_history"])
    if isinstance(value, dict) and value.get("class_name") in ("__tensor__", "__numpy__"):
        return value["config"]["value"]
    if isinstance(value, dict) and "class_name" not in value:
        return {key: _plain(inner) for key, inner in value.items()}
    return value


def _tensors(values: list[Any]) -> Iterator[Source]:
    for value in values:
        if is_tensor(value):
            yield value
        elif isinstance(value, list):
            yield from _tensors(value)
        elif isinstance(value, dict):
            yield from _tensors([value[key] for key in sorted(value)])  # In the order in which Keras flattens them.
