"""Builds a Keras 3 model from the repaired configuration of an .h5 and reads its weights by name.

Keras' own reader of .h5 files matches weights by order. A layer that was frozen while it was inside another model
changes that order, although the file states which weight is which.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from workbench.core.keras_internals import call_outputs, flat_layers, own_weights, safe_mode
from workbench.core.lazy import keras3
from workbench.core.model.config import Config, is_model, layer_configs, layer_name
from workbench.core.model.keras3_ops import OPERATIONS
from workbench.core.model.options import LoadOptions
from workbench.core.model.weight_loader import custom_names, names_in, weights_in_order


def build_keras3(config: Config, options: LoadOptions) -> Any:
    """The model of a configuration that has passed the load policy, without its weights. Raises what Keras raises."""
    keras = keras3()
    # The configuration has passed the load policy; Keras' own safe mode is on as well.
    with safe_mode("keras", enabled=not options.allow_code):
        return keras.models.model_from_json(json.dumps(config), custom_names(config, options))


def rebuild_keras3(path: Path, config: Config, options: LoadOptions) -> Any:
    """The model of a full-model .h5 of Keras 3 with its weights.

    Raises what Keras raises if it cannot build the model, and `ValueError` if weights or the tensors between layers are
    not those that the file describes.
    """
    model = build_keras3(config, options)
    check_tensors(config, model)
    with h5py.File(path, "r") as file:
        _read_weights(file["model_weights"], model)
    return model


def check_tensors(config: Config, model: Any) -> None:
    """Compare dtype and shape of every tensor in a configuration with those of the built model.

    A numpy scalar that took part in a calculation is stored as a plain number and may then no longer determine the
    dtype; the tensors after it show this. Raises `ValueError` with the layer's name.
    """
    operations = {operation.name: operation for operation in getattr(model, "operations", ())}
    for layer in layer_configs(config):
        inner = operations.get(layer_name(layer))
        if is_model(layer) and inner is not None:
            check_tensors(layer, inner)
        casts = layer.get("class_name") not in OPERATIONS
        for record in _tensors(layer.get("inbound_nodes")):
            _check_tensor(record, operations, casts)


def _check_tensor(record: Config, operations: dict[str, Any], casts: bool) -> None:
    """Compare one tensor; `casts` if a layer takes it: Keras 3 before 3.6 recorded the dtype after the layer's cast."""
    name, call, place = record["keras_history"]
    source = operations.get(name)
    if source is None or hasattr(source, "operations"):
        return  # Inner models count their calls differently; their contents are compared on their own.
    outputs = call_outputs(source, call)
    if outputs is None:
        return
    tensor = outputs[place]
    told = tuple(record["shape"])
    same = len(told) == len(tensor.shape) and all(
        None in pair or pair[0] == pair[1] for pair in zip(told, tensor.shape, strict=False)
    )
    floats = casts and "float" in record["dtype"] and "float" in tensor.dtype
    if not same or not (floats or record["dtype"] == tensor.dtype):
        text = f"{name} gives {tensor.dtype} {tuple(tensor.shape)}, by the file {record['dtype']} {told}"
        raise ValueError(f"{text}; save the model as .keras")


def _tensors(value: Any) -> list[Config]:
    found, stack = [], [value]
    while stack:
        inner = stack.pop()
        if isinstance(inner, dict):
            if inner.get("class_name") == "__keras_tensor__":
                found.append(inner["config"])
            else:
                stack += inner.values()
        elif isinstance(inner, list):
            stack += inner
    return found


def _read_weights(group: h5py.Group, model: Any) -> None:
    layers = {layer.name: layer for layer in model.layers if weights_in_order(layer)}
    stored = {name: names_in(group[name], "weight_names") for name in names_in(group, "layer_names")}
    stored = {name: weights for name, weights in stored.items() if weights}
    if layers.keys() != stored.keys():
        odd = ", ".join(sorted(layers.keys() ^ stored.keys())[:4])
        raise ValueError(f"the model and the file differ in the layers that have weights ({odd})")
    for name, layer in layers.items():
        _fill(weights_in_order(layer), group[name], stored[name], name)
    own = own_weights(model)
    if own and "top_level_model_weights" in group:
        top = group["top_level_model_weights"]
        _fill(own, top, names_in(top, "weight_names"), model.name)
    for layer in flat_layers(model):
        if layer.weights and hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _fill(variables: Sequence[Any], group: h5py.Group, names: Sequence[str], layer: str) -> None:
    if len(variables) != len(names):
        raise ValueError(f"the layer {layer} has {len(variables)} weights, the file {len(names)}")
    for variable, name in zip(variables, _in_order(variables, names, layer), strict=True):
        value = np.asarray(group[name])
        if value.shape != tuple(variable.shape):
            raise ValueError(f"{variable.path} has the shape {tuple(variable.shape)}, in the file {value.shape}")
        variable.assign(value)


def _in_order(variables: Sequence[Any], names: Sequence[str], layer: str) -> Sequence[str]:
    """The names of the stored weights in the order of the model's own weights.

    The names differ at the start if a layer was built inside another one; the last two parts do not.
    """
    for parts in (0, 3, 2):
        wanted, found = [_tail(v.path, parts) for v in variables], {_tail(name, parts): name for name in names}
        if len(found) == len(names) and set(wanted) == found.keys():
            return [found[tail] for tail in wanted]
    if sorted(_tail(v.path, 2) for v in variables) != sorted(_tail(name, 2) for name in names):
        return names  # The author renamed layers after building them: only Keras' own order is left.
    if [_tail(v.path, 2) for v in variables] == [_tail(name, 2) for name in names]:
        return names
    raise ValueError(f"the names of {layer}'s weights do not say which layer each belongs to")


def _tail(path: str, parts: int) -> str:
    return "/".join(path.split("/")[-parts:])
