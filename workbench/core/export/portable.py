"""A frozen model in ops that TensorFlow computes on every CPU, oneDNN or not, and reads in every release.

Layers that read channels first read channels last inside; convolutions in groups are taken apart; norms of volumes
are written out. Inputs and outputs stay as they are. GPUs lose nothing: TensorFlow's own layout optimiser gives a
graph the layout that they like, and never does so on a CPU.
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
    """The same function; the names of its inputs and outputs stay.

    Raises `WorkbenchError` CHANNELS_FIRST naming the op that cannot be rewritten.
    """
    if channels_first(frozen.graph_def):
        # Folded before, so that axes are constants, and after, since norms fold into channels last only.
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
