"""Faults seeded into the graph of an export, or into what names and calls the model for exporter and gate alike.

The graph's are put into its messages by TensorFlow's own protobuf classes. Those of the facts replace functions of the
workbench while it exports and while it judges, so that a check that shares them with the exporter would see nothing.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

from workbench.core.lazy import tensorflow

load = importlib.import_module("workbench.core.model.load")
"""The module; the package's own `load` is its function."""

GraphFault = Callable[[Any], None]
FactsFault = Callable[[pytest.MonkeyPatch], None]


def _node(meta: Any, name: str) -> Any:
    (found,) = [n for n in meta.graph_def.node if n.name == name]
    return found


def swapped_outputs(one: str, other: str) -> GraphFault:
    """Two outputs of the graph answer with each other's tensor."""

    def change(meta: Any) -> None:
        nodes = [_node(meta, f"outputs/{name}") for name in (one, other)]
        sources = [list(n.input) for n in nodes]
        for node, source in zip(nodes, reversed(sources), strict=True):
            node.input[:] = source

    return change


def same_output(kept: str, lost: str) -> GraphFault:
    """One output answers with another's tensor."""

    def change(meta: Any) -> None:
        _node(meta, f"outputs/{lost}").input[:] = _node(meta, f"outputs/{kept}").input

    return change


def swapped_inputs(one: str, other: str, within: str = "model/") -> GraphFault:
    """A part of the graph takes each of two tensors where it should take the other."""

    def change(meta: Any) -> None:
        turned = {one: other, other: one}
        for node in meta.graph_def.node:
            if node.name.startswith(within):
                node.input[:] = [turned.get(source, source) for source in node.input]

    return change


def _weights_of(meta: Any, layer: str) -> list[Any]:
    inside = re.compile(rf"model/.*/{layer}(_\d+)?/")
    return [n for n in meta.graph_def.node if n.op == "Const" and inside.match(n.name)]


def exchanged_weights(one: str, other: str) -> GraphFault:
    """Two equal layers have each other's weights."""

    def change(meta: Any) -> None:
        pairs = list(zip(_weights_of(meta, one), _weights_of(meta, other), strict=True))
        assert pairs
        for first, second in pairs:
            kept = first.attr["value"].SerializeToString()
            first.attr["value"].CopyFrom(second.attr["value"])
            second.attr["value"].ParseFromString(kept)

    return change


def _before(meta: Any, output: str, op: str, constant: Any, kind: str) -> None:
    """Put an operation with one constant between an output and its tensor; `kind` is its attribute for the
    constant's dtype."""
    tf = tensorflow()
    end = _node(meta, f"outputs/{output}")
    given = meta.graph_def.node.add(op="Const", name=f"fault/{op}/given")
    given.attr["dtype"].type = tf.int32.as_datatype_enum
    given.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.array(constant, "int32")))
    node = meta.graph_def.node.add(op=op, name=f"fault/{op}")
    node.attr["T"].type = end.attr["T"].type
    node.attr[kind].type = tf.int32.as_datatype_enum
    node.input[:] = [*end.input, given.name]
    end.input[:] = [node.name]


def transposed(output: str) -> GraphFault:
    """Rows and columns of a square mask have changed places."""
    return lambda meta: _before(meta, output, "Transpose", [0, 2, 1, 3], "Tperm")


def reversed_rows(output: str) -> GraphFault:
    """Each instance gets the answer to another one of its batch."""
    return lambda meta: _before(meta, output, "ReverseV2", [0], "Tidx")


def unnormalised(layer: str) -> GraphFault:
    """A softmax is left out."""

    def change(meta: Any) -> None:
        (node,) = [n for n in meta.graph_def.node if n.op == "Softmax" and f"/{layer}" in n.name]
        node.op = "Identity"

    return change


def dropped(*signatures: str, output: str) -> GraphFault:
    """Signatures no longer name an output; the graph still computes it."""

    def change(meta: Any) -> None:
        for name in signatures or meta.signature_def:
            del meta.signature_def[name].outputs[output]

    return change


def swapped_in_signature(name: str, side: str, one: str, other: str) -> GraphFault:
    """One signature names two tensors by each other's key."""

    def change(meta: Any) -> None:
        keys = getattr(meta.signature_def[name], side)
        kept = keys[one].SerializeToString()
        keys[one].CopyFrom(keys[other])
        keys[other].ParseFromString(kept)

    return change


def swapped_labels(node: str, order: Sequence[int]) -> GraphFault:
    """The labels of a table in the graph stand in another order."""

    def change(meta: Any) -> None:
        values = _node(meta, node).attr["value"].tensor.string_val
        values[:] = [values[place] for place in order]

    return change


def swapped_names(side: str, one: str, other: str) -> FactsFault:
    """The facts give two tensors each other's name, to everybody who asks."""

    def patch(patches: pytest.MonkeyPatch) -> None:
        true = load.exact_facts

        def wrong(*given: Any) -> Any:
            facts = true(*given)
            turned = {one: other, other: one}
            told = [msgspec.structs.replace(t, name=turned.get(t.name, t.name)) for t in getattr(facts, side)]
            return msgspec.structs.replace(facts, **{side: tuple(told)})

        patches.setattr(load, "exact_facts", wrong)

    return patch


@dataclass
class _Turned:
    """A list with two of its places exchanged."""

    one: int
    other: int

    def __call__(self, values: Any) -> list[Any]:
        found = list(values)
        found[self.one], found[self.other] = found[self.other], found[self.one]
        return found


def swapped_calls(side: str, one: int, other: int) -> FactsFault:
    """The loaded model takes two inputs, or answers two outputs, in each other's place, traced and predicted alike."""
    turned = _Turned(one, other)

    def patch(patches: pytest.MonkeyPatch) -> None:
        for method in ("__call__", "predict"):
            true = getattr(load.LoadedModel, method)

            def wrong(self: Any, given: Any, true: Any = true) -> Any:
                return true(self, turned(given)) if side == "inputs" else turned(true(self, given))

            patches.setattr(load.LoadedModel, method, wrong)

    return patch


def dropped_head(name: str) -> FactsFault:
    """The facts and the loaded model's answers lack the last output."""

    def patch(patches: pytest.MonkeyPatch) -> None:
        true = load.exact_facts

        def fewer(*given: Any) -> Any:
            facts = true(*given)
            assert facts.outputs[-1].name == name
            return msgspec.structs.replace(facts, outputs=facts.outputs[:-1])

        patches.setattr(load, "exact_facts", fewer)
        for method in ("__call__", "predict"):
            whole = getattr(load.LoadedModel, method)
            patches.setattr(load.LoadedModel, method, lambda self, given, whole=whole: whole(self, given)[:-1])

    return patch


def exchanged_at_load(one: str, other: str) -> FactsFault:
    """The loader gives two equal layers each other's weights."""

    def patch(patches: pytest.MonkeyPatch) -> None:
        true = load._load_with_library

        def wrong(*given: Any) -> Any:
            model = true(*given)
            layers = [model.get_layer(name) for name in (one, other)]
            kept = [layer.get_weights() for layer in layers]
            for layer, weights in zip(layers, reversed(kept), strict=True):
                layer.set_weights(weights)
            return model

        patches.setattr(load, "_load_with_library", wrong)

    return patch
