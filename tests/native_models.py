"""Small SavedModels for the tests of the C API's session, written by TensorFlow's own Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from workbench.core.lazy import tensorflow

DTYPES: Final = (
    "float32 float64 int32 uint8 int16 int8 string complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16 "
    "uint16 complex128 float16 uint32 uint64"
).split()
"""The dtypes that the C API's session runs an Identity of on a processor, by TensorFlow's names."""

CONSTANT: Final = np.arange(4000, dtype="float32").reshape(40, 100)
"""Larger than what is copied in any case."""


def write_identities(folder: Path) -> Path:
    """A signature a dtype (`x` to `y`), and others for repeated outputs, sums and inner tensors. Returns the folder."""
    tf = tensorflow()
    v1, graph = tf.compat.v1, tf.Graph()
    with graph.as_default(), v1.Session(graph=graph) as session:
        signatures = {name: _identity(name) for name in DTYPES}
        image = v1.placeholder(tf.float32, (None, 4), name="rows")
        sums = tf.reduce_sum(image, axis=1, name="sums")
        signatures["twice"] = _definition({"x": image}, {"a": sums, "b": sums, "same": image})
        signatures["sums"] = _definition({"x": image}, {"y": sums})
        count = v1.placeholder(tf.int64, (None,), name="count")
        signatures["fill"] = _definition({"n": count}, {"y": tf.fill(count, 1.0)})
        tf.constant(CONSTANT, name="constant")
        variable = v1.get_variable("weights", initializer=CONSTANT, use_resource=True)
        tf.identity(variable.read_value(), name="reading")
        tf.identity(variable.handle, name="handle")
        tf.matmul(tf.tile(image, [400, 1]), tf.ones((4, 400)), name="work")
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures)
        builder.save()
    return folder


def write_tagged(folder: Path) -> Path:
    """Two graphs in one SavedModel, the first of them for other tags, under the same key of signature."""
    tf = tensorflow()
    v1, graph = tf.compat.v1, tf.Graph()
    with graph.as_default(), v1.Session(graph=graph) as session:
        fed = v1.placeholder(tf.float32, (None,), name="x")
        doubled = _definition({"x": fed}, {"doubled": tf.multiply(fed, 2.0)})
        tripled = _definition({"x": fed}, {"tripled": tf.multiply(fed, 3.0)})
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve", "tpu"], signature_def_map={"run": doubled})
        builder.add_meta_graph(["serve"], signature_def_map={"run": tripled})
        builder.save()
    return folder


def _identity(name: str) -> Any:
    tf = tensorflow()
    fed = tf.compat.v1.placeholder(name, None, name=f"{name}/x")
    return _definition({"x": fed}, {"y": tf.identity(fed, name=f"{name}/y")})


def _definition(inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
    build = tensorflow().compat.v1.saved_model
    sides = ({a: build.build_tensor_info(t) for a, t in side.items()} for side in (inputs, outputs))
    return build.signature_def_utils.build_signature_def(*sides, "tensorflow/serving/predict")


def write_lookup(folder: Path) -> Path:
    """Words to numbers by a vocabulary file, times a variable. Returns the SavedModel's folder."""
    tf = tensorflow()
    words = folder / "words.txt"
    words.write_text("ant\nbee\ncow\n", encoding="utf-8")

    class Lookup(tf.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            file = tf.lookup.TextFileInitializer(
                str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
            )
            self.table = tf.lookup.StaticHashTable(file, -1)
            self.factor = tf.Variable(10, dtype=tf.int64)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])  # type: ignore[untyped-decorator]
        def __call__(self, word: Any) -> Any:
            return {"number": self.table.lookup(word) * self.factor}

    module = Lookup()
    target = folder / "model"
    tf.saved_model.save(module, str(target), signatures=module.__call__)
    return target
