"""Traces functions into a self-contained GraphDef: weights as constants, or as variables beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from workbench.core.export.tables import Table, tables_of
from workbench.core.graph.inline import inlined
from workbench.core.lazy import tensorflow
from workbench.core.model.load import LoadedModel
from workbench.core.tf_internals import constants_graph, inlined_graph
from workbench.spec.errors import WorkbenchError


class GraphVariable(msgspec.Struct, frozen=True):
    """A variable of the model: the placeholder of its handle, and the variable itself."""

    placeholder: str
    variable: Any


class FrozenGraph(msgspec.Struct, frozen=True):
    """A GraphDef without functions, with the tensor names of its inputs and outputs in order.

    `weights` are the variables it reads, empty if they are constants in it; `tables` its lookup tables.
    """

    graph_def: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weights: tuple[GraphVariable, ...] = ()
    tables: tuple[Table, ...] = ()


def freeze(function: Callable[..., Any], specs: Sequence[Any], *, constants: bool = True) -> FrozenGraph:
    """Trace `function` for the given `TensorSpec`s; its variables become constants unless `constants` is false.

    Functions are inlined and loops lowered to TF 1's, so that the oldest runtimes can load the graph. Autograph is off:
    nothing here needs it, and it cannot read sources in a frozen program. Raises `WorkbenchError` TABLES for a lookup
    table without entries and for resources that are neither variables nor tables, FUNCTIONS for a function that is used
    in another way than by a plain call.
    """
    tf = tensorflow()
    concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
    weights, handles = _resources(concrete)
    inputs = tuple(t.name for t in concrete.inputs[: len(specs)])
    outputs = tuple(t.name for t in concrete.outputs)
    if not constants:
        whole = inlined(inlined_graph(concrete), [*(t.name for t in concrete.inputs), *outputs])
        return FrozenGraph(pruned(whole, outputs), inputs, outputs, weights, tables_of(whole, handles))
    whole = inlined(constants_graph(concrete), [*inputs, *outputs, *handles])
    return FrozenGraph(pruned(whole, outputs), inputs, outputs, tables=tables_of(whole, handles))


def refuse_writing(frozen: FrozenGraph) -> None:
    """Raise `WorkbenchError` WRITES_VARIABLES if a graph of constants still changes variables.

    A recurrent layer with `stateful=True` does so, and with tf_keras a layer called with `training=True`.
    """
    found = next((node.name for node in frozen.graph_def.node if node.op in _WRITING), None)
    if found is not None:
        text = f"The model changes its variables when it predicts ('{found}'); an export has constants"
        hint = "Rebuild it without stateful=True and without layers called with training=True, and save it again."
        raise WorkbenchError("WRITES_VARIABLES", f"{text}.", hint=hint)


_WRITING: Final = (
    "AssignVariableOp",
    "AssignAddVariableOp",
    "AssignSubVariableOp",
    "RngReadAndSkip",
    "StatefulUniform",
)


def _resources(concrete: Any) -> tuple[tuple[GraphVariable, ...], dict[str, Any]]:
    """The variables that a function reads, and its other resources by their placeholders."""
    variables = {id(v.handle): v for v in concrete.graph.variables}
    found, handles = [], {}
    for outer, inner in concrete.graph.captures:
        variable = variables.get(id(outer))
        if variable is not None:
            found.append(GraphVariable(inner.name, variable))
        elif inner.dtype == tensorflow().resource:
            handles[inner.name] = outer
    return tuple(found), handles


def pruned(graph_def: Any, outputs: tuple[str, ...]) -> Any:
    """Only the nodes that the outputs need: the lowering of loops leaves placeholders behind that nothing feeds."""
    tf = tensorflow()
    kept = tf.compat.v1.graph_util.extract_sub_graph(graph_def, [name.split(":")[0] for name in outputs])
    # The lowering of loops iterates over sets: the order differs from process to process, the nodes do not.
    kept.node.sort(key=lambda node: str(node.name))
    return kept


def freeze_model(model: LoadedModel, *, constants: bool = True) -> FrozenGraph:
    """The model's own graph, with inputs and outputs in the order of the facts."""
    tf = tensorflow()
    given = enumerate(model.facts.inputs)
    specs = [tf.TensorSpec(facts.shape or (None,), facts.dtype, name=f"given_{n}") for n, facts in given]

    def whole(*tensors: Any) -> list[Any]:
        # A model that returns an input unchanged would freeze to a graph whose output is its placeholder.
        return [tf.identity(t) for t in model(tensors)]

    return freeze(whole, specs, constants=constants)


def freeze_preprocess(function: Callable[[Any], Any], dtype: str) -> FrozenGraph:
    """The preprocessing graph: encoded bytes `(n,)` to a model's image input of that dtype."""
    tf = tensorflow()
    spec = tf.TensorSpec([None], tf.string, name="encoded")
    return freeze(lambda encoded: [tf.cast(tf.identity(function(encoded)), dtype)], [spec])
