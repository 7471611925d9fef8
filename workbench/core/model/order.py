"""Refuses models whose layers Keras reorders when it rebuilds them, since weights are stored by order.

A dict of outputs determines the order of the layers. JSON preserves neither an `OrderedDict` nor integer keys: both
libraries flatten the plain dict that they read back by its sorted texts (`keras.tree.flatten`, `tf.nest.flatten`).
Keras' own `load_model` then silently swaps the weights of equal layers (seen with keras 3.15, tf_keras 2.21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.core.model.config import Config, comparable, is_model, json_objects, layer_configs, layer_name
from workbench.spec.errors import WorkbenchError

_SIDES = ("input_layers", "output_layers")


def refuse_reordered(config: Config, model: Any, where: str, *, by_name: bool = False) -> None:
    """Compare the order of layers with weights in a configuration with that of the model built from it.

    Only if inputs or outputs are dicts; otherwise nothing is flattened by keys. `by_name` means that the outermost
    model's weights were read by layer name, so that its order does not matter. Raises `WorkbenchError` REORDERED.
    """
    live = list(getattr(model, "layers", ()))
    if not by_name and _has_dict(config) and _by_class(live) != _by_class(_in_order(config, live)):
        text = "When rebuilt, its layers have another order than in the file, and weights are stored in that order"
        hint = "Give the model a plain dict with texts as keys (no OrderedDict, no numbers), and save it again."
        raise WorkbenchError("REORDERED", f"{text} ({layer_name(config)}).", where=where, hint=hint)
    for record, inner in _inner_models(config, live):
        refuse_reordered(record, inner, where)


def _has_dict(config: Config) -> bool:
    inside = config.get("config")
    sides = [inside.get(side) for side in _SIDES] if isinstance(inside, dict) else []
    return next(json_objects(sides), None) is not None


def _by_class(layers: Sequence[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for layer in layers:
        if layer.weights:
            found[type(layer).__name__].append(layer.name)
    return found


def _in_order(config: Config, live: Sequence[Any]) -> list[Any]:
    """The layers of a model in the order of its configuration; names in a configuration are unique and not empty."""
    places = {comparable(layer_name(record)): place for place, record in enumerate(layer_configs(config))}
    return sorted(live, key=lambda layer: places.get(comparable(layer.name), len(places)))


def _inner_models(config: Config, live: Sequence[Any]) -> Iterator[tuple[Config, Any]]:
    by_name = {comparable(layer.name): layer for layer in live}
    for record in layer_configs(config):
        inner = by_name.get(comparable(layer_name(record)))
        if is_model(record) and inner is not None:
            yield record, inner
