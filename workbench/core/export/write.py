"""Writes a serving graph as a SavedModel with TF 1's builder: no object graph, no init op of TF 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from workbench.core.export.join import ServingGraph
from workbench.core.lazy import tensorflow

PB_NAME: Final = "saved_model.pb"

DEBUG_NAME: Final = "debug_name"
"""An attribute of VarHandleOp for which TensorFlow before 2.15 rejects the whole graph."""

MAX_FROZEN: Final = 1_800_000_000
"""Bytes of weights up to which one file is safe: protobuf rejects messages of 2 GiB."""


def write_saved_model(graph: ServingGraph, signatures: dict[str, Any], folder: Path, fingerprint: str) -> None:
    """Write `folder/saved_model.pb`, and `folder/variables` for a graph with variables; `folder` must not exist.

    `strip_default_attrs` lets older runtimes load ops whose newer attributes have their defaults. The fingerprint is
    written into the file itself (`meta_graph_version`), so that an export identifies itself.
    """
    tf1 = tensorflow().compat.v1
    session = tf1.Session(graph=graph.graph)  # Not entered: in its context the model's own variables could not be read.
    try:
        for variable, own in graph.variables:
            value = own.numpy()
            with graph.graph.as_default():
                variable.load(value, session)
        with graph.graph.as_default():
            builder = tf1.saved_model.Builder(str(folder))
            start = tf1.group(*graph.fills, name="fill_tables") if graph.fills else None
            builder.add_meta_graph_and_variables(
                session, ["serve"], signatures, main_op=start, strip_default_attrs=True
            )
            builder.save()
    finally:
        session.close()
    _sign(folder / PB_NAME, fingerprint)
    variables = folder / "variables"
    if variables.is_dir() and not any(variables.iterdir()):
        variables.rmdir()


def _sign(path: Path, fingerprint: str) -> None:
    tensorflow()
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    message = SavedModel.FromString(path.read_bytes())
    meta_graph = message.meta_graphs[0]
    meta_graph.meta_info_def.meta_graph_version = fingerprint
    for node in meta_graph.graph_def.node:
        # Annotations of this process (_output_shapes, ...): loaders need none, and some vary between runs.
        for note in [key for key in node.attr if key.startswith("_") or key == DEBUG_NAME]:
            del node.attr[note]
    # Map fields have no fixed order; with deterministic serialization the same export has the same bytes.
    path.write_bytes(message.SerializeToString(deterministic=True))
