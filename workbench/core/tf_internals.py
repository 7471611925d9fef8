"""TensorFlow's private API that the Workbench uses: all of it, pinned by the lock file, and tested name by name.

Every function states the public alternative and why it is not sufficient. Nothing else imports `tensorflow.python`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.core.lazy import tensorflow


def inlined_graph(concrete: Any) -> Any:
    """The GraphDef of a `ConcreteFunction` with its functions inlined and loops lowered; variables are unchanged.

    `convert_to_constants._run_inline_graph_optimization`: the first step of TensorFlow's own freezing. Publicly it is
    only available together with the others (`tf.lite`'s converter;
    `tf.compat.v1.graph_util.convert_variables_to_constants` in a session), which turn variables into constants.
    """
    tensorflow()
    from tensorflow.python.framework import convert_to_constants

    return convert_to_constants._run_inline_graph_optimization(concrete, True, False)


def constants_graph(concrete: Any) -> Any:
    """The same with constants in place of the variables that it reads.

    `convert_to_constants._FunctionConverterDataInEager` and `_replace_variables_by_constants`: the first two of the
    three steps of `convert_variables_to_constants_v2`. The third wraps the graph into a function again, which takes
    half of its time, and only the graph is needed. The fallback is that function and its result's
    `graph.as_graph_def()`.
    """
    tensorflow()
    from tensorflow.python.framework import convert_to_constants

    data = convert_to_constants._FunctionConverterDataInEager(concrete, True, False)
    graph_def, _ = convert_to_constants._replace_variables_by_constants(data)
    return graph_def


def optimized(graph_def: Any, optimizer: str, kept: Sequence[str]) -> Any:
    """A GraphDef after one of Grappler's optimizers (`constfold`, `function`), small graphs included.

    `kept` are names of tensors that stay: Grappler removes nodes that none of them needs, and rejects a graph that
    lacks one. `grappler.tf_optimizer.OptimizeGraph`. Publicly the optimizers can only be switched on and off
    (`tf.config.optimizer.set_experimental_options`); they then work on a session's own copy, which cannot be retrieved.
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
