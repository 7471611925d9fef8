"""The layer table: every layer of a model at any depth, with its weights in the file and its output shape."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.core.model.config import Config, is_model, layer_configs, layer_name, walk, wrapped
from workbench.core.model.contents import WeightDataset
from workbench.core.model.flow import Shapes
from workbench.spec.model import LayerFacts

Shares = dict[str, list[WeightDataset]]
"""The weights of each layer by its path; a model or wrapper has all weights of the layers inside it."""

_Found = list[tuple[tuple[str, ...], WeightDataset]]
"""Weights with the parts of their path that no layer has claimed yet."""

_SCOPES = 4
"""Maximum number of parts of a layer name that contains slashes."""


def layer_table(model: Config, shares: Shares, shapes: Shapes) -> tuple[LayerFacts, ...]:
    """One row per layer, in the order of the file; the row of a model or wrapper precedes those of its layers."""
    trainable: dict[str, bool] = {}
    rows = []
    for path, layer in walk(model):
        config = _settings(layer)
        parent = path[: -len(layer_name(layer)) - 1]
        trainable[path] = trainable.get(parent, True) and config.get("trainable") is not False
        rows.append(
            LayerFacts(
                path=path,
                class_name=str(layer.get("class_name"))[:200],
                parameters=sum(weight.size for weight in shares.get(path, ())),
                output=shapes.get(path),
                activation=activation_of(config),
                trainable=trainable[path],
            )
        )
    return tuple(rows)


def _settings(layer: Config) -> Mapping[str, Any]:
    config = layer.get("config")
    return config if isinstance(config, dict) else {}


def activation_of(config: Mapping[str, Any]) -> str:
    """The name of a layer's activation; Keras 3 writes a function or a layer as an object."""
    value = config.get("activation")
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if isinstance(inner, str) else value.get("class_name")
    return value[:200] if isinstance(value, str) else ""


def share_out(model: Config, weights: Sequence[WeightDataset]) -> Shares:
    """Assign the weights of the file to the layers they belong to.

    An .h5 has one group per outer layer, named after it; the weights in it carry the names of the inner layers. A
    `.keras` file (and Keras 3's `save_weights`) names groups by class and count instead
    (`saving_lib._save_container_state`).
    """
    shares: Shares = {}
    found = [(tuple(weight.path.split("/")), weight) for weight in weights]
    by_class = bool(found) and all("vars" in parts for parts, _ in found)
    _share_model(model, "", found, shares, by_class)
    return shares


def _share_model(model: Config, path: str, found: _Found, shares: Shares, by_class: bool) -> None:
    layers = layer_configs(model)
    names = _names_by_class(layers) if by_class else {layer_name(layer): layer for layer in layers}
    taken: dict[int, _Found] = {}
    for parts, weight in found:
        match = _match(parts, names, any_place=bool(path))
        if match:
            layer, rest = match
            taken.setdefault(id(layer), []).append((rest, weight))
    for layer in layers:
        _share(layer, path, taken.get(id(layer), []), shares, by_class)


def _share(layer: Config, path: str, found: _Found, shares: Shares, by_class: bool) -> None:
    here = f"{path}/{layer_name(layer)}" if path else layer_name(layer)
    shares[here] = [weight for _, weight in found]
    if is_model(layer):
        _share_model(layer, here, found, shares, by_class)
    inner = wrapped(layer)
    for place, one in enumerate(inner):
        own = found if len(inner) == 1 else [entry for entry in found if _is_of(one, place, entry[0])]
        _share(one, here, own, shares, by_class)


def _match(
    parts: tuple[str, ...], names: Mapping[str, Config], any_place: bool
) -> tuple[Config, tuple[str, ...]] | None:
    """The layer that a weight's path names, and the rest of the path; layer names may contain slashes."""
    starts = len(parts) if any_place or parts[0] == "layers" else 1
    for start in range(starts):
        for end in range(min(len(parts), start + _SCOPES), start, -1):
            layer = names.get("/".join(parts[start:end]))
            if layer is not None:
                return layer, parts[end:]
    return None


def _is_of(inner: Config, place: int, parts: tuple[str, ...]) -> bool:
    """Whether a weight of a wrapper with two inner layers (Bidirectional) belongs to `inner`."""
    name = layer_name(inner)
    way = ("forward", "backward")[place] if place < 2 else str(place)
    return any(part in (name, f"{way}_{name}", f"{way}_layer") for part in parts)


def _names_by_class(layers: Sequence[Config]) -> dict[str, Config]:
    counts: dict[str, int] = {}
    names: dict[str, Config] = {}
    for layer in layers:
        name = _snake(str(layer.get("class_name")))
        count = counts.get(name, 0)
        counts[name] = count + 1
        names[f"{name}_{count}" if count else name] = layer
    return names


def _snake(name: str) -> str:
    """As `keras.src.utils.naming.to_snake_case`; a registered class is named without its package."""
    name = re.sub(r"\W+", "", name.rpartition(">")[2])
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
