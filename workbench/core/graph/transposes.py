"""Cancels neighbouring transposes by moving each past ops that do not depend on the order of dimensions.

`op(transpose(x))` becomes `transpose(op'(x))`, where `op'` has its axes in the order of `x`; two adjacent transposes
become one or none. Only the transposes from channels last to channels first are moved, so that they meet those that
`channels_last.rewrite` put before the next convolution.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np

from workbench.core.graph import axes
from workbench.core.graph.channels_last import first, gathered, last, order_of, transpose, transposed
from workbench.core.graph.mutable_graph import Graph, Tensor, as_int32, moved, plain, source
from workbench.spec.model import Shape

Node = Any

_SAME: Final = frozenset(
    """
    Abs Acos Acosh Asin Asinh Atan Atanh Cast Ceil CheckNumerics Cos Cosh Elu Erf Erfc Exp Expm1 Floor Identity Inv
    IsFinite IsInf IsNan LeakyRelu Log Log1p LogicalNot Neg OnesLike PreventGradient Reciprocal Relu Relu6 Rint Round
    Rsqrt Selu Sigmoid Sign Sin Sinh Snapshot Softplus Softsign Sqrt Square StopGradient Tan Tanh ZerosLike
    """.split()
)
"""Ops with one input that treat each element separately."""

_TOGETHER: Final = frozenset(
    """
    Add AddN AddV2 Atan2 ClipByValue Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual LogicalAnd
    LogicalOr Maximum Minimum Mod Mul MulNoNan NotEqual Pow RealDiv SelectV2 SquaredDifference Sub TruncateDiv Xdivy
    Xlog1py Xlogy
    """.split()
)
"""Element-wise ops with several inputs, broadcast as in numpy."""

_ALONG_LAST: Final = ("Softmax", "LogSoftmax")
_SEVERAL: Final = ("ConcatV2", "Split", "SplitV")


def cancel(graph: Graph, kept: Collection[str]) -> None:
    """Move transposes towards the outputs and drop those that meet their inverse. Works in place.

    `kept` are the nodes whose names and values must stay: the function's outputs.
    """
    for name in list(graph.in_order()):
        _Step(graph, graph.nodes[name], name in kept).run()


class _Step:
    """Processes one node, after all nodes that it reads."""

    def __init__(self, graph: Graph, node: Node, kept: bool) -> None:
        self._graph, self._node, self._kept = graph, node, kept
        self._data = [name for name in node.input if not name.startswith("^")]
        self._control = [name for name in node.input if name.startswith("^")]

    def run(self) -> None:
        op = self._node.op
        if op == "Transpose":
            self._compose()
        elif self._kept:
            return
        elif op in _SAME:
            self._moves(self._data[0])
        elif op in _TOGETHER:
            self._elementwise()
        elif op in _SEVERAL:
            self._joined()
        elif op in _ALONG_LAST:
            self._along_last()
        elif op == "Shape":
            self._shape()
        elif op in axes.RULES:
            self._by_axes()

    def _compose(self) -> None:
        """Merge a transpose of a transpose into one, or into none."""
        before, own = self._moved(self._data[0]), order_of(self._graph, self._node)
        if before is None or own is None:
            return
        inner, order = before
        both = [order[place] for place in own]
        if both == sorted(both) and not self._kept:
            self._graph.redirect(self._graph.readers(self._node.name), self._node.name, inner)
        elif both != sorted(both):
            perm = self._graph.constant(f"{self._node.name}/order", as_int32(both), inner)
            self._node.attr["Tperm"].type = self._graph.nodes[perm].attr["dtype"].type
            self._graph.set_inputs(self._node, [inner, perm, *self._control])

    def _moved(self, tensor: str) -> tuple[str, list[int]] | None:
        """The input of the transpose that produces a tensor, and its order; `None` if another op produces it."""
        node = self._graph.producer(tensor)
        if node.op != "Transpose" or plain(tensor) != node.name:
            return None
        order = order_of(self._graph, node)
        return None if order is None else (node.input[0], order)

    def _before(self, tensor: str) -> tuple[str, int] | None:
        """The tensor with channels last, and its rank, if a transpose moved its channels first; else `None`."""
        found = self._moved(tensor)
        if found is None or len(found[1]) < 3 or found[1] != first(len(found[1])):
            return None
        return found[0], len(found[1])

    def _moves(self, tensor: str) -> None:
        found = self._before(tensor)
        if found is not None:
            self._finish([found[0], *self._data[1:]], first(found[1]))

    def _along_last(self) -> None:
        """Move a transpose past a Softmax, which computes along the last axis, if the transpose leaves that axis in
        place."""
        found = self._moved(self._data[0])
        if found is not None and found[1][-1] == len(found[1]) - 1:
            self._finish([found[0]], found[1])

    def _finish(self, inputs: Sequence[str], order: list[int], outputs: int = 1) -> None:
        """Let the node read the channels-last inputs, and insert a transpose of this order after each output."""
        names = [self._node.name, *(f"{self._node.name}:{n}" for n in range(1, outputs))]
        readers = [self._graph.readers(name) for name in names]
        self._graph.set_inputs(self._node, [*inputs, *self._control])
        if order == sorted(order):
            return
        back = [order.index(place) for place in range(len(order))]
        for name, read in zip(names, readers, strict=True):
            self._graph.set_shape(name, moved(self._graph.shape(name), back))
            if read:
                self._graph.redirect(read, name, transpose(self._graph, name, order))

    def _elementwise(self) -> None:
        rank = len(self._graph.shape(self._node.name) or ())
        aligned = self._aligned(self._data, rank)
        if aligned is not None:
            self._finish(aligned, first(rank))

    def _aligned(self, tensors: Sequence[str], rank: int) -> list[str] | None:
        """The tensors with channels last; `None` if that would take more transposes than it saves."""
        found = [self._before(name) for name in tensors]
        saved = {source(f[0]) for f in found if f is not None and f[1] == rank}
        others = [name for name, f in zip(tensors, found, strict=True) if f is None or f[1] != rank]
        if not saved or not all(self._fits(name, rank) for name in others):
            return None
        if sum(self._costs(name) for name in set(others)) > len(saved):
            return None
        return [
            f[0] if f is not None and f[1] == rank else self._with_channels_last(name, rank)
            for name, f in zip(tensors, found, strict=True)
        ]

    def _fits(self, tensor: str, rank: int) -> bool:
        shape = self._graph.shape(tensor)
        if shape is None or len(shape) > rank:
            return False
        return len(shape) == rank or None not in shape

    def _costs(self, tensor: str) -> bool:
        """Whether transposing a tensor costs time when the model runs: more than one of its dimensions is not 1."""
        shape = self._graph.shape(tensor) or ()
        long = [size for size in shape if size != 1]
        return len(long) > 1 and self._graph.value(tensor) is None

    def _with_channels_last(self, tensor: str, rank: int) -> str:
        shape = self._graph.shape(tensor)
        assert shape is not None  # `_fits` has checked it.
        if all(size == 1 for size in shape):
            return tensor
        full = (1,) * (rank - len(shape)) + tuple(shape)
        value = self._graph.value(tensor)
        order = last(rank)
        if value is not None:
            return self._graph.constant(f"{tensor}/channels_last", value.reshape(_known(full)).transpose(order), tensor)
        if None not in full and sum(size != 1 for size in full) <= 1:
            return self._reshaped(tensor, moved(full, order) or ())
        tensor = tensor if len(shape) == rank else self._reshaped(tensor, full)
        return transposed(self._graph, tensor, order)

    def _reshaped(self, tensor: str, shape: Shape) -> str:
        name = f"{tensor.replace(':', '_')}/channels_last"
        sizes = self._graph.constant(f"{name}_shape", as_int32(_known(shape)), tensor)
        output = Tensor(shape, self._graph.dtype(tensor))
        types = {"T": output.dtype, "Tshape": self._graph.dtype(sizes)}
        return self._graph.add(name, "Reshape", [tensor, sizes], tensor, output, **types)

    def _joined(self) -> None:
        """Concatenation and splitting along an axis, with several image inputs or outputs."""
        place = {"ConcatV2": len(self._data) - 1, "Split": 0, "SplitV": 2}[self._node.op]
        images = {"ConcatV2": range(place), "Split": range(1, 2), "SplitV": range(1)}[self._node.op]
        rank = len(self._graph.shape(self._node.name) or ())
        axis = self._graph.value(self._data[place])
        aligned = None if axis is None else self._aligned([self._data[n] for n in images], rank)
        if axis is None or aligned is None:
            return
        inputs = list(self._data)
        inputs[images.start : images.stop] = aligned
        new = np.asarray(first(rank)[int(axis) % rank], axis.dtype)
        inputs[place] = self._graph.constant(f"{self._node.name}/axis", new, aligned[0])
        outputs = self._node.attr["num_split"].i if self._node.op != "ConcatV2" else 1
        self._finish(inputs, first(rank), int(outputs))

    def _by_axes(self) -> None:
        found = self._before(self._data[0])
        if found is None:
            return
        moved_ = axes.RULES[self._node.op](self._graph, self._node, self._data, *found)
        if moved_ is not None:
            self._finish(moved_.inputs, moved_.order)

    def _shape(self) -> None:
        """The shape of a transpose, without computing the transpose."""
        found = self._before(self._data[0])
        if found is None:
            return
        inner, rank = found
        own = self._graph.dtype(self._node.name)
        output = Tensor((rank,), own)
        read = self._graph.add(
            f"{self._node.name}/channels_last",
            "Shape",
            [inner],
            inner,
            output,
            T=self._graph.dtype(inner),
            out_type=own,
        )
        readers = self._graph.readers(self._node.name)
        self._graph.redirect(readers, self._node.name, gathered(self._graph, f"{read}_first", read, first(rank)))


def _known(shape: Shape) -> list[int]:
    return [int(size) for size in shape if size is not None]
