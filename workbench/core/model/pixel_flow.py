"""Follows an image input through a model's configuration up to the first layers that are more than arithmetic."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from workbench.core.model.config import (
    MAX_DEPTH,
    Config,
    endpoint_calls,
    is_model,
    layer_configs,
    layer_name,
)
from workbench.core.model.flow import answer_of
from workbench.core.model.pixel_calls import LayerCall, calls_of
from workbench.core.model.pixel_ops import FLIP, AffineStep, ChannelPick, effect
from workbench.spec.model import TensorFacts, is_image

_MERGES: Final = frozenset("Concatenate Stack Pack ConcatV2 concat stack".split())
"""Class and op names that stack channels: layers, operations and nodes."""

MAX_LOOKS: Final = 100_000
"""Maximum number of tensors examined on the paths of one image input; real models need fewer than a thousand."""

MAX_STEPS: Final = 64
"""Maximum number of steps on one path; `preprocess_input` makes four."""


class PlacedStep(msgspec.Struct, frozen=True):
    """A step on the path of the pixels: the path and class of its layer, and the name of the model it is in."""

    path: str
    class_name: str
    within: str
    step: AffineStep


class PixelState(msgspec.Struct, frozen=True):
    """An image on its path: the steps so far, and which channel of it this is (`None`: all)."""

    steps: tuple[PlacedStep, ...] = ()
    channel: int | None = None


class PixelEnd(msgspec.Struct, frozen=True):
    """The end of an image's path: the steps up to there, and the layers of the model in which it ends."""

    steps: tuple[PlacedStep, ...]
    layers: tuple[str, ...]


Ways = dict[str, list[PixelEnd]]
"""The ends of the paths of every image input, by the input's name."""

_Work = tuple[Config, int, LayerCall]
_Known = dict[tuple[str, int], list[PixelState | None]]


def image_ways(model: Config, inputs: Sequence[TensorFacts]) -> Ways:
    """The paths of all image inputs. A configuration that cannot be followed gives none: loading reports the reason."""
    ways: Ways = {}
    for place, tensor in enumerate(inputs):
        if is_image(tensor):
            follower = _Follower()
            given: list[PixelState | None] = [PixelState() if n == place else None for n in range(len(inputs))]
            try:
                follower.finish(model, given)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError):
                return {}
            ways[tensor.name] = follower.ends
    return ways


