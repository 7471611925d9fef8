"""Predicts with a channels-first model if this TensorFlow cannot compute that layout itself.

With oneDNN, or on a GPU, Keras' own call is used. Otherwise its convolutions fail ("only supports the NHWC tensor
format on the CPU"), and the model's graph is run with every such op channels last, between two transposes
(`graph.channels_last`). The further steps of an export (cancelling transposes, folding) are not applied here.

Structures (dicts, lists) keep the nesting that Keras uses: nothing here names or orders inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from workbench.core.graph.channels_last import channels_first, rewrite, variables_of
from workbench.core.graph.groups import take_groups_apart
from workbench.core.graph.inline import inlined
from workbench.core.graph.mutable_graph import Graph
from workbench.core.lazy import tensorflow
from workbench.core.tf_internals import inlined_graph

Structure = Any
"""Arrays or tensors in the nesting of the model's own inputs or outputs."""

Call = Callable[[Structure], Structure]

BATCH: Final = 32
"""Instances computed at once, the default of Keras' `predict`."""


class EitherLayout:
    """A Keras model's `predict` and call; computed channels last once TensorFlow has rejected the model's own
    layout."""

    def __init__(self, keras_model: Any) -> None:
        self._model = keras_model
        self._rewritten: dict[str, Call] = {}
        """Rewritten calls, keyed by the shapes and dtypes of an instance's inputs."""

    def predict(self, arrays: Structure) -> Structure:
        """The model's `predict`, batch first.

        Raises what the model raises if its layout is not the reason, and `WorkbenchError` CHANNELS_FIRST for an op that
        cannot be rewritten.
        """
        return self._either(lambda: self._model.predict(arrays, verbose=0), self._by_batches, arrays)

    def call(self, tensors: Structure) -> Structure:
        """The same for tensors, in inference mode.

        Inside a function that is being traced nothing is computed yet: there the model's own ops are traced.
        """
        if not tensorflow().executing_eagerly():
            return self._model(tensors, training=False)
        return self._either(lambda: self._model(tensors, training=False), self._run, tensors)

    def _either(self, native: Callable[[], Structure], instead: Call, given: Structure) -> Structure:
        if not self._rewritten:
            try:
                return native()
            except tensorflow().errors.OpError:
                if not self._rewrite(given):
                    raise
        return instead(given)

    def _by_batches(self, arrays: Structure) -> Structure:
        nest = tensorflow().nest
        count = len(nest.flatten(arrays)[0])
        starts = range(0, max(count, 1), BATCH)
        batches = [self._run(nest.map_structure(lambda a, s=start: a[s : s + BATCH], arrays)) for start in starts]
        return nest.map_structure(lambda *parts: np.concatenate([np.asarray(p) for p in parts]), *batches)

    def _run(self, given: Structure) -> Structure:
        if _form(given) not in self._rewritten:
            self._rewrite(given)
        return self._rewritten[_form(given)](given)

    def _rewrite(self, given: Structure) -> bool:
        """Whether the model is channels first; if so, its rewritten function for inputs of this form is stored."""
        made = _with_channels_last(self._model, given)
        if made is not None:
            self._rewritten[_form(given)] = made
        return made is not None


def _form(given: Structure) -> str:
    tf = tensorflow()
    return str(tf.nest.map_structure(lambda value: (tuple(value.shape[1:]), str(tf.as_dtype(value.dtype))), given))


def _with_channels_last(model: Any, given: Structure) -> Call | None:
    """The model's call with every op channels last; `None` if no op is channels first."""
    tf = tensorflow()
    specs = [tf.TensorSpec((None, *v.shape[1:]), tf.as_dtype(v.dtype)) for v in tf.nest.flatten(given)]
    answered: list[Structure] = []

    def called(*flat: Any) -> list[Any]:
        answered[:] = [model(tf.nest.pack_sequence_as(given, flat), training=False)]
        return [tf.identity(y) for y in tf.nest.flatten(answered[0])]

    concrete = tf.function(called, autograph=False).get_concrete_function(*specs)
    outputs = [t.name for t in concrete.outputs]
    graph_def = inlined(inlined_graph(concrete), [*(t.name for t in concrete.inputs), *outputs])
    if not channels_first(graph_def):
        return None
    graph = Graph(graph_def, variables_of(_variables(concrete)))
    rewrite(graph)
    take_groups_apart(graph)
    function = _function(graph, concrete, outputs)
    # Only the nesting is kept: the closure would otherwise keep the tensors of the trace alive.
    pattern = tf.nest.map_structure(lambda _: 0, answered[0])
    return lambda values: tf.nest.pack_sequence_as(pattern, function(tf.nest.flatten(values)))


def _variables(concrete: Any) -> dict[str, Any]:
    """The variables of a traced function, keyed by the placeholders of their handles."""
    held = {id(variable.handle): variable for variable in concrete.graph.variables}
    return {inner.name: held[id(outer)] for outer, inner in concrete.graph.captures if id(outer) in held}


def _function(graph: Graph, concrete: Any, outputs: Sequence[str]) -> Callable[[Sequence[Any]], list[Any]]:
    """An edited graph as a function of its inputs; what the trace captured (variables) is passed along."""
    tf = tensorflow()
    needed = tf.compat.v1.graph_util.extract_sub_graph(graph.graph_def(), [name.split(":")[0] for name in outputs])
    used = {name.split(":")[0] for node in needed.node for name in node.input}
    names = [t.name for t in concrete.inputs]

    def imported(*fed: Any) -> list[Any]:
        inputs = {name: t for name, t in zip(names, fed, strict=True) if name.split(":")[0] in used}
        return list(tf.graph_util.import_graph_def(needed, inputs, list(outputs), name=""))

    function = tf.compat.v1.wrap_function(imported, [tf.TensorSpec(t.shape, t.dtype) for t in concrete.inputs])
    captured = list(concrete.captured_inputs)
    dtypes = [t.dtype for t in concrete.inputs[: len(names) - len(captured)]]

    def run(values: Sequence[Any]) -> list[Any]:
        given = [tf.convert_to_tensor(value, dtype) for value, dtype in zip(values, dtypes, strict=True)]
        return list(function(*given, *captured))

    return run
