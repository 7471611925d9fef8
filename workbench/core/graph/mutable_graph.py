"""A GraphDef that is edited in place: nodes by name, readers of tensors, shapes, constants, loops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.lazy import tensorflow
from workbench.spec.model import Shape

Array = npt.NDArray[Any]
Node = Any


_LARGE: Final = 4096
"""A constant of at least this many bytes is a weight, not an axis or a size."""


class Tensor(msgspec.Struct, frozen=True):
    """Shape (`None`: unknown rank) and dtype (a number of `DataType`) of a tensor."""

    shape: Shape | None
    dtype: int


class Graph:
    """The nodes of a GraphDef in TensorFlow 1's form: functions inlined, loops made of Enter, Merge and Exit.

    The given message is edited in place: a copy would double the memory of the weights.

    Tensors are named as in `NodeDef.input`: `node` for the first output and `node:1` for the second. `variables` maps
    each placeholder of a handle, by node, to shape (`TensorShape`) and dtype of its variable.
    """

    def __init__(self, graph_def: Any, variables: Mapping[str, tuple[Any, Any]]) -> None:
        self._graph_def = graph_def
        self.nodes: dict[str, Node] = {node.name: node for node in self._graph_def.node}
        self._tensors = _inferred(graph_def, variables)
        self._readers: dict[str, list[str]] = defaultdict(list)
        for node in self._graph_def.node:
            self._read(node)
        self._depth: dict[str, int] = {}
        for name in self.in_order():
            self._depth[name] = self._depth_of(self.nodes[name])

    def graph_def(self) -> Any:
        """The edited message; nodes that nothing reads any more are still in it."""
        return self._graph_def

    def shape(self, tensor: str) -> Shape | None:
        """The static shape, with `None` for open dimensions; `None` if the rank is unknown."""
        found = self._tensors.get(plain(tensor))
        return None if found is None else found.shape

    def dtype(self, tensor: str) -> int:
        """The dtype, as the number of TensorFlow's `DataType`."""
        return self._tensors[plain(tensor)].dtype

    def value(self, tensor: str) -> Array | None:
        """The value of a constant; `None` for anything else."""
        node = self.nodes.get(tensor)
        if node is None or node.op != "Const":
            return None
        found: Array = tensorflow().make_ndarray(node.attr["value"].tensor)
        return found

    def producer(self, tensor: str) -> Node:
        """The node whose output a tensor is."""
        return self.nodes[source(tensor)]

    def readers(self, tensor: str) -> tuple[str, ...]:
        """The names of the nodes that read a tensor, each once."""
        return tuple(dict.fromkeys(self._readers[plain(tensor)]))

    def constant(self, name: str, values: Array, near: str) -> str:
        """A new constant. Near a tensor in a loop it gets a control input from that tensor, which places it in the
        loop."""
        control = [f"^{source(near)}"] if self._depth.get(source(near), 0) else []
        dtype = tensorflow().as_dtype(values.dtype).as_datatype_enum
        made = self.add(name, "Const", control, near, Tensor(values.shape, dtype), dtype=dtype)
        self.nodes[made].attr["value"].tensor.CopyFrom(tensorflow().make_tensor_proto(values))
        return made

    def add(self, name: str, op: str, inputs: Sequence[str], near: str, output: Tensor, **types: int) -> str:
        """Add a node with one output, in the loop of the tensor `near`; returns its name, which is also that of the
        output.

        `types` are its attributes that are dtypes (`DataType` numbers).
        """
        fresh, number = name, 0
        while fresh in self.nodes:
            number += 1
            fresh = f"{name}_{number}"
        node = self._graph_def.node.add(name=fresh, op=op, input=inputs)
        for key, dtype in types.items():
            node.attr[key].type = dtype
        self.nodes[fresh] = node
        self._depth[fresh] = self._depth.get(source(near), 0)
        self._tensors[fresh] = output
        self._read(node)
        return fresh

    def set_inputs(self, node: Node, inputs: Sequence[str]) -> None:
        """Replace the inputs of a node."""
        for name in node.input:
            self._readers[plain(name)].remove(node.name)
        del node.input[:]
        node.input.extend(inputs)
        self._read(node)

    def set_shape(self, tensor: str, shape: Shape | None) -> None:
        """Record the shape of a tensor that an edit has changed."""
        self.note(tensor, Tensor(shape, self.dtype(tensor)))
        _drop(self.producer(tensor), "_output_shapes")

    def note(self, tensor: str, facts: Tensor) -> None:
        """Record shape and dtype of a tensor that an edit has created."""
        self._tensors[plain(tensor)] = facts

    def redirect(self, readers: Sequence[str], old: str, new: str) -> None:
        """Replace the input `old` of these nodes by `new`."""
        for name in readers:
            node = self.nodes[name]
            self.set_inputs(node, [new if plain(i) == plain(old) else i for i in node.input])

    def _read(self, node: Node) -> None:
        for name in node.input:
            self._readers[plain(name)].append(node.name)

    def in_order(self) -> Iterator[str]:
        """Names of nodes in topological order; the back edges of loops are ignored."""
        seen: set[str] = set()
        for root in self.nodes:
            stack = [(root, False)]
            while stack:
                name, ready = stack.pop()
                if ready:
                    yield name
                elif name not in seen:
                    seen.add(name)
                    stack.append((name, True))
                    stack += [(source(i), False) for i in self._forward(self.nodes[name])]

    def _forward(self, node: Node) -> Iterator[str]:
        for name in node.input:
            if not (node.op == "Merge" and self.nodes[source(name)].op == "NextIteration"):
                yield name

    def _depth_of(self, node: Node) -> int:
        """The number of loops around a node."""
        deepest = max((self._depth[source(name)] for name in self._forward(node)), default=0)
        return deepest + {"Enter": 1, "Exit": -1}.get(node.op, 0)


