"""The answers of a model that reads channels first, where this TensorFlow cannot compute that layout itself.

With oneDNN, or on a GPU, Keras' own call is the answer. Without, its convolutions refuse ("only supports the NHWC
tensor format on the CPU"), and the model's graph is run with every such op channels last, between two transposes
(`graph.channels_last`). What an export adds to that, cancelling transposes and folding, is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.core.graph.channels_last import channels_first, rewrite, variables_of
from workbench.core.graph.editing import Graph
from workbench.core.graph.groups import take_groups_apart
from workbench.core.graph.inline import inlined
from workbench.core.lazy import tensorflow
from workbench.spec.model import TensorFacts

Array = npt.NDArray[Any]
Call = Callable[[Sequence[Any]], list[Any]]

BATCH: Final = 32
"""Instances computed at once, as Keras' `predict` does."""


class EitherLayout:
    """A model's call, and in its place, once TensorFlow refused it for its layout, the same with channels last."""

    def __init__(self, call: Call, inputs: Sequence[TensorFacts]) -> None:
        """`call` takes the model's input tensors in the order of `inputs` and answers its outputs in order."""
        self._call, self._inputs = call, inputs
        self._rewritten: Call | None = None

    def predict(self, arrays: Sequence[Array], native: Callable[[], list[Array]]) -> list[Array]:
        """What `native` answers, or the same of the model with channels last, a batch at a time.

        Raises what `native` raises where the layout is not the reason, and `WorkbenchError` CHANNELS_FIRST for an op
        that cannot be rewritten.
        """

        def by_batches() -> list[Array]:
            starts = range(0, max(len(arrays[0]), 1), BATCH)
            batches = [self._run([array[start : start + BATCH] for array in arrays]) for start in starts]
            return [np.concatenate([np.asarray(y) for y in ys]) for ys in zip(*batches, strict=True)]

        return self._either(native, by_batches)

    def call(self, tensors: Sequence[Any], native: Callable[[], list[Any]]) -> list[Any]:
        """The same on tensors. While a function is being traced nothing is computed, and `native` is what is traced."""
        if not tensorflow().executing_eagerly():
            return native()
        return self._either(native, lambda: self._run(tensors))

    def _either(self, native: Callable[[], list[Any]], instead: Callable[[], list[Any]]) -> list[Any]:
        if self._rewritten is None:
            try:
                return native()
            except tensorflow().errors.OpError:
                self._rewritten = _with_channels_last(self._call, self._inputs)
                if self._rewritten is None:
                    raise
        return instead()

    def _run(self, values: Sequence[Any]) -> list[Any]:
        assert self._rewritten is not None  # Only called behind `_either`.
        tf = tensorflow()
        return self._rewritten([tf.constant(x, t.dtype) for x, t in zip(values, self._inputs, strict=True)])


def _with_channels_last(call: Call, inputs: Sequence[TensorFacts]) -> Call | None:
    """The call with every op channels last; `None` where none reads channels first."""
    tf = tensorflow()
    from tensorflow.python.framework import convert_to_constants

    specs = [tf.TensorSpec(t.shape, t.dtype, name=f"given_{place}") for place, t in enumerate(inputs)]
    traced = tf.function(lambda *given: [tf.identity(y) for y in call(given)], autograph=False)
    concrete = traced.get_concrete_function(*specs)
    outputs = [t.name for t in concrete.outputs]
    names = [t.name for t in concrete.inputs]
    graph_def = convert_to_constants._run_inline_graph_optimization(concrete, True, False)
    graph_def = inlined(graph_def, [*names, *outputs])
    if not channels_first(graph_def):
        return None
    held = {id(v.handle): v for v in concrete.graph.variables}
    variables = {inner.name: held[id(outer)] for outer, inner in concrete.graph.captures if id(outer) in held}
    graph = Graph(graph_def, variables_of(variables))
    rewrite(graph)
    take_groups_apart(graph)
    needed = tf.compat.v1.graph_util.extract_sub_graph(graph.graph_def(), [name.split(":")[0] for name in outputs])
    return _callable(needed, names, outputs, concrete)


def _callable(graph_def: Any, names: Sequence[str], outputs: Sequence[str], concrete: Any) -> Call:
    """The graph as a function of the model's inputs; what the trace captured (its variables) is handed on."""
    tf = tensorflow()
    used = {name.split(":")[0] for node in graph_def.node for name in node.input}

    def imported(*given: Any) -> list[Any]:
        fed = {name: t for name, t in zip(names, given, strict=True) if name.split(":")[0] in used}
        return list(tf.graph_util.import_graph_def(graph_def, fed, list(outputs), name=""))

    specs = [tf.TensorSpec(t.shape, t.dtype) for t in concrete.inputs]
    function = tf.compat.v1.wrap_function(imported, specs)
    captured = list(concrete.captured_inputs)
    return lambda tensors: list(function(*tensors, *captured))
