"""Graphs as the export freezes them, and running one: for tests of what is rewritten in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from layout_models import Array

from workbench.core.export.fold import fold
from workbench.core.export.freeze import FrozenGraph, freeze
from workbench.core.lazy import tensorflow


def frozen(model: Any, layout: str = "frozen") -> FrozenGraph:
    """The graph of a model with one input, any batch, as the export freezes it."""
    shape = (None, *model.inputs[0].shape[1:])
    return frozen_call(lambda given: model(given, training=False), shape, model.inputs[0].dtype, layout)


def frozen_call(
    call: Callable[[Any], Any], shape: Sequence[int | None], dtype: Any = "float32", layout: str = "frozen"
) -> FrozenGraph:
    """The same of any function of one tensor."""
    tf = tensorflow()
    whole = lambda given: [tf.identity(y) for y in tf.nest.flatten(call(given))]  # noqa: E731
    found = freeze(whole, [tf.TensorSpec(shape, dtype)], constants=layout == "frozen")
    return fold(found) if layout == "frozen" else found


def answers(graph: FrozenGraph, given: Array) -> list[Array]:
    """The outputs of a frozen graph, its variables given their values."""
    tf = tensorflow()
    values = {w.placeholder: w.variable.numpy() for w in graph.weights}
    with tf.Graph().as_default() as g, tf.compat.v1.Session(graph=g) as session:
        handles = {}
        for number, (name, value) in enumerate(values.items()):
            made = tf.compat.v1.get_variable(f"v{number}", value.shape, value.dtype, use_resource=True)
            made.load(value, session)
            handles[name] = made.handle
        used = {name.split(":")[0] for node in graph.graph_def.node for name in node.input}
        wanted = {name: handle for name, handle in handles.items() if name.split(":")[0] in used}
        tf.graph_util.import_graph_def(graph.graph_def, wanted, name="")
        return list(session.run(list(graph.outputs), {graph.inputs[0]: given}))


def ops(graph: FrozenGraph) -> Counter[str]:
    """How many nodes of each op."""
    return Counter(node.op for node in graph.graph_def.node)


def formats(graph: FrozenGraph) -> set[str]:
    """The layouts that the ops of a graph read, those of functions included."""
    bodies = [graph.graph_def.node, *(f.node_def for f in graph.graph_def.library.function)]
    return {n.attr["data_format"].s.decode() for body in bodies for n in body if "data_format" in n.attr}
