"""Joins the preprocessing graph, the model's graph and the passthrough keys into one serving graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.core.export.freeze import FrozenGraph
from workbench.core.lazy import tensorflow
from workbench.spec.signature import DT_NAMES, SERVING_DEFAULT, Composition, TensorSpec

Tensor = Any


class ServingGraph(msgspec.Struct, frozen=True):
    """A joined graph: the GraphDef's graph, what is fed and fetched, and the model's own image tensor's name."""

    graph: Any
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    image_tensor: str


def join(
    preprocess: FrozenGraph, model: FrozenGraph, composition: Composition, input_names: tuple[str, ...]
) -> ServingGraph:
    """Build the graph of `serving_default`; `input_names` are the model's inputs in its order."""
    tf = tensorflow()
    signature = composition.signatures[SERVING_DEFAULT]
    graph = tf.Graph()
    with graph.as_default():
        placeholders = {alias: _placeholder(spec) for alias, spec in signature.inputs.items()}
        pixels = _import(preprocess, [placeholders[composition.image_alias]], "preprocess")[0]
        by_model_input = {name: placeholders[alias] for alias, name in composition.feeds.items()}
        by_model_input[composition.feeds[composition.image_alias]] = pixels
        scores = _import(model, [by_model_input[name] for name in input_names], "model")
        outputs = dict(zip(composition.scores, scores, strict=True))
        outputs |= {key: placeholders[key] for key in composition.passthrough}
        named = {alias: _named(outputs[alias], spec) for alias, spec in signature.outputs.items()}
    return ServingGraph(graph, placeholders, named, pixels.name)


def _placeholder(spec: TensorSpec) -> Tensor:
    tf = tensorflow()
    shape = None if spec.shape is None else [None if d < 0 else d for d in spec.shape]
    return tf.compat.v1.placeholder(_dtype(spec), shape, name=spec.name.removesuffix(":0"))


def _dtype(spec: TensorSpec) -> Any:
    return tensorflow().as_dtype(next(name for name, dt in DT_NAMES.items() if dt == spec.dtype))


def _import(piece: FrozenGraph, feeds: list[Tensor], name: str) -> list[Tensor]:
    """Import a frozen graph with its placeholders replaced by `feeds`, without leaving them behind."""
    tf = tensorflow()
    places = {tensor.split(":")[0] for tensor in piece.inputs}
    graph_def = tf.compat.v1.GraphDef()
    graph_def.CopyFrom(piece.graph_def)
    kept = [node for node in graph_def.node if node.name not in places]
    del graph_def.node[:]
    graph_def.node.extend(kept)
    used = {name.lstrip("^").split(":")[0] for node in kept for name in node.input}
    # An input the model never looks at is asked for all the same, but there is nothing to join it to.
    input_map = {t: f for t, f in zip(piece.inputs, feeds, strict=True) if t.split(":")[0] in used}
    return list(tf.graph_util.import_graph_def(graph_def, input_map, list(piece.outputs), name=name))


def _named(tensor: Tensor, spec: TensorSpec) -> Tensor:
    tf = tensorflow()
    name = spec.name.removesuffix(":0")
    if tensor.dtype != tf.string:
        return tf.identity(tensor, name=name)
    with tf.device("/CPU:0"):  # Strings have no kernel elsewhere.
        return tf.identity(tensor, name=name)


def written_signature(graph: ServingGraph, method_name: str) -> Any:
    """The `SignatureDef` message of a joined graph."""
    saved_model = tensorflow().compat.v1.saved_model
    info = saved_model.build_tensor_info
    with graph.graph.as_default():
        inputs = {alias: info(tensor) for alias, tensor in graph.inputs.items()}
        outputs = {alias: info(tensor) for alias, tensor in graph.outputs.items()}
        return saved_model.build_signature_def(inputs, outputs, method_name)
