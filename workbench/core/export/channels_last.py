"""A frozen model that reads channels first, made to read channels last inside: such a graph runs on every processor.

Inputs and outputs stay as they are. GPUs lose nothing: TensorFlow's own layout optimiser puts graphs into the order
that a device likes, but never the other way round on a CPU.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.core.export.freeze import FrozenGraph, pruned
from workbench.core.graph.channels_last import channels_first, refusal, rewrite, variables_of
from workbench.core.graph.editing import Graph
from workbench.core.graph.groups import take_groups_apart
from workbench.core.graph.transposes import cancel


def reads_channels_first(frozen: FrozenGraph) -> bool:
    """Whether an op of the graph has its channels before height and width."""
    return bool(channels_first(frozen.graph_def))


def channels_last(frozen: FrozenGraph) -> FrozenGraph:
    """The same function with channels last, transposes cancelled between neighbours; inputs and outputs keep all.

    Raises `WorkbenchError` CHANNELS_FIRST naming the op that it cannot rewrite.
    """
    if not reads_channels_first(frozen):
        return frozen
    graph = rewrite(frozen.graph_def, _variables(frozen))
    cancel(graph, {name.split(":")[0] for name in frozen.outputs})
    done = pruned(graph.graph_def(), frozen.outputs)
    _refuse_left(done)
    return msgspec.structs.replace(frozen, graph_def=done)


def groups_apart(frozen: FrozenGraph) -> FrozenGraph:
    """The same function with a convolution for each group where one works in groups."""
    graph = Graph(frozen.graph_def, _variables(frozen))
    if not take_groups_apart(graph):
        return frozen
    return msgspec.structs.replace(frozen, graph_def=pruned(graph.graph_def(), frozen.outputs))


def _variables(frozen: FrozenGraph) -> dict[str, tuple[Any, Any]]:
    return variables_of({w.placeholder: w.variable for w in frozen.weights})


def _refuse_left(graph_def: Any) -> None:
    for node in channels_first(graph_def):
        raise refusal(node, "it was left as it is")
