"""Constant folding for a frozen graph, and batch norms folded into the preceding layer.

Runtimes fold constants when they load a graph, each time anew; none of them folds scales after a depthwise convolution.
Measured on MobileNetV2: a sixth less time for a batch of 16, a third less for the first call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.export.freeze import FrozenGraph, pruned
from workbench.core.lazy import tensorflow
from workbench.core.tf_internals import optimized

Array = npt.NDArray[Any]
Node = Any

_CONVOLUTIONS: Final = ("Conv2D", "DepthwiseConv2dNative")
_NORMS: Final = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")


def fold(frozen: FrozenGraph) -> FrozenGraph:
    """The same function with fewer nodes; the names of its inputs and outputs are unchanged."""
    optimised = _constants_folded(frozen)
    _Folding(optimised, frozen.outputs).run()
    return msgspec.structs.replace(frozen, graph_def=pruned(optimised, frozen.outputs))


def _constants_folded(frozen: FrozenGraph) -> Any:
    """TensorFlow's own constant folding, without the control edges by which it keeps old constants."""
    # Grappler rejects a graph without a node that it has to keep; an input that no output depends on is not in the
    # graph.
    present = {node.name for node in frozen.graph_def.node}
    kept = [name for name in frozen.inputs if name.split(":")[0] in present]
    folded = optimized(frozen.graph_def, "constfold", [*kept, *frozen.outputs])
    _drop_control_of_constants(folded)
    return folded


def _drop_control_of_constants(graph_def: Any) -> None:
    # Only edges from constants without inputs: within a loop, a control edge places a constant in that loop.
    constants = {node.name for node in graph_def.node if node.op == "Const" and not node.input}
    for node in graph_def.node:
        kept = [name for name in node.input if not (name.startswith("^") and name[1:] in constants)]
        if len(kept) != len(node.input):
            del node.input[:]
            node.input.extend(kept)


