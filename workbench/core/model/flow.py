"""Propagates shapes through a model's layers, wrappers and calls, by the rules of `shapes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from workbench.core.model.config import (
    MAX_DEPTH,
    Config,
    Source,
    calls,
    endpoint_calls,
    is_model,
    layer_configs,
    layer_name,
    wrapped,
)
from workbench.core.model.shapes import layer_output
from workbench.spec.model import Shape

Shapes = dict[str, Shape | None]
"""Output shapes by layer path."""

LARGEST: Final = 2**31 - 1
"""Largest dimension that a tensor can have."""

_PASSES: Final = 10
"""Passes over the layers: a shared layer's later call may need layers that are written after it. Real models need
two."""


def model_outputs(
    model: Config, given: Sequence[Shape], record: Shapes | None = None, path: str = ""
) -> list[Shape | None]:
    """Shapes of a model's outputs for the shapes of its inputs; `record` receives those of every layer."""
    record = {} if record is None else record
    if path.count("/") > MAX_DEPTH:
        return [None]
    if model.get("class_name") == "Sequential":
        found: list[Shape | None] = [given[0] if given else None]
        for layer in layer_configs(model):
            found = _apply(layer, found, record, _join(path, layer_name(layer)))
        return found[:1]
    known = _functional(model, given, record, path)
    return [answer_of(known, source) for source in endpoint_calls(model, "output_layers")]


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


T = TypeVar("T")

Known = dict[tuple[str, int], list[Shape | None]]
"""Shapes of a layer's outputs, keyed by the layer's name and the index of the call."""


def answer_of(known: Mapping[tuple[str, int], Sequence[T | None]], source: Source) -> T | None:
    """What is known of the tensor `source`; `known` is keyed by layer name and index of the call."""
    name, call, tensor = source
    # Keras also counts calls outside this model; a layer that was called once has only one entry.
    found = known.get((name, call), known.get((name, 0), []) if (name, 1) not in known else [])
    return found[tensor] if 0 <= tensor < len(found) else None


def _functional(model: Config, given: Sequence[Shape], record: Shapes, path: str) -> Known:
    inputs = [name for name, _, _ in endpoint_calls(model, "input_layers")]
    known: Known = {(name, 0): [shape] for name, shape in zip(inputs, given, strict=False)}
    record.update({_join(path, name): shape for name, shape in zip(inputs, given, strict=False)})
    waiting = [(layer, number, call) for layer in layer_configs(model) for number, call in enumerate(calls(layer))]
    for _ in range(_PASSES):
        left = [entry for entry in waiting if not _call(entry, known, record, path)]
        if len(left) == len(waiting):
            break
        waiting = left
    return known


def _call(entry: tuple[Config, int, list[Source]], known: Known, record: Shapes, path: str) -> bool:
    """Process one call and return `True` if the shapes of all its inputs are known by now; else return `False`."""
    layer, number, sources = entry
    name = layer_name(layer)
    if (name, number) in known:
        return True
    shapes = [answer_of(known, source) for source in sources]
    if any(shape is None for shape in shapes):
        return False
    # The layer table shows a layer's first call.
    place = _join(path, name)
    known[(name, number)] = _apply(layer, shapes, record if number == 0 else {}, place)
    return True


def _apply(layer: Config, shapes: Sequence[Shape | None], record: Shapes, path: str) -> list[Shape | None]:
    """A layer's output shapes; `[None]` if there is no rule or an input's shape is unknown."""
    sources = [s for s in shapes if s is not None]
    if not sources or len(sources) != len(shapes):
        return [None]
    if is_model(layer):
        found = model_outputs(layer, sources, record, path) or [None]
    else:
        try:
            found = [_single(layer, sources, record, path)]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError):
            # The configuration of another Keras generation: the shape stays unknown until the model is loaded.
            found = [None]
    record[path] = found[0]
    return found


def _single(layer: Config, shapes: Sequence[Shape], record: Shapes, path: str) -> Shape | None:
    class_name, config = str(layer.get("class_name")), layer.get("config") or {}
    inner = wrapped(layer)
    if class_name == "TimeDistributed" and inner:
        batch, steps, *rest = shapes[0]
        found = _apply(inner[0], [(batch, *rest)], record, _join(path, layer_name(inner[0])))[0]
        return _sane((found[0], steps, *found[1:]) if found else None)
    if class_name == "Bidirectional" and inner:
        found = _apply(inner[0], shapes, record, _join(path, layer_name(inner[0])))[0]
        return _sane(_merged(found, config.get("merge_mode", "concat")))
    return _sane(layer_output(class_name, config, shapes))


def _merged(one_way: Shape | None, mode: object) -> Shape | None:
    if one_way is None or mode is None:
        return None
    last = one_way[-1]
    return (*one_way[:-1], 2 * last if last is not None else None) if mode == "concat" else one_way


def _sane(shape: Shape | None) -> Shape | None:
    if shape is None or any(d is not None and not (type(d) is int and 0 <= d <= LARGEST) for d in shape):
        return None
    return shape
