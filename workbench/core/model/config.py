"""Walks a model's configuration: layers at every depth, inputs and outputs, and layers that carry code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from workbench.core.model.structure import Leaf, leaves

Config = dict[str, Any]

Source = tuple[str, int, int]
"""A tensor within a model: the layer's name, the index of its call, the index of the tensor in that call."""

MODEL_CLASSES: Final = ("Sequential", "Functional", "Model", "Network")
"""Class names whose config contains layers. `Network` is the container of Keras 2.2."""

CODE_CLASSES: Final = ("Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
"""Layers that carry a function, a TF API name or a NodeDef in their configuration."""

MAX_DEPTH: Final = 64
"""Deepest nesting of models and wrappers that is accepted; anything deeper is an attack."""

MAX_LAYERS: Final = 20_000
"""Maximum number of layers at all depths; the largest model of `keras.applications` has about 1 050."""

MAX_PATH: Final = 2000
"""Maximum number of characters in a layer's name together with those of all models around it."""

_INNER: Final = ("layer", "backward_layer", "cell")
"""Arguments in which a wrapper stores the layers it wraps."""


def layer_configs(model: Config) -> list[Config]:
    """The layers of a model's configuration. Keras before 2.2.3 wrote those of a Sequential as a bare list."""
    config = model.get("config", {})
    layers = config if isinstance(config, list) else config.get("layers", [])
    return [layer for layer in layers if isinstance(layer, dict)]


def is_model(layer: Config) -> bool:
    """Whether a layer's configuration is itself a model."""
    config = layer.get("config")
    return layer.get("class_name") in MODEL_CLASSES and (
        isinstance(config, list) or (isinstance(config, dict) and "layers" in config)
    )


def is_keras_own(record: Config) -> bool:
    """Whether a record names a class of Keras' own modules under the class's own name."""
    module, registered = record.get("module"), record.get("registered_name")
    own = isinstance(module, str) and re.fullmatch(r"(tf_)?keras(\.[A-Za-z0-9_]+)*", module) is not None
    return own and registered in (None, record.get("class_name"))


def layer_name(layer: Config) -> str:
    """A layer's name, wherever its Keras version stored it."""
    config = layer.get("config")
    inner = config.get("name", "") if isinstance(config, dict) else ""
    return str(layer.get("name") or inner or layer.get("class_name", "?"))


def walk(model: Config, path: str = "", depth: int = 0) -> Iterator[tuple[str, Config]]:
    """Every layer below a model at any depth with its path, including the inner layers of wrappers.

    Raises `RecursionError` or `ValueError` beyond the limits above.
    """
    for count, found in enumerate(_walk(model, path, depth)):
        if count >= MAX_LAYERS:
            raise ValueError(f"there are more than {MAX_LAYERS} layers")
        yield found


def _walk(model: Config, path: str, depth: int) -> Iterator[tuple[str, Config]]:
    for layer in layer_configs(model):
        yield from _below(layer, path, depth)


def _below(layer: Config, path: str, depth: int) -> Iterator[tuple[str, Config]]:
    """A layer, then the layers inside it."""
    if depth > MAX_DEPTH:
        raise RecursionError(f"layers nest deeper than {MAX_DEPTH}")
    here = f"{path}/{layer_name(layer)}" if path else layer_name(layer)
    if len(here) > MAX_PATH:
        raise ValueError(f"a layer's name is more than {MAX_PATH} characters long")
    yield here, layer
    if is_model(layer):
        yield from _walk(layer, here, depth + 1)
    for inner in wrapped(layer):
        yield from _below(inner, here, depth + 1)


def wrapped(layer: Config) -> list[Config]:
    """The layers that a wrapper wraps: one of TimeDistributed, one or two of Bidirectional, the cells of an RNN."""
    if is_model(layer):
        return []
    config = _dict(layer.get("config"))
    cells = config.get("cells")
    inner = [config.get(key) for key in _INNER] + (cells if isinstance(cells, list) else [])
    return [value for value in inner if isinstance(value, dict) and "class_name" in value]


def code_layers(model: Config) -> list[str]:
    """Paths of the layers that carry code; the model's own name if the code is in the model itself, beside its
    layers."""
    found = [path for path, layer in walk(model) if layer.get("class_name") in CODE_CLASSES or _is_code(layer)]
    return found + ([layer_name(model)] if _has_lambda(model, layer_configs(model)) else [])


def _is_code(layer: Config) -> bool:
    return _has_lambda(layer, layer_configs(layer) if is_model(layer) else wrapped(layer))


def _has_lambda(layer: Config, inner: list[Config]) -> bool:
    # Keras 3 writes any pickled function as {"class_name": "__lambda__"}, in any argument of a layer or of a call.
    # Keras 1's Merge has {"mode": <bytecode>, "mode_type": "lambda"}.
    walked = {id(one) for one in inner}
    stack: list[Any] = list(layer.values())
    while stack:
        value = stack.pop()
        if id(value) in walked:
            continue
        if isinstance(value, dict):
            if value.get("class_name") == "__lambda__" or any(value.get(key) == "lambda" for key in _FUNCTION_TYPES):
                return True
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    return False


_FUNCTION_TYPES: Final = ("function_type", "mode_type", "output_shape_type", "mask_type", "output_mask_type")
"""Keys that Keras 1 and 2 write beside a marshalled function (`Lambda`, `Merge`)."""


def _dict(value: Any) -> Config:
    return value if isinstance(value, dict) else {}


def endpoints(model: Config, side: str) -> list[Leaf]:
    """A functional model's `input_layers` or `output_layers`, each with its `Source` and its position in the structure.

    The order is the one in which Keras numbers a model's tensors: that of `model.inputs` and `model.outputs`.
    """
    listed = _dict(model.get("config")).get(side, [])
    return [Leaf(e.path, _source(e.value), e.key) for e in leaves(listed, is_tensor_entry)]


def endpoint_calls(model: Config, side: str) -> list[Source]:
    """The same endpoints as `Source`s, without their positions."""
    return [endpoint.value for endpoint in endpoints(model, side)]


def is_tensor_entry(value: Any) -> bool:
    """Whether a value is a tensor: `[layer, call, tensor]`, with keyword arguments as a fourth entry in calls of
    tf.keras."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], str) and len(value) <= 4


def calls(layer: Config) -> list[list[Source]]:
    """Every call of a layer with the tensors it takes; a shared layer is called more than once."""
    nodes = layer.get("inbound_nodes")
    return [_sources(node) for node in nodes] if isinstance(nodes, list) else []


def _sources(call: Any) -> list[Source]:
    if is_keras3_call(call):
        return [*_keras3_tensors(call["args"]), *_keras3_tensors(call.get("kwargs", {}))]
    # An operation on a constant has ["_CONSTANT_VALUE", -1, the value, ...] here, the value a number or a list of
    # numbers.
    return [_source(leaf.value) for leaf in leaves(call, is_tensor_entry)]


def is_keras3_call(call: Any) -> bool:
    """Whether a call has Keras 3's form; tf.keras writes a dict only if a model was called with one."""
    return isinstance(call, dict) and isinstance(call.get("args"), list) and isinstance(call.get("kwargs", {}), dict)


def _source(entry: Any) -> Source:
    call, tensor = (part if isinstance(part, int) else 0 for part in (*entry[1:3], 0, 0)[:2])
    return str(entry[0]), call, tensor


def _keras3_tensors(value: Any) -> Iterator[Source]:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield _source(value["config"]["keras_history"])
    elif isinstance(value, dict):
        for key in sorted(value):  # In the order in which Keras flattens them.
            yield from _keras3_tensors(value[key])
    elif isinstance(value, list):
        for inner in value:
            yield from _keras3_tensors(inner)


def json_objects(value: Any) -> Iterator[Config]:
    """Every JSON object in a value at any depth, in document order; iterative, so that deep nesting cannot exhaust the
    stack."""
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, dict):
            yield found
            stack += reversed(found.values())
        elif isinstance(found, list):
            stack += reversed(found)


def comparable(name: str) -> str:
    """The part of a layer's name that survives loading: TensorFlow restricts the characters of scope names."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
