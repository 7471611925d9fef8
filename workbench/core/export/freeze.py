"""Traces functions and turns their variables into constants: a GraphDef that stands alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from workbench.core.lazy import tensorflow
from workbench.core.model.load import LoadedModel
from workbench.spec.model import Shape, TensorFacts


class FrozenGraph(msgspec.Struct, frozen=True):
    """A GraphDef without variables or functions, with the tensor names of its inputs and outputs in order."""

    graph_def: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def freeze(function: Callable[..., Any], specs: Sequence[Any]) -> FrozenGraph:
    """Trace `function` for the given `TensorSpec`s and freeze it.

    Functions are inlined and loops lowered to TF 1's, so that the oldest runtimes read the graph.
    Autograph is off: nothing here needs it, and it cannot read sources in a frozen program.
    """
    tf = tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
    frozen = convert_variables_to_constants_v2(concrete)
    inputs, outputs = (tuple(t.name for t in side) for side in (frozen.inputs, frozen.outputs))
    return FrozenGraph(_pruned(frozen.graph.as_graph_def(), outputs), inputs, outputs)


def _pruned(graph_def: Any, outputs: tuple[str, ...]) -> Any:
    """Only what the outputs need: lowering loops leaves placeholders behind that nobody feeds."""
    tf = tensorflow()
    kept = tf.compat.v1.graph_util.extract_sub_graph(graph_def, [name.split(":")[0] for name in outputs])
    # The lowering of loops walks sets: the order differs from process to process, the nodes do not.
    kept.node.sort(key=lambda node: str(node.name))
    return kept


def freeze_model(model: LoadedModel, image: TensorFacts, size: tuple[int, int]) -> FrozenGraph:
    """The model's own graph: its inputs in order, the image input at `size`, to its outputs in order."""
    tf = tensorflow()
    specs = []
    for place, facts in enumerate(model.facts.inputs):
        shape: Shape = facts.shape or (None,)
        if facts.name == image.name:
            shape = (None, *size, shape[3])
        specs.append(tf.TensorSpec(shape, facts.dtype, name=f"given_{place}"))

    def whole(*tensors: Any) -> list[Any]:
        # A model that merely hands an input on would freeze to a graph whose output is its placeholder.
        return [tf.identity(t) for t in model(tensors)]

    return freeze(whole, specs)


def freeze_preprocess(function: Callable[[Any], Any]) -> FrozenGraph:
    """The preprocessing graph: encoded bytes `(n,)` to the model's image input."""
    tf = tensorflow()
    return freeze(lambda encoded: [function(encoded)], [tf.TensorSpec([None], tf.string, name="encoded")])
