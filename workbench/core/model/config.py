"""Walks a model's configuration: layers at every depth, inputs and outputs, what carries code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Config = dict[str, Any]

MODEL_CLASSES: Final = ("Sequential", "Functional", "Model", "Network")
"""Class names whose config holds layers. `Network` is a Keras 2.2 container."""

CODE_CLASSES: Final = ("Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
"""Layers that carry a function, a TF API name or a NodeDef in their configuration."""

MAX_DEPTH: Final = 64
"""Nested models deeper than this are an attack, not a network."""


def layer_configs(model: Config) -> list[Config]:
    """The layers of a model's configuration; Keras before 2.2.3 wrote a Sequential's as a bare list."""
    config = model.get("config", {})
    layers = config if isinstance(config, list) else config.get("layers", [])
    return [layer for layer in layers if isinstance(layer, dict)]


def is_model(layer: Config) -> bool:
    """Whether a layer's configuration is itself a model."""
    config = layer.get("config")
    return layer.get("class_name") in MODEL_CLASSES and (
        isinstance(config, list) or (isinstance(config, dict) and "layers" in config)
    )


def layer_name(layer: Config) -> str:
    """A layer's name, wherever its Keras version wrote it."""
    config = layer.get("config")
    inner = config.get("name", "") if isinstance(config, dict) else ""
    return str(layer.get("name") or inner or layer.get("class_name", "?"))


def walk(model: Config, path: str = "", depth: int = 0) -> Iterator[tuple[str, Config]]:
    """Every layer below a model at any depth with its path, wrappers' inner layers included."""
    if depth > MAX_DEPTH:
        raise RecursionError(f"layers nest deeper than {MAX_DEPTH}")
    for layer in layer_configs(model):
        here = f"{path}/{layer_name(layer)}" if path else layer_name(layer)
        yield here, layer
        if is_model(layer):
            yield from walk(layer, here, depth + 1)
        else:
            yield from _wrapped(layer, here, depth)


def _wrapped(layer: Config, path: str, depth: int) -> Iterator[tuple[str, Config]]:
    config = layer.get("config")
    for key in ("layer", "backward_layer", "cell"):
        inner = config.get(key) if isinstance(config, dict) else None
        if isinstance(inner, dict) and "class_name" in inner:
            here = f"{path}/{layer_name(inner)}"
            yield here, inner
            if is_model(inner):
                yield from walk(inner, here, depth + 1)
            else:
                yield from _wrapped(inner, here, depth + 1)


def code_layers(model: Config) -> list[str]:
    """Paths of the layers that carry code, with their class."""
    return [path for path, layer in walk(model) if layer.get("class_name") in CODE_CLASSES or _has_lambda(layer)]


def _has_lambda(layer: Config) -> bool:
    # Keras 3 writes any pickled function as {"class_name": "__lambda__"}; it may stand in any argument.
    stack: list[Any] = [v for k, v in _dict(layer.get("config")).items() if k != "layers"]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if value.get("class_name") == "__lambda__":
                return True
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    return False


def _dict(value: Any) -> Config:
    return value if isinstance(value, dict) else {}


def endpoints(model: Config, side: str) -> list[tuple[str, int]]:
    """A functional model's `input_layers` or `output_layers` as (layer name, tensor index)."""
    listed = _dict(model.get("config")).get(side, [])
    if isinstance(listed, dict):
        listed = list(listed.values())
    if listed and isinstance(listed[0], str):
        listed = [listed]  # Keras 3 writes a single endpoint without the outer list.
    return [(str(e[0]), int(e[2]) if len(e) > 2 else 0) for e in listed]


def inbound(layer: Config, node: int = 0) -> list[tuple[str, int]]:
    """Where one call of a layer takes its tensors from, as (layer name, tensor index)."""
    nodes = layer.get("inbound_nodes") or []
    if node >= len(nodes):
        return []
    call = nodes[node]
    if isinstance(call, dict):
        return list(_keras3_tensors(call.get("args", []))) + list(_keras3_tensors(call.get("kwargs", {})))
    if call and isinstance(call[0], str):
        call = [call]
    return [(str(t[0]), int(t[2]) if len(t) > 2 else 0) for t in call if isinstance(t, list) and t]


def _keras3_tensors(value: Any) -> Iterator[tuple[str, int]]:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        history = value["config"]["keras_history"]
        yield str(history[0]), int(history[2])
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _keras3_tensors(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keras3_tensors(inner)
