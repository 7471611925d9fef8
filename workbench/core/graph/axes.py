"""Renumbers the axes of ops after a transpose from channels last to first, to the order of the transpose's input.

Each rule returns the node's new inputs and the order of the transpose to insert after it, or `None` if its axes are not
constants or it changes the order of dimensions in another way. Attributes are changed only if a result is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from workbench.core.graph.channels_last import first, last
from workbench.core.graph.mutable_graph import Array, Graph, int_list, permuted, set_int_list

Node = Any


class Moved(msgspec.Struct, frozen=True):
    """The new inputs of a node, and the order (output dimensions) of the transpose after it."""

    inputs: list[str]
    order: list[int]


Rule = Callable[[Graph, Node, Sequence[str], str, int], Moved | None]
"""Arguments: graph, node, its data inputs, the input of the transpose before it, and the rank of that input."""


def _by_dimension(place: int, more: tuple[int, ...] = (), skip: int = 0) -> Rule:
    """Rule for inputs with one entry per dimension, without the first `skip` dimensions: paddings, multiples, sizes."""

    def rule(graph: Graph, node: Node, data: Sequence[str], before: str, rank: int) -> Moved | None:
        inputs = [before, *data[1:]]
        for at in (place, *more):
            value = graph.value(data[at])
            if value is None or len(value) != rank - skip:
                return None
            rows = value[[dim - skip for dim in last(rank)[skip:]]]
            inputs[at] = _constant(graph, node, rows, before)
        return Moved(inputs, first(rank))

    return rule


def _constant(graph: Graph, node: Node, values: Array, before: str) -> str:
    return graph.constant(f"{node.name}/channels_last", values, before)


def _axes(graph: Graph, tensor: str, rank: int) -> tuple[Array, list[int]] | None:
    """Axes of a channels-first tensor: as given, and as axes of the same tensor with channels last."""
    value = graph.value(tensor)
    if value is None:
        return None
    return value, [first(rank)[int(axis) % rank] for axis in value.reshape(-1)]


def _reduced(keep: str) -> Rule:
    """Rule for a reduction whose second input is its axes; `keep` is the attribute that keeps them with size 1."""

    def rule(graph: Graph, node: Node, data: Sequence[str], before: str, rank: int) -> Moved | None:
        found = _axes(graph, data[1], rank)
        if found is None:
            return None
        given, along = found
        axes = _constant(graph, node, np.array(along, given.dtype).reshape(given.shape), before)
        kept = keep and node.attr[keep].b
        return Moved([before, axes], first(rank) if kept else _without(along, rank))

    return rule


def _without(along: Sequence[int], rank: int) -> list[int]:
    """The order of the transpose after a reduction: the remaining channels-first dimensions among the channels-last
    ones."""
    left = [place for place in first(rank) if place not in along]
    return [sorted(left).index(place) for place in left]


def _reversed(graph: Graph, node: Node, data: Sequence[str], before: str, rank: int) -> Moved | None:
    found = _axes(graph, data[1], rank)
    if found is None:
        return None
    return Moved([before, _constant(graph, node, np.array(found[1], found[0].dtype), before)], first(rank))


def _squeeze(graph: Graph, node: Node, data: Sequence[str], before: str, rank: int) -> Moved | None:
    dims = int_list(node, "squeeze_dims")
    if not dims:
        return None
    along = [first(rank)[dim % rank] for dim in dims]
    set_int_list(node, "squeeze_dims", along)
    return Moved([before], _without(along, rank))


def _expand(graph: Graph, node: Node, data: Sequence[str], before: str, rank: int) -> Moved | None:
    """A new dimension between those of the image (a sequence becomes an image one pixel high)."""
    value = graph.value(data[1])
    if value is None or int(value.reshape(())) % (rank + 1) < 2:
        return None
    axis = np.asarray(int(value.reshape(())) % (rank + 1) - 1, value.dtype).reshape(value.shape)
    return Moved([before, _constant(graph, node, axis, before)], first(rank + 1))


_MASKS: Final = ("begin_mask", "end_mask")
_OTHER_MASKS: Final = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _strided_slice(graph: Graph, node: Node, data: Sequence[str], before: str, rank: int) -> Moved | None:
    """A slice that keeps every dimension."""
    values = [graph.value(name) for name in data[1:4]]
    if any(node.attr[mask].i for mask in _OTHER_MASKS) or any(v is None or len(v) > rank for v in values):
        return None
    given = [v for v in values if v is not None]
    missing = rank - len(given[0])
    full = [np.concatenate([v, np.full(missing, fill, v.dtype)]) for v, fill in zip(given, (0, 0, 1), strict=True)]
    order = last(rank)
    for mask in _MASKS:
        bits = [bool(node.attr[mask].i >> dim & 1) or dim >= rank - missing for dim in range(rank)]
        node.attr[mask].i = sum(1 << place for place, bit in enumerate(permuted(bits, order)) if bit)
    return Moved([before, *(_constant(graph, node, v[order], before) for v in full)], first(rank))


RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(("Pad", "MirrorPad", "PadV2", "Tile"), _by_dimension(1)),
    "Slice": _by_dimension(1, (2,)),
    **dict.fromkeys(("SpaceToBatchND", "BatchToSpaceND"), _by_dimension(1, (2,), skip=1)),
    **dict.fromkeys(("Mean", "Sum", "Max", "Min", "Prod", "All", "Any", "EuclideanNorm"), _reduced("keep_dims")),
    **dict.fromkeys(("ArgMax", "ArgMin"), _reduced("")),
    "ReverseV2": _reversed,
    "Squeeze": _squeeze,
    "ExpandDims": _expand,
    "StridedSlice": _strided_slice,
}