class _Follower:
    """Follows one image input through a model and its inner models, each call of a layer once."""

    def __init__(self) -> None:
        self.ends: list[PixelEnd] = []
        self._left = MAX_LOOKS
        self._names: dict[int, tuple[str, ...]] = {}
        self._takers: dict[int, Mapping[str, list[_Work]]] = {}

    def finish(self, model: Config, given: Sequence[PixelState | None]) -> None:
        for state in self._model(model, "", given, 0):
            self._end(model, [state])

    def _model(
        self, model: Config, path: str, given: Sequence[PixelState | None], depth: int
    ) -> list[PixelState | None]:
        """The states of a model's outputs for those of its inputs."""
        if depth > MAX_DEPTH:
            raise RecursionError(f"models nest deeper than {MAX_DEPTH}")
        layers = layer_configs(model)
        self._look(len(layers))
        if model.get("class_name") == "Sequential":
            states = list(given[:1])
            for layer in layers:
                call = LayerCall([(layer_name(layer), 0, 0)])
                states = self._layer(model, layer, path, call, states, depth)[:1]
                if states == [None]:
                    break
            return states
        known = self._functional(model, path, given, depth)
        outputs = endpoint_calls(model, "output_layers")
        self._look(len(outputs))
        return [answer_of(known, source) for source in outputs]

    def _look(self, tensors: int) -> None:
        # Models called twice within models called twice: a short file can demand more calls than can be processed.
        self._left -= 1 + tensors
        if self._left < 0:
            raise ValueError(f"there are more than {MAX_LOOKS} tensors on the way")

    def _functional(self, model: Config, path: str, given: Sequence[PixelState | None], depth: int) -> _Known:
        starts = endpoint_calls(model, "input_layers")
        self._look(len(starts))
        known: _Known = {(name, 0): [state] for (name, _, _), state in zip(starts, given, strict=False) if state}
        if id(model) not in self._takers:
            self._takers[id(model)] = _takers(model)
        takers = self._takers[id(model)]
        ready, waiting = deque(name for name, _ in known), dict[tuple[str, int], _Work]()
        while ready or waiting:
            if not ready:  # This call also takes tensors that are not pixels: features to merge, a second input.
                self._call(model, path, waiting.pop(next(iter(waiting))), known, ready, depth)
                continue
            for work in takers.get(ready.popleft(), ()):
                place = (layer_name(work[0]), work[1])
                if place in known:
                    continue
                sources = work[2].sources()
                self._look(len(sources))
                if all(answer_of(known, source) for source in sources):
                    waiting.pop(place, None)
                    self._call(model, path, work, known, ready, depth)
                else:
                    waiting[place] = work
        return known

    def _call(self, model: Config, path: str, work: _Work, known: _Known, ready: deque[str], depth: int) -> None:
        layer, number, call = work
        states = [answer_of(known, source) for source in call.sources()]
        found = self._layer(model, layer, path, call, states, depth)
        known[(layer_name(layer), number)] = found
        if any(found):
            ready.append(layer_name(layer))

    def _layer(
        self, model: Config, layer: Config, path: str, call: LayerCall, states: Sequence[PixelState | None], depth: int
    ) -> list[PixelState | None]:
        """The states of a layer's outputs; `[None]` if the path ends in the layer or does not continue."""
        self._look(len(states))
        here = f"{path}/{layer_name(layer)}" if path else layer_name(layer)
        if is_model(layer):
            return self._model(layer, here, states, depth + 1)
        state = _merged(layer, here, model, states)
        if state is None:
            self._end(model, states)
        elif len(states) == 1:
            return [self._single(model, layer, here, call, state)]
        return [state]

    def _single(self, model: Config, layer: Config, here: str, call: LayerCall, state: PixelState) -> PixelState | None:
        match effect(layer, call):
            case AffineStep() as step if state.channel is None:
                return _with(state, layer, here, model, step)
            case ChannelPick(channel=channel) if state.channel is None:
                return PixelState(state.steps, channel)
            case "same":
                return state
            case "aside":
                return None
        self._end(model, [state])
        return None

    def _end(self, model: Config, states: Sequence[PixelState | None]) -> None:
        if id(model) not in self._names:
            self._names[id(model)] = tuple(layer_name(layer) for layer in layer_configs(model))
        self.ends += [PixelEnd(state.steps, self._names[id(model)]) for state in states if state]


def _takers(model: Config) -> Mapping[str, list[_Work]]:
    """The calls that take a layer's outputs, by the layer's name."""
    takers: dict[str, list[_Work]] = {}
    for layer in layer_configs(model):
        for number, call in enumerate(calls_of(layer)):
            for name in {source[0] for source in call.sources()}:
                takers.setdefault(name, []).append((layer, number, call))
    return takers


def _with(state: PixelState, layer: Config, here: str, model: Config, step: AffineStep) -> PixelState:
    if len(state.steps) >= MAX_STEPS:
        raise ValueError(f"there are more than {MAX_STEPS} steps")
    config = model.get("config")
    within = str((config.get("name") if isinstance(config, dict) else None) or model.get("name") or "")
    return PixelState((*state.steps, PlacedStep(here, str(layer.get("class_name"))[:200], within[:200], step)))


def _merged(layer: Config, here: str, model: Config, states: Sequence[PixelState | None]) -> PixelState | None:
    """The common state of all inputs of a layer, or `None` if they have no common one."""
    first = states[0] if states else None
    if first is None or len(states) == 1:
        return first
    if not _merges(layer) or any(s is None or s.steps != first.steps for s in states):
        return None
    channels = [s.channel for s in states if s]
    if channels == [2, 1, 0]:
        return _with(PixelState(first.steps), layer, here, model, FLIP)
    grey = len(set(channels)) == 1  # The same channel, or the whole image, several times.
    return PixelState(first.steps) if grey or channels == [0, 1, 2] else None


def _merges(layer: Config) -> bool:
    config = layer.get("config")
    if not isinstance(config, dict):
        return False
    node = config.get("node_def")
    operation = node.get("op") if isinstance(node, dict) else config.get("function", layer.get("class_name"))
    return isinstance(operation, str) and operation in _MERGES
