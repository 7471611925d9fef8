"""Across modules. Every signature of an export, each by both of TensorFlow's loaders, against the TF 1.15
recordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from support import REFERENCE

from workbench.core.export import export
from workbench.core.instances.examples import examples_of
from workbench.core.lazy import tensorflow
from workbench.spec.manifest import read_export_manifest
from workbench.spec.project import Project
from workbench.spec.settings import Passthrough

ReferenceProject = Callable[[str], Project]
Run = Callable[[str, Mapping[str, Any]], dict[str, Any]]

PASSED = (
    Passthrough("object_id", "metadata", "int64"),
    Passthrough("name"),
    Passthrough("flag", "", "bool"),
    Passthrough("box", "", "float32", (4,)),
    Passthrough("grid", "", "uint8", (2, 3)),
    Passthrough("words", "", "string", (2,)),
)
LABELS = ("bird", "cat", "dog")


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    with np.load(REFERENCE / "image_and_features_expected.npz") as file:
        return {key: file[key] for key in file.files}


@pytest.fixture(scope="module")
def folder(reference_project: ReferenceProject) -> Path:
    """The reference model with every kind of key and every signature there is."""
    project = reference_project("image_and_features")
    keys = {
        "passthrough": PASSED,
        "labels": LABELS,
        "top_k": 2,
        "best_key": "best",
        "top_scores_key": "p",
        "classify": "classify",
        "inputs": {"Features": "features"},
        "defaults": {"name": "nobody"},
    }
    signature = msgspec.structs.replace(project.signature, **keys)
    return Path(export(msgspec.structs.replace(project, signature=signature), REFERENCE).path)


@pytest.fixture(scope="module")
def columns(record: dict[str, Any]) -> dict[str, Any]:
    """The serving signature's inputs for the recorded images, each passthrough key with values of its own."""
    names = [str(n) for n in record["names"]]
    count = len(names)
    return {
        "input": [(REFERENCE / "images" / n).read_bytes() for n in names],
        "features": record["features"],
        "object_id": np.arange(count) + 2**53 + 1,
        "name": names,
        "flag": np.arange(count) % 2 == 0,
        "box": np.arange(count * 4, dtype="float32").reshape(count, 4) / 7,
        "grid": np.arange(count * 6, dtype="uint8").reshape(count, 2, 3),
        "words": np.array([[f"{n} a", f"{n} b"] for n in names], dtype=object),
    }


