"""Each use of TensorFlow's private API does what it is used for; a release that moves one is named by the failing test.

Truth is the function itself, called eagerly.
"""

from __future__ import annotations

from typing import Any

import pytest

from workbench.core.lazy import tensorflow
from workbench.core.tf_internals import constants_graph, inlined_graph, optimized

GIVEN = (1.0, 2.0, 4.0)


@pytest.fixture(scope="module")
def traced() -> tuple[Any, Any]:
    """A `ConcreteFunction` that reads a variable within a function, loops over it and adds constants; the variable."""
    tf = tensorflow()
    factor = tf.Variable(3.0)

    doubled = tf.function(lambda x: x * factor * 2.0, autograph=False)

    def whole(x: Any) -> Any:
        _, total = tf.while_loop(lambda n, _: n < 3, lambda n, y: (n + 1, y + x), (0, doubled(x)))
        return tf.identity(total + (tf.constant(1.0) + tf.constant(2.0)), name="answer")

    concrete = tf.function(whole, autograph=False).get_concrete_function(tf.TensorSpec([3], "float32", name="x"))
    return concrete, factor


def _names(concrete: Any) -> tuple[list[str], str]:
    return [t.name for t in concrete.inputs], concrete.outputs[0].name


def _ops(graph_def: Any) -> set[str]:
    return {node.op for node in graph_def.node}


def _ran(graph_def: Any, concrete: Any, fed: list[Any]) -> list[float]:
    """The graph's answer to `fed`, by the public importer."""
    tf = tensorflow()
    inputs, output = _names(concrete)

    def imported(*tensors: Any) -> Any:
        named = dict(zip(inputs, tensors, strict=False))
        return tf.graph_util.import_graph_def(graph_def, named, [output], name="")[0]

    specs = [tf.TensorSpec(t.shape, t.dtype) for t in concrete.inputs[: len(fed)]]
    answered: list[float] = tf.compat.v1.wrap_function(imported, specs)(*fed).numpy().tolist()
    return answered


def test_run_inline_graph_optimization_inlines_functions_and_keeps_variables(traced: tuple[Any, Any]) -> None:
    concrete, factor = traced
    graph_def = inlined_graph(concrete)
    assert _ops(graph_def) >= {"ReadVariableOp", "LoopCond"}
    assert not _ops(graph_def) & {"PartitionedCall", "StatefulPartitionedCall", "While", "StatelessWhile"}
    given = tensorflow().constant(GIVEN)
    assert _ran(graph_def, concrete, [given, factor.handle]) == concrete(given).numpy().tolist()


def test_function_converter_data_and_replace_variables_make_a_graph_of_constants(traced: tuple[Any, Any]) -> None:
    concrete, _ = traced
    graph_def = constants_graph(concrete)
    assert not _ops(graph_def) & {"ReadVariableOp", "VarHandleOp", "PartitionedCall", "StatefulPartitionedCall"}
    given = tensorflow().constant(GIVEN)
    assert _ran(graph_def, concrete, [given]) == concrete(given).numpy().tolist()


def test_grappler_folds_constants_of_a_small_graph_and_keeps_what_is_named(traced: tuple[Any, Any]) -> None:
    concrete, _ = traced
    inputs, output = _names(concrete)
    graph_def = constants_graph(concrete)
    folded = optimized(graph_def, "constfold", [inputs[0], output])
    adding = [node for node in graph_def.node if node.op in ("Add", "AddV2")]
    assert len([node for node in folded.node if node.op in ("Add", "AddV2")]) < len(adding)
    given = tensorflow().constant(GIVEN)
    assert _ran(folded, concrete, [given]) == concrete(given).numpy().tolist()


def test_grappler_inlines_the_functions_of_a_graph() -> None:
    tf = tensorflow()
    inner = tf.function(lambda x: x + 1.0, autograph=False)
    concrete = tf.function(lambda x: tf.identity(inner(x)), autograph=False).get_concrete_function(
        tf.TensorSpec([3], "float32", name="x")
    )
    before = concrete.graph.as_graph_def()
    assert len(before.library.function) > 0
    inputs, output = _names(concrete)
    after = optimized(before, "function", [*inputs, output])
    assert not _ops(after) & {"PartitionedCall", "StatefulPartitionedCall"}
    given = tf.constant(GIVEN)
    assert _ran(after, concrete, [given]) == concrete(given).numpy().tolist()
