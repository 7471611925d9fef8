"""Joins preprocessing, model and keys into one serving graph that all signatures share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.core.export.freeze import FrozenGraph, GraphVariable
from workbench.core.export.parse import parse_examples
from workbench.core.export.reply_tensors import OutputBuilder, most_wanted
from workbench.core.export.tables import add_tables
from workbench.core.lazy import tensorflow
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.signature import Composition
from workbench.spec.tensors import NUMPY_NAMES, SignatureOutput, SignatureSpec, TensorSpec, pixel_tensor

Tensor = Any


class ServingGraph(msgspec.Struct, frozen=True):
    """A joined graph, and its variables, each with the model's variable that has its value (none if frozen).

    `fills` are the ops that fill its lookup tables; the loader runs them.
    """

    graph: Any
    variables: tuple[tuple[Any, Any], ...] = ()
    fills: tuple[Any, ...] = ()


def join(
    preprocess: Mapping[str, FrozenGraph],
    model: FrozenGraph,
    made: Composition,
    facts: ModelFacts,
    project: Project,
) -> ServingGraph:
    """Build the graph of all signatures of `made`; `preprocess` has a graph for each image alias.

    The serving signature's inputs default to the parsed Examples, and the model's image input to the preprocessed
    image: each signature feeds the tensors at its own entry point, and the weights exist only once.
    """
    tf = tensorflow()
    graph = tf.Graph()
    with graph.as_default():
        inputs = _inputs(made, project)
        fed = {f.source: inputs[f.alias] for f in made.feeds if f.kind == "tensor"}
        for feed in made.feeds:
            if feed.kind == "image":
                fed[feed.source] = _pixels(preprocess[feed.alias], inputs[feed.alias], feed.alias, made)
        variables = _variables(model.weights)
        handles = {w.placeholder: v.handle for w, v in zip(model.weights, variables, strict=True)}
        tables, fills = add_tables(model.tables)
        outputs = _import(model, [fed[t.name] for t in facts.inputs], "model", handles | tables)
        _answers(made, facts, project, dict(zip((t.name for t in facts.outputs), outputs, strict=True)), inputs)
    pairs = zip(variables, (w.variable for w in model.weights), strict=True)
    return ServingGraph(graph, tuple(pairs), fills)


def _inputs(made: Composition, project: Project) -> dict[str, Tensor]:
    if made.examples is None:
        return {f.alias: _placeholder(f.tensor) for f in made.feeds}
    serialized = _placeholder(made.examples)
    defaults = project.signature.defaults
    # Two parsers: classify parses only the model's features and must not require the passthrough keys.
    own = parse_examples(serialized, [f for f in made.feeds if f.kind != "passthrough"], defaults)
    passed = parse_examples(serialized, [f for f in made.feeds if f.kind == "passthrough"], defaults)
    return {f.alias: _with_default((own | passed)[f.alias], f.tensor) for f in made.feeds}


def _placeholder(spec: TensorSpec) -> Tensor:
    return tensorflow().compat.v1.placeholder(_dtype(spec), _shape(spec), name=_op_name(spec))


def _with_default(tensor: Tensor, spec: TensorSpec) -> Tensor:
    tf = tensorflow()
    with tf.device("/CPU:0" if tensor.dtype == tf.string else None):
        return tf.compat.v1.placeholder_with_default(tensor, _shape(spec), name=_op_name(spec))


def _shape(spec: TensorSpec) -> list[int | None] | None:
    return None if spec.shape is None else [None if d < 0 else d for d in spec.shape]


def _dtype(spec: TensorSpec) -> Any:
    return tensorflow().as_dtype(NUMPY_NAMES[spec.dtype])


def _op_name(spec: TensorSpec) -> str:
    return _exact(spec.name)


def _exact(tensor: str) -> str:
    # A name that ends in a slash is used unchanged; otherwise TensorFlow's Python numbers names that differ only in
    # case.
    return f"{tensor.removesuffix(':0')}/"


def _pixels(preprocess: FrozenGraph, encoded: Tensor, alias: str, made: Composition) -> Tensor:
    """The preprocessed image, which the tensor signature may feed at any size that the model accepts."""
    tf = tensorflow()
    pixels = _import(preprocess, [encoded], f"preprocess/{alias}")[0]
    shape = _shape(made.tensors[alias]) if alias in made.tensors else pixels.shape
    return tf.compat.v1.placeholder_with_default(pixels, shape, name=_exact(pixel_tensor(alias)))


def _variables(weights: Sequence[GraphVariable]) -> list[Any]:
    """One TF 1 variable for each variable of the model; their values are assigned before writing."""
    tf1 = tensorflow().compat.v1
    found = []
    for number, weight in enumerate(weights):
        own = re.sub(r"[^A-Za-z0-9_.\-/]+", "_", weight.variable.name.split(":")[0])
        name = f"weights/{number:04d}/{own}"
        zeros = tf1.zeros_initializer()
        shape, dtype = weight.variable.shape, weight.variable.dtype
        found.append(tf1.get_variable(name, shape, dtype, zeros, use_resource=True, trainable=False))
    return found


def _import(
    piece: FrozenGraph, feeds: list[Tensor], name: str, handles: Mapping[str, Tensor] | None = None
) -> list[Tensor]:
    """Import a frozen graph with its placeholders replaced by `feeds` and removed."""
    tf = tensorflow()
    replaced = dict(zip(piece.inputs, feeds, strict=True)) | dict(handles or {})
    places = {tensor.split(":")[0] for tensor in replaced}
    graph_def = tf.compat.v1.GraphDef()
    graph_def.versions.CopyFrom(piece.graph_def.versions)
    graph_def.node.extend(node for node in piece.graph_def.node if node.name not in places)
    for node in graph_def.node:
        if node.op == "Enter":  # Loop names get no prefix on import, and two graphs may share one.
            node.attr["frame_name"].s = f"{name}/{node.attr['frame_name'].s.decode()}".encode()
    used = {name.lstrip("^").split(":")[0] for node in graph_def.node for name in node.input}
    # An input that the model never reads is still part of the signature, but there is nothing to connect it to.
    input_map = {t: f for t, f in replaced.items() if t.split(":")[0] in used}
    return list(tf.graph_util.import_graph_def(graph_def, input_map, list(piece.outputs), name=name))


def _answers(
    made: Composition, facts: ModelFacts, project: Project, outputs: dict[str, Tensor], inputs: dict[str, Tensor]
) -> None:
    wanted: tuple[SignatureOutput, ...] = (*made.answers, *made.classify)
    answering = OutputBuilder(
        project.signature, scores_answer(facts, project), outputs, inputs, most_wanted(made.answers)
    )
    for answer in wanted:
        _name(answering.tensor(answer), answer.tensor)


def _name(tensor: Tensor, spec: TensorSpec) -> Tensor:
    tf = tensorflow()
    with tf.device("/CPU:0" if tensor.dtype == tf.string else None):  # Strings have no kernel elsewhere.
        return tf.identity(tensor, name=_op_name(spec))


def written_signature(graph: ServingGraph, signature: SignatureSpec) -> Any:
    """The `SignatureDef` message of one signature, with the shapes that the composer determined.

    A shape may be more open than the graph's own, so that what is written is what `show` displays before loading.
    """
    tf1 = tensorflow().compat.v1
    with graph.graph.as_default():
        sides = [{a: _info(graph, spec) for a, spec in side.items()} for side in (signature.inputs, signature.outputs)]
        return tf1.saved_model.build_signature_def(*sides, signature.method_name)


def _info(graph: ServingGraph, spec: TensorSpec) -> Any:
    tensor = graph.graph.get_tensor_by_name(spec.name)
    info = tensorflow().compat.v1.saved_model.build_tensor_info(tensor)
    info.tensor_shape.CopyFrom(tensorflow().TensorShape(_shape(spec)).as_proto())
    return info
