"""Splits grouped convolutions into one per group: TensorFlow on a CPU implements them only partly.

TensorFlow 1.15 does not implement grouped Conv2D; later releases do not implement those fused with a bias, and their
graph optimiser fuses them ("Fused conv implementation does not support grouped convolutions for now"). Grouped Conv3D
needs XLA or oneDNN ("Number of channels in filter must match last dimension of input").
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from workbench.core.graph.mutable_graph import Graph, Tensor

Node = Any

_CONVOLUTIONS: Final = ("Conv2D", "Conv3D")


def take_groups_apart(graph: Graph) -> bool:
    """Split every grouped convolution, in place; returns whether there was one. The node keeps its name."""
    found = [(node, groups) for node in list(graph.nodes.values()) if (groups := _groups(graph, node)) > 1]
    for node, groups in found:
        _take_apart(graph, node, groups)
    return bool(found)


def _groups(graph: Graph, node: Node) -> int:
    """The number of groups of a convolution: channels of the input divided by those of the weights; 1 for other
    nodes."""
    if node.op not in _CONVOLUTIONS:
        return 1
    image, weights = (graph.shape(name) for name in node.input[:2])
    channels = None if image is None else image[_axis(node)]
    inner = None if weights is None else weights[-2]
    return 1 if not channels or not inner else channels // inner


def _axis(node: Node) -> int:
    """The channel axis of an image."""
    form = node.attr["data_format"].s if "data_format" in node.attr else b""
    return 1 if form.startswith(b"NC") else {"Conv2D": 3, "Conv3D": 4}[node.op]


def _take_apart(graph: Graph, node: Node, groups: int) -> None:
    axis = _axis(node)
    images = _split(graph, f"{node.name}/images", node.input[0], axis, groups)
    weights = _weights(graph, f"{node.name}/weights", node.input[1], groups)
    output = _part(graph, node.name, axis, groups)
    parts = [
        _one(graph, node, f"{node.name}/group", [image, weight], output)
        for image, weight in zip(images, weights, strict=True)
    ]
    _join(graph, node, parts, axis)


def _one(graph: Graph, node: Node, name: str, inputs: list[str], output: Tensor) -> str:
    made = graph.add(name, node.op, inputs, inputs[0], output)
    for key, value in node.attr.items():
        graph.nodes[made].attr[key].CopyFrom(value)
    return made


def _join(graph: Graph, node: Node, parts: list[str], axis: int) -> None:
    """Turn the node into the concatenation of its groups."""
    place = graph.constant(f"{node.name}/axis", np.array(axis, np.int32), parts[0])
    dtype = graph.dtype(node.name)
    node.op = "ConcatV2"
    node.attr.clear()
    node.attr["N"].i = len(parts)
    node.attr["T"].type = dtype
    node.attr["Tidx"].type = graph.dtype(place)
    graph.set_inputs(node, [*parts, place])


def _split(graph: Graph, name: str, tensor: str, axis: int, groups: int) -> list[str]:
    place = graph.constant(f"{name}_axis", np.array(axis, np.int32), tensor)
    part = _part(graph, tensor, axis, groups)
    made = graph.add(name, "Split", [place, tensor], tensor, part, T=part.dtype)
    graph.nodes[made].attr["num_split"].i = groups
    names = [made, *(f"{made}:{n}" for n in range(1, groups))]
    for one in names:
        graph.note(one, part)
    return names


def _weights(graph: Graph, name: str, tensor: str, groups: int) -> list[str]:
    """The weights of each group: filters are split along their last axis."""
    values = graph.value(tensor)
    rank = len(graph.shape(tensor) or ())
    if values is None:
        return _split(graph, name, tensor, rank - 1, groups)
    return [graph.constant(name, part, tensor) for part in np.split(values, groups, axis=-1)]


def _part(graph: Graph, tensor: str, axis: int, groups: int) -> Tensor:
    sizes = list(graph.shape(tensor) or ())
    size = sizes[axis]
    sizes[axis] = None if size is None else size // groups
    return Tensor(tuple(sizes), graph.dtype(tensor))
