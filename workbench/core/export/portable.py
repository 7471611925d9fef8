"""A frozen model in ops that TensorFlow computes on every CPU, with or without oneDNN, and in every release.

Channels-first layers become channels-last inside; grouped convolutions are split; norms of volumes are written out.
Inputs and outputs are unchanged. GPUs lose nothing: TensorFlow's own layout optimiser changes a graph to the layout
that suits them, which it never does on a CPU.
"""

from __future__ import annotations

import msgspec

from workbench.core.export.fold import fold
from workbench.core.export.freeze import FrozenGraph, pruned
from workbench.core.graph.channels_last import channels_first, refusal, rewrite, variables_of
from workbench.core.graph.groups import take_groups_apart
from workbench.core.graph.mutable_graph import Graph
from workbench.core.graph.norms import norms_as_arithmetic
from workbench.core.graph.transposes import cancel


def portable(frozen: FrozenGraph) -> FrozenGraph:
    """The same function; the names of its inputs and outputs are unchanged.

    Raises `WorkbenchError` CHANNELS_FIRST naming the op that cannot be rewritten.
    """
    if channels_first(frozen.graph_def):
        # Folded before, so that axes are constants, and after, since norms fold only in channels-last layout.
        frozen = fold(_channels_last(fold(frozen)))
    graph = _graph(frozen)
    norms = norms_as_arithmetic(graph)
    if not take_groups_apart(graph) and not norms:
        return frozen
    done = _done(frozen, graph)
    return fold(done) if norms else done


def _channels_last(frozen: FrozenGraph) -> FrozenGraph:
    graph = _graph(frozen)
    rewrite(graph)
    cancel(graph, {name.split(":")[0] for name in frozen.outputs})
    done = _done(frozen, graph)
    for node in channels_first(done.graph_def):
        raise refusal(node, "it was left as it is")
    return done


def _graph(frozen: FrozenGraph) -> Graph:
    return Graph(frozen.graph_def, variables_of({w.placeholder: w.variable for w in frozen.weights}))


def _done(frozen: FrozenGraph, graph: Graph) -> FrozenGraph:
    return msgspec.structs.replace(frozen, graph_def=pruned(graph.graph_def(), frozen.outputs))
