"""TensorFlow's private API, all of it that the workbench uses: pinned by the lock file, and tested name by name.

Every function says which public way there is and why it does not do. Nothing else imports `tensorflow.python`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.core.lazy import tensorflow


def inlined_graph(concrete: Any) -> Any:
    """The GraphDef of a `ConcreteFunction` with its functions inlined and loops lowered; variables stay as they are.

    `convert_to_constants._run_inline_graph_optimization`: the first step of TensorFlow's own freezing. Publicly it
    comes only together with the others (`tf.lite`'s converter; `tf.compat.v1.graph_util.
    convert_variables_to_constants` in a session), which turn variables into constants.
    """
    tensorflow()
    from tensorflow.python.framework import convert_to_constants

    return convert_to_constants._run_inline_graph_optimization(concrete, True, False)


def constants_graph(concrete: Any) -> Any:
    """The same with constants in place of the variables that it reads.

    `convert_to_constants._FunctionConverterDataInEager` and `_replace_variables_by_constants`: the two halves of
    `convert_variables_to_constants_v2` without its third, which wraps the graph into a function again. That takes half
    of its time, and only the graph is wanted. The fallback is that function and its result's `graph.as_graph_def()`.
    """
    tensorflow()
    from tensorflow.python.framework import convert_to_constants

    data = convert_to_constants._FunctionConverterDataInEager(concrete, True, False)
    graph_def, _ = convert_to_constants._replace_variables_by_constants(data)
    return graph_def


def optimized(graph_def: Any, optimizer: str, kept: Sequence[str]) -> Any:
    """A GraphDef after one of Grappler's optimizers (`constfold`, `function`), small graphs too.

    `kept` are names of tensors that stay: Grappler removes what none of them needs, and refuses a graph that lacks one.
    `grappler.tf_optimizer.OptimizeGraph`. Publicly the optimizers can only be switched
    (`tf.config.optimizer.set_experimental_options`); they then work on a session's own copy, which nothing returns.
    """
    tensorflow()
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow.python.grappler import tf_optimizer

    meta = meta_graph_pb2.MetaGraphDef(graph_def=graph_def)
    meta.collection_def["train_op"].node_list.value.extend(kept)
    config = config_pb2.ConfigProto()
    options = config.graph_options.rewrite_options
    options.min_graph_nodes = -1
    options.optimizers.append(optimizer)
    return tf_optimizer.OptimizeGraph(config, meta)
