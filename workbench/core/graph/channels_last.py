"""Rewrites channels-first convolutions, pools and norms into channels-last ones.

TensorFlow computes NCHW on a CPU only with oneDNN, which is on by default on some processors only and supports only
float32 and bfloat16; without it, kernels fail with "only supports the NHWC tensor format on the CPU". NHWC runs
everywhere. Each such op is put between two transposes. Weights have the same form in both layouts (HWIO); arguments
with one entry per dimension (strides, sizes, paddings) are reordered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from workbench.core.graph.mutable_graph import (
    Graph,
    Tensor,
    as_int32,
    int_list,
    moved,
    permuted,
    plain,
    set_int_list,
    source,
)
from workbench.spec.errors import WorkbenchError

Node = Any

CODE: Final = "CHANNELS_FIRST"
"""Error code for an op that is not in the table, and code of the note in `inspect`."""


class _Op(msgspec.Struct, frozen=True):
    """Which of an op's inputs are images, and which hold one number per dimension."""

    images: tuple[int, ...] = (0,)
    sizes: tuple[int, ...] = ()


_OPS: Final = {
    **dict.fromkeys(("Conv2D", "DepthwiseConv2dNative", "Conv3D"), _Op()),
    **dict.fromkeys(("MaxPool", "AvgPool", "MaxPool3D", "AvgPool3D"), _Op()),
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), _Op()),
    **dict.fromkeys(("BiasAdd", "SpaceToDepth", "DepthToSpace"), _Op()),
    "MaxPoolV2": _Op(sizes=(1, 2)),
    **dict.fromkeys(("Conv2DBackpropInput", "Conv3DBackpropInputV2"), _Op((2,), (0,))),
    "DepthwiseConv2dNativeBackpropInput": _Op((2,), (0,)),
}
"""Ops with a `data_format` whose first output is an image of the same layout, from the op definitions of TensorFlow
2.21 (`core/ops/nn_ops.cc`, `array_ops.cc`). Gradient ops of training are not listed: models do not contain them."""

_FORMATS: Final = {b"NCHW": b"NHWC", b"NCDHW": b"NDHWC"}
_BY_DIMENSION: Final = ("strides", "ksize", "dilations")


def last(rank: int) -> list[int]:
    """The order of a transpose from channels first to channels last."""
    return [0, *range(2, rank), 1]


def first(rank: int) -> list[int]:
    """The order of a transpose from channels last to channels first."""
    return [0, rank - 1, *range(1, rank - 1)]


def channels_first(graph_def: Any) -> list[Node]:
    """The channels-first nodes, including those in functions."""
    bodies = [graph_def.node, *(function.node_def for function in graph_def.library.function)]
    return [node for body in bodies for node in body if _format(node).startswith(b"NC")]


def _format(node: Node) -> bytes:
    # Membership is tested first: reading a missing attribute would insert an empty one.
    return bytes(node.attr["data_format"].s) if "data_format" in node.attr else b""


def rewrite(graph: Graph) -> None:
    """Put every channels-first op between transposes, in place; nodes keep their names.

    Raises `WorkbenchError` CHANNELS_FIRST for an op that is not in the table.
    """
    for node in channels_first(graph.graph_def()):
        _refuse_unknown(graph, node)
        _Rewriting(graph, node).run()


def _refuse_unknown(graph: Graph, node: Node) -> None:
    known = node.op in _OPS and _format(node) in _FORMATS
    if not known or node.name not in graph.nodes:
        raise refusal(node, f"{_format(node).decode()} of this op is not known")


def refusal(node: Node, reason: str) -> WorkbenchError:
    """The error for one node, naming its op and the reason."""
    text = f"'{node.name}' ({node.op}) reads its input channels first and cannot be rewritten: {reason}."
    hint = "TensorFlow on a CPU runs such a layer only with oneDNN; give it data_format='channels_last'."
    return WorkbenchError(CODE, text, hint=hint)