class _Folding:
    """Folds scales and shifts per channel that follow a convolution into its weights and bias. Works in place."""

    def __init__(self, graph_def: Any, outputs: Sequence[str]) -> None:
        self._nodes = {node.name: node for node in graph_def.node}
        self._uses = Counter(_source(name) for node in graph_def.node for name in node.input)
        self._uses.update(_source(name) for name in outputs)
        self._graph_def = graph_def

    def run(self) -> None:
        for node in list(self._in_order()):
            if node.op in _NORMS:
                self._fold_norm(node)
            elif node.op in ("Mul", "Add", "AddV2", "Sub"):
                self._fold_arithmetic(node)

    def _in_order(self) -> Iterator[Node]:
        """Nodes in topological order, so that a scale is folded before the shift that follows it."""
        seen: set[str] = set()
        for root in self._graph_def.node:
            stack = [(root, False)]
            while stack:
                node, ready = stack.pop()
                if ready:
                    yield node
                elif node.name not in seen:
                    seen.add(node.name)
                    stack.append((node, True))
                    stack += [(self._nodes[s], False) for s in map(_source, node.input) if s in self._nodes]

    def _fold_arithmetic(self, node: Node) -> None:
        places = ((0, 1),) if node.op == "Sub" else ((0, 1), (1, 0))
        for layer, constant in places:
            values = self._constant(node.input[constant])
            conv = self._layer(node.input[layer])
            if values is None or conv is None:
                continue
            channels = self._channels(conv)
            vector = _by_channel(values, channels)
            if vector is None:
                continue
            one, nothing = np.ones(channels), np.zeros(channels)
            scale, shift = (vector, nothing) if node.op == "Mul" else (one, -vector if node.op == "Sub" else vector)
            self._fold(node, node.input[layer], conv, scale, shift)
            return

    def _fold_norm(self, node: Node) -> None:
        # gamma * (x - mean) / sqrt(variance + epsilon) + beta, by FusedBatchNorm's definition.
        parts = [self._constant(name) for name in node.input[1:5]]
        conv = self._layer(node.input[0])
        if conv is None or node.attr["is_training"].b or self._has_more_readers(node):
            return
        if any(part is None or not part.size for part in parts):
            return
        gamma, beta, mean, variance = (np.asarray(p, "float64") for p in parts)
        scale = gamma / np.sqrt(variance + node.attr["epsilon"].f)
        self._fold(node, node.input[0], conv, scale, beta - mean * scale)

    def _has_more_readers(self, node: Node) -> bool:
        """Whether any node reads the batch's statistics beside the normalised values."""
        return any(name.startswith(f"{node.name}:") for other in self._graph_def.node for name in other.input)

    def _layer(self, name: str) -> Node | None:
        """The convolution that produces a tensor without other readers, with or without its bias; else `None`."""
        node = self._alone(name)
        if node is not None and node.op == "BiasAdd" and node.attr["data_format"].s in (b"", b"NHWC"):
            bias = self._constant(node.input[1])
            node = self._alone(node.input[0]) if bias is not None else None
        if node is None or node.op not in _CONVOLUTIONS or node.attr["data_format"].s not in (b"", b"NHWC"):
            return None
        weights = self._constant(node.input[1])
        single = weights is not None and weights.dtype == np.float32 and self._uses[_source(node.input[1])] == 1
        return node if single else None

    def _alone(self, name: str) -> Node | None:
        source = _source(name)
        return self._nodes.get(source) if self._uses[source] == 1 and name == source else None

    def _constant(self, name: str) -> Array | None:
        node = self._nodes.get(_source(name))
        if node is None or node.op != "Const" or name.startswith("^"):
            return None
        found: Array = tensorflow().make_ndarray(node.attr["value"].tensor)
        return found

    def _channels(self, conv: Node) -> int:
        shape = [d.size for d in self._nodes[_source(conv.input[1])].attr["value"].tensor.tensor_shape.dim]
        return int(shape[3] if conv.op == "Conv2D" else shape[2] * shape[3])

    def _fold(self, node: Node, layer: str, conv: Node, scale: Array, shift: Array) -> None:
        """Turn `node` into the bias of `conv`, whose weights are multiplied by the scale."""
        weights = self._constant(conv.input[1])
        assert weights is not None  # `_layer` has checked it.
        by_weight = scale if conv.op == "Conv2D" else scale.reshape(weights.shape[2:])
        before = self._nodes[_source(layer)]
        bias = np.zeros(len(scale)) if before is conv else np.asarray(self._constant(before.input[1]), "float64")
        self._set(conv.input[1], weights.astype("float64") * by_weight)
        # Within a loop a constant has a control input from a node of the loop: the new one gets that of the weights.
        waits = [name for name in self._nodes[_source(conv.input[1])].input if name.startswith("^")]
        added = self._add_constant(f"{node.name}/folded_bias", bias * scale + shift, waits)
        node.op = "BiasAdd"
        del node.input[:]
        node.input.extend([conv.name, added])
        node.attr.clear()
        node.attr["T"].type = tensorflow().float32.as_datatype_enum
        self._uses[conv.name] = 1

    def _set(self, name: str, values: Array) -> None:
        node = self._nodes[_source(name)]
        node.attr["value"].tensor.CopyFrom(tensorflow().make_tensor_proto(values.astype("float32")))

    def _add_constant(self, name: str, values: Array, waits: Sequence[str]) -> str:
        node = self._graph_def.node.add(name=name, op="Const", input=waits)
        node.attr["dtype"].type = tensorflow().float32.as_datatype_enum
        self._nodes[name] = node
        self._set(name, values)
        self._uses[name] = 1
        return name


def _source(name: str) -> str:
    return name.lstrip("^").split(":")[0]


def _by_channel(values: Array, channels: int) -> Array | None:
    """A constant as one number per channel: a scalar, or a vector along the last dimension; `None` for anything
    else."""
    if values.dtype != np.float32 or values.size not in (1, channels) or values.ndim > 4:
        return None
    if values.size == channels and values.ndim and values.shape[-1] != channels:
        return None
    return np.broadcast_to(values.astype("float64").reshape(-1), (channels,))