def plain(tensor: str) -> str:
    """A tensor's name without the index of a first output."""
    return tensor.removesuffix(":0")


def source(tensor: str) -> str:
    """The name of the node that a tensor or a control edge comes from."""
    return tensor.lstrip("^").split(":")[0]


def moved(shape: Shape | None, order: Sequence[int]) -> Shape | None:
    """The shape after a transpose of that order; `None` stays `None`."""
    return None if shape is None else tuple(shape[place] for place in order)


def permuted(values: Sequence[Any], order: Sequence[int]) -> list[Any]:
    """A list with one entry per dimension, reordered as a transpose of that order does."""
    return [values[place] for place in order]


def int_list(node: Node, key: str) -> list[int]:
    """An attribute that is a list of integers; empty if it is missing."""
    return [int(i) for i in node.attr[key].list.i] if key in node.attr else []


def set_int_list(node: Node, key: str, values: Sequence[int]) -> None:
    """Replace an attribute that is a list of integers."""
    del node.attr[key].list.i[:]
    node.attr[key].list.i.extend(values)


def as_int32(values: Sequence[int]) -> Array:
    """Axes, orders and sizes in the dtype that every release accepts."""
    return np.array(values, np.int32)


def _inferred(graph_def: Any, variables: Mapping[str, tuple[Any, Any]]) -> dict[str, Tensor]:
    """Shape and dtype of every tensor, by TensorFlow's own inference."""
    tf = tensorflow()
    known = tf.compat.v1.GraphDef(versions=graph_def.versions)
    for node in graph_def.node:
        known.node.add().CopyFrom(_light(node))
        if node.name in variables:
            _declare(known.node[-1], *variables[node.name])
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(known, name="")
    return {plain(t.name): _tensor(t) for operation in graph.get_operations() for t in operation.outputs}


def _light(node: Node) -> Node:
    """A copy of the node; a large constant becomes a placeholder, since no shape depends on its values."""
    found = tensorflow().compat.v1.NodeDef()
    if node.op != "Const" or node.attr["value"].tensor.ByteSize() < _LARGE:
        found.CopyFrom(node)
        _drop(found, "_output_shapes")
        return found
    found.name, found.op = node.name, "Placeholder"
    found.input.extend(node.input)
    found.attr["dtype"].type = node.attr["dtype"].type
    found.attr["shape"].shape.CopyFrom(node.attr["value"].tensor.tensor_shape)
    return found


def _declare(node: Node, shape: Any, dtype: Any) -> None:
    """Turn the placeholder of a handle into the variable: only then the shapes of values read from it can be
    inferred."""
    node.op = "VarHandleOp"
    node.attr.clear()
    node.attr["dtype"].type = dtype.as_datatype_enum
    node.attr["shape"].shape.CopyFrom(shape.as_proto())


def _drop(node: Node, key: str) -> None:
    if key in node.attr:
        del node.attr[key]


def _tensor(tensor: Any) -> Tensor:
    shape = None if tensor.shape.rank is None else tuple(tensor.shape.as_list())
    return Tensor(shape, tensor.dtype.as_datatype_enum)
