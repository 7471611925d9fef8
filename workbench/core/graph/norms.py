"""Batch norms of volumes as arithmetic: TensorFlow 1.15 has FusedBatchNorm for images only.

It rejects the whole graph ("Value for attr 'data_format' of NDHWC is not in the list of allowed values"). The table of
ops and attributes (`savedmodel.reach`) cannot show this: the attribute is old, only this value of it is newer.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from workbench.core.graph.mutable_graph import Graph, Tensor
from workbench.core.lazy import tensorflow

Node = Any

_NORMS: Final = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_OUTPUTS: Final = 6


def norms_as_arithmetic(graph: Graph) -> bool:
    """Rewrite every channels-last norm of a volume, in place; returns whether there was one. Nodes keep their names."""
    found = [node for node in list(graph.nodes.values()) if node.op in _NORMS and _is_inference_of_volume(graph, node)]
    for node in found:
        _Norm(graph, node).write_out()
    return bool(found)


def _is_inference_of_volume(graph: Graph, node: Node) -> bool:
    statistics = [f"{node.name}:{n}" for n in range(1, _OUTPUTS)]
    unread = not any(graph.readers(name) for name in statistics)
    return node.attr["data_format"].s == b"NDHWC" and not node.attr["is_training"].b and unread


class _Norm:
    """Computes `x * scale + (offset - mean * scale)` with `scale = gamma / sqrt(variance + epsilon)`, in float32
    like the op."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self._graph, self._node = graph, node
        self._epsilon = node.attr["epsilon"].f
        self._float = tensorflow().float32.as_datatype_enum

    def write_out(self) -> None:
        image, gamma, beta, mean, variance = self._node.input[:5]
        epsilon = self._graph.constant(f"{self._node.name}/epsilon", np.array(self._epsilon, np.float32), variance)
        scale = self._two("Mul", gamma, self._one("Rsqrt", self._two("AddV2", variance, epsilon)))
        shift = self._two("Sub", beta, self._two("Mul", mean, scale))
        dtype = self._graph.dtype(image)
        scaled = self._two("Mul", image if dtype == self._float else self._cast(image), scale)
        self._become(scaled, shift, dtype)

    def _become(self, scaled: str, shift: str, dtype: int) -> None:
        node, given = self._node, self._float
        last = self._two("AddV2", scaled, shift) if dtype != given else ""
        node.attr.clear()
        if last:
            node.op = "Cast"
            node.attr["SrcT"].type, node.attr["DstT"].type = given, dtype
            self._graph.set_inputs(node, [last])
        else:
            node.op = "AddV2"
            node.attr["T"].type = given
            self._graph.set_inputs(node, [scaled, shift])

    def _cast(self, tensor: str) -> str:
        output = Tensor(self._graph.shape(tensor), self._float)
        types = {"SrcT": self._graph.dtype(tensor), "DstT": self._float}
        return self._graph.add(f"{self._node.name}/float", "Cast", [tensor], tensor, output, **types)

    def _one(self, op: str, tensor: str) -> str:
        output = Tensor(self._graph.shape(tensor), self._float)
        return self._graph.add(f"{self._node.name}/{op}", op, [tensor], tensor, output, T=self._float)

    def _two(self, op: str, one: str, other: str) -> str:
        """An op with two operands, the first of which has the shape of the result."""
        output = Tensor(self._graph.shape(one), self._float)
        return self._graph.add(f"{self._node.name}/{op}", op, [one, other], one, output, T=self._float)