def _session(folder: Path) -> Run:
    tf1 = tensorflow().compat.v1

    def run(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        with tf1.Session(graph=tf1.Graph()) as session:
            meta = tf1.saved_model.loader.load(session, ["serve"], str(folder))
            signature = meta.signature_def[name]
            feeds = {signature.inputs[k].name: v for k, v in given.items()}
            found: dict[str, Any] = session.run({k: v.name for k, v in signature.outputs.items()}, feeds)
            return found

    return run


def _tf2(folder: Path) -> Run:
    tf = tensorflow()
    loaded = tf.saved_model.load(str(folder))

    def run(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        serve = loaded.signatures[name]
        wanted = serve.structured_input_signature[1]
        answer = serve(**{k: tf.constant(v, wanted[k].dtype) for k, v in given.items()})
        return {k: v.numpy() for k, v in answer.items()}

    return run


@pytest.fixture(scope="module", params=[_session, _tf2], ids=["v1 Session", "TF2 loader"])
def run(request: pytest.FixtureRequest, folder: Path) -> Run:
    made: Run = request.param(folder)
    return made


def _expect(answer: Mapping[str, Any], record: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
    scores = record["classes"]
    order = np.argsort(-scores, axis=1)
    labels = np.array([label.encode() for label in LABELS], dtype=object)
    assert np.abs(answer["classes"] - scores).max() <= 1e-5
    assert answer["labels"].tolist() == labels[order[:, :2]].tolist()
    assert np.abs(answer["p"] - np.take_along_axis(scores, order[:, :2], 1)).max() <= 1e-5
    assert answer["best"].tolist() == labels[order[:, 0]].tolist()
    assert answer["metadata"].tolist() == columns["object_id"].tolist()
    for key in ("flag", "box", "grid"):
        assert answer[key].dtype == np.asarray(columns[key]).dtype
        assert answer[key].tolist() == np.asarray(columns[key]).tolist()
    assert [[w.decode() for w in row] for row in answer["words"]] == columns["words"].tolist()


def test_encoded_images_give_the_recorded_scores_and_every_key_back(run: Run, record: Any, columns: Any) -> None:
    answer = run("serving_default", columns)
    _expect(answer, record, columns)
    assert [n.decode() for n in answer["name"]] == columns["name"]
    assert "object_id" not in answer


def test_serialized_examples_give_the_same(run: Run, folder: Path, record: Any, columns: Any) -> None:
    answer = run("tf_example", {"examples": _examples(folder, columns)})
    _expect(answer, record, columns)
    assert [n.decode() for n in answer["name"]] == columns["name"]


def test_preprocessed_floats_give_the_same(run: Run, record: Any, columns: Any) -> None:
    tf1 = tensorflow().compat.v1
    pictures = [tensorflow().io.decode_jpeg(data, channels=3) for data in columns["input"]]
    pixels = np.concatenate([tf1.image.resize_bilinear(p[None], (64, 48)).numpy() for p in pictures]) / 255
    answer = run("tensor", {**columns, "input": pixels.astype("float32")})
    _expect(answer, record, columns)


def test_classify_asks_for_the_models_features_only(run: Run, folder: Path, record: Any, columns: Any) -> None:
    told = read_export_manifest(folder)
    assert told is not None
    feeds = [f for f in told.feeds if f.kind != "passthrough"]
    answer = run("classify", {"inputs": examples_of(feeds, columns)})
    assert np.abs(answer["scores"] - record["classes"]).max() <= 1e-5
    assert answer["classes"].tolist() == [[label.encode() for label in LABELS]] * len(columns["name"])


def _examples(folder: Path, columns: Mapping[str, Any], *without: str) -> list[bytes]:
    told = read_export_manifest(folder)
    assert told is not None
    return examples_of([f for f in told.feeds if f.alias not in without], columns)


def test_a_feature_with_a_default_may_be_missing(run: Run, folder: Path, record: Any, columns: Any) -> None:
    answer = run("tf_example", {"examples": _examples(folder, columns, "name")})
    _expect(answer, record, columns)
    assert set(answer["name"].tolist()) == {b"nobody"}


@pytest.mark.parametrize("missing", ["box", "features", "input"])
def test_a_missing_feature_is_named(run: Run, folder: Path, columns: Any, missing: str) -> None:
    with pytest.raises(tensorflow().errors.InvalidArgumentError, match=f"(Feature|Key): {missing}"):
        run("tf_example", {"examples": _examples(folder, columns, missing)})


def test_tensorflow_holds_every_signature_valid(folder: Path) -> None:
    tf1 = tensorflow().compat.v1
    with tf1.Session(graph=tf1.Graph()) as session:
        meta = tf1.saved_model.loader.load(session, ["serve"], str(folder))
        assert set(meta.signature_def) == {"serving_default", "tf_example", "tensor", "classify"}
        assert all(tf1.saved_model.is_valid_signature(s) for s in meta.signature_def.values())


def _nodes(folder: Path) -> list[Any]:
    tensorflow()
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    return list(SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def.node)


def _constants(nodes: list[Any]) -> int:
    return sum(node.ByteSize() for node in nodes if node.op == "Const" and node.name.startswith("model/"))


def test_the_weights_are_there_once_whatever_the_number_of_signatures(
    folder: Path, reference_project: ReferenceProject
) -> None:
    project = reference_project("image_and_features")
    signature = msgspec.structs.replace(project.signature, tf_example="", tensor="")
    alone = Path(export(msgspec.structs.replace(project, signature=signature), REFERENCE).path)
    assert _constants(_nodes(folder)) == _constants(_nodes(alone)) > 0


def test_work_on_strings_is_pinned_to_the_cpu(folder: Path) -> None:
    strings = {"ParseExample", "DecodeJpeg", "GatherV2", "Identity", "PlaceholderWithDefault"}
    kept = [n for n in _nodes(folder) if n.op in strings and _is_string(n)]
    assert {n.op for n in kept} == strings
    assert [n.name for n in kept if not n.device.upper().endswith("CPU:0")] == []


def _is_string(node: Any) -> bool:
    if node.op in ("ParseExample", "DecodeJpeg"):
        return True
    kind = node.attr["dtype"] if "dtype" in node.attr else node.attr["T"] if "T" in node.attr else node.attr["Tparams"]
    return bool(kind.type == tensorflow().string.as_datatype_enum)