class _Rewriting:
    """Puts one node between transposes."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self._graph, self._node, self._op = graph, node, _OPS[node.op]
        self._rank = self._rank_of()

    def run(self) -> None:
        inputs = list(self._node.input)
        for place in self._op.images:
            inputs[place] = transposed(self._graph, inputs[place], last(self._rank))
        for place in self._op.sizes:
            inputs[place] = self._sizes(inputs[place])
        readers, shape = self._graph.readers(self._node.name), self._graph.shape(self._node.name)
        self._graph.set_inputs(self._node, inputs)
        self._attributes()
        self._graph.set_shape(self._node.name, moved(shape, last(self._rank)))
        back = transpose(self._graph, self._node.name, first(self._rank))
        self._graph.redirect(readers, self._node.name, back)

    def _rank_of(self) -> int:
        """The rank: 4 or 5 for images; a bias may be added to tensors of any rank from 3."""
        if self._node.op != "BiasAdd":
            return len(self._node.attr["data_format"].s)
        shape = self._graph.shape(self._node.input[0])
        if shape is None or len(shape) < 3:
            raise refusal(self._node, "the number of its input's dimensions is not known")
        return len(shape)

    def _sizes(self, tensor: str) -> str:
        """A tensor with one number per dimension, reordered to channels last."""
        if self._graph.shape(tensor) != (self._rank,):
            raise refusal(self._node, "its sizes are not one number a dimension")
        value = self._graph.value(tensor)
        name = f"{self._node.name}/channels_last_sizes"
        if value is not None:
            return self._graph.constant(name, value[last(self._rank)], tensor)
        return gathered(self._graph, name, tensor, last(self._rank))

    def _attributes(self) -> None:
        node, order = self._node, last(self._rank)
        node.attr["data_format"].s = _FORMATS[node.attr["data_format"].s]
        for key in _BY_DIMENSION:
            values = int_list(node, key)
            if values:
                set_int_list(node, key, permuted(values, order))
        sides = int_list(node, "explicit_paddings")
        if sides:
            pairs = list(zip(sides[::2], sides[1::2], strict=True))
            set_int_list(node, "explicit_paddings", [side for pair in permuted(pairs, order) for side in pair])


def transposed(graph: Graph, tensor: str, order: list[int]) -> str:
    """A transpose of a tensor: an existing one, or a new one."""
    for name in graph.readers(tensor):
        node = graph.nodes[name]
        if node.op == "Transpose" and plain(node.input[0]) == plain(tensor) and order_of(graph, node) == order:
            return name
    return transpose(graph, tensor, order)


def transpose(graph: Graph, tensor: str, order: list[int]) -> str:
    """A new transpose of a tensor. After a change of a node's layout, its readers still expect the old one."""
    name = f"{tensor.replace(':', '_')}/{'channels_last' if order == last(len(order)) else 'channels_first'}"
    perm = graph.constant(f"{name}_order", as_int32(order), tensor)
    output = Tensor(moved(graph.shape(tensor), order), graph.dtype(tensor))
    return graph.add(name, "Transpose", [tensor, perm], tensor, output, T=output.dtype, Tperm=graph.dtype(perm))


def order_of(graph: Graph, node: Node) -> list[int] | None:
    """The order of a transpose, or `None` if it is not a constant."""
    value = graph.value(node.input[1])
    return None if value is None else [int(place) % value.size for place in value]


def gathered(graph: Graph, name: str, tensor: str, order: list[int]) -> str:
    """A vector with one number per dimension, reordered."""
    index = graph.constant(f"{name}_order", as_int32(order), tensor)
    axis = graph.constant(f"{name}_axis", np.array(0, np.int32), tensor)
    output = Tensor((len(order),), graph.dtype(tensor))
    types = {"Tparams": output.dtype, "Tindices": graph.dtype(index), "Taxis": graph.dtype(axis)}
    return graph.add(name, "GatherV2", [tensor, index, axis], tensor, output, **types)


def variables_of(held: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Shape and dtype of variables, keyed by the nodes of their handles; `held` is keyed by the tensors of those
    nodes."""
    return {source(placeholder): (variable.shape, variable.dtype) for placeholder, variable in held.items()}
