"""What travels with an export: its manifest, its golden cases, TensorFlow Serving's warm-up requests."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet
from support import REFERENCE

from workbench.core.export import example_cases, export
from workbench.core.lazy import tensorflow
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.manifest import MANIFEST_PATH, WARMUP_PATH, read_export_manifest
from workbench.spec.project import Project
from workbench.spec.settings import ExportSettings

ReferenceProject = Callable[[str], Project]
IMAGES = ("images/img03.jpg", "images/img00.jpg")


def _project(reference_project: ReferenceProject, tmp_path: Path, **changes: Any) -> Project:
    values = tmp_path / "values.csv"
    numbers = [[round(0.1 * i + row, 1) for i in range(8)] for row in range(2)]
    lines = [f'{Path(n).name},"{v}"' for n, v in zip(IMAGES, numbers, strict=True)]
    values.write_text("\n".join(["file,Features", *lines]) + "\n")
    settings = ExportSettings(**{"examples": IMAGES, "example_values": str(values), **changes})
    return msgspec.structs.replace(reference_project("image_and_features"), export=settings)


def test_the_manifest_tells_how_the_export_was_made(reference_project: ReferenceProject, tmp_path: Path) -> None:
    project = _project(reference_project, tmp_path)
    result = export(project, REFERENCE, tmp_path / "out")
    told = read_export_manifest(tmp_path / "out")
    assert told is not None
    assert told.fingerprint == result.fingerprint
    assert (told.project.preprocess, told.project.signature) == (project.preprocess, project.signature)
    assert told.model.name == "image_and_features.h5"
    assert set(told.versions) == {"tensorflow", "keras", "tf-keras"}
    assert (told.runtime, told.layout, told.warmup) == ("1.15", "frozen", 2)


def test_nothing_of_this_machine_is_told(reference_project: ReferenceProject, tmp_path: Path) -> None:
    export(_project(reference_project, tmp_path), REFERENCE, tmp_path / "out")
    text = (tmp_path / "out" / MANIFEST_PATH).read_text()
    assert str(tmp_path) not in text
    assert str(REFERENCE) not in text
    assert str(Path.home()) not in text


def test_golden_cases_are_the_users_images_and_what_the_export_says_to_them(
    reference_project: ReferenceProject, tmp_path: Path
) -> None:
    result = export(_project(reference_project, tmp_path), REFERENCE)
    told = read_export_manifest(Path(result.path))
    assert told is not None
    assert [case.source for case in told.golden] == [Path(n).name for n in IMAGES]
    session = ServingSession(Path(result.path))
    for case, name in zip(told.golden, IMAGES, strict=True):
        sent = base64.b64decode(case.instance["input"]["b64"])  # type: ignore[index]
        assert sent == (REFERENCE / name).read_bytes()
        columns: dict[str, Any] = {"input": [sent], "Features": [case.instance["Features"]]}
        answer = session.run("serving_default", {**columns, "metadata": [Path(name).name]})
        np.testing.assert_allclose(answer["classes"][0], np.asarray(case.prediction["classes"]), rtol=1e-5)
        assert case.prediction["metadata"] == Path(name).name
    session.close()


def test_without_examples_the_golden_cases_are_made_up_and_nothing_is_warmed(
    reference_project: ReferenceProject,
) -> None:
    result = export(reference_project("tiny_cnn"), REFERENCE)
    told = read_export_manifest(Path(result.path))
    assert told is not None
    assert len(told.golden) == 3
    assert not (Path(result.path) / WARMUP_PATH).exists()


def _fields(data: bytes) -> dict[int, list[Any]]:
    """A message's fields by number, read without any of our own descriptors."""
    found: dict[int, list[Any]] = {}
    for field in UnknownFieldSet(Empty.FromString(data)):
        found.setdefault(field.field_number, []).append(field.data)
    return found


def test_warm_up_requests_are_predict_logs_that_the_export_answers(
    reference_project: ReferenceProject, tmp_path: Path
) -> None:
    tf = tensorflow()
    result = export(_project(reference_project, tmp_path), REFERENCE)
    session = ServingSession(Path(result.path))
    records = list(tf.data.TFRecordDataset(str(Path(result.path) / WARMUP_PATH)).as_numpy_iterator())
    assert len(records) == result.warmup == 2
    for record, name in zip(records, IMAGES, strict=True):
        # prediction_log.proto: predict_log = 6, request = 1; predict.proto: model_spec = 1, inputs = 2;
        # model.proto: signature_name = 3.
        request = _fields(_fields(_fields(record)[6][0])[1][0])
        assert _fields(request[1][0])[3] == [b"serving_default"]
        entries = [_fields(entry) for entry in request[2]]
        columns = {e[1][0].decode(): tf.make_ndarray(_tensor(e[2][0])) for e in entries}
        assert columns["input"].tolist() == [(REFERENCE / name).read_bytes()]
        assert columns["Features"].shape == (1, 8)
        assert session.run("serving_default", columns)["metadata"].tolist() == [Path(name).name.encode()]
    session.close()


def _tensor(data: bytes) -> Any:
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    return TensorProto.FromString(data)


def test_other_examples_are_another_export(reference_project: ReferenceProject, tmp_path: Path) -> None:
    one = export(_project(reference_project, tmp_path), REFERENCE)
    two = export(_project(reference_project, tmp_path, examples=IMAGES[:1]), REFERENCE)
    assert one.fingerprint != two.fingerprint
    assert two.warmup == 1


def test_golden_cases_stay_few_and_small(
    reference_project: ReferenceProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example_cases, "MAX_GOLDEN_BYTES", 10)
    project = msgspec.structs.replace(reference_project("tiny_cnn"), export=ExportSettings(examples=("images",)))
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "cache"))
    result = export(project, REFERENCE)
    told = read_export_manifest(Path(result.path))
    assert told is not None
    assert (len(told.golden), told.warmup) == (1, 9)


def test_examples_beyond_the_most_warm_up_requests_are_not_read(
    reference_project: ReferenceProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example_cases, "MAX_WARMUP", 2)
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "unreadable.jpg").write_bytes(b"")
    examples = ("images/img03.jpg", "images/img00.jpg", str(tmp_path / "z"))
    project = msgspec.structs.replace(reference_project("tiny_cnn"), export=ExportSettings(examples=examples))
    assert export(project, REFERENCE).warmup == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"examples": ("none.jpg",)}, "NO_FILE"), ({"example_values": ""}, "MISSING_VALUE")],
)
def test_examples_that_make_no_instance_are_refused_before_anything_is_loaded(
    reference_project: ReferenceProject, tmp_path: Path, changes: Any, code: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        export(_project(reference_project, tmp_path, **changes), REFERENCE)
    assert caught.value.code == code


def test_an_example_the_export_cannot_answer_is_named(reference_project: ReferenceProject, tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff no more")
    settings = ExportSettings(examples=(str(tmp_path / "bad.jpg"),))
    with pytest.raises(WorkbenchError) as caught:
        export(msgspec.structs.replace(reference_project("tiny_cnn"), export=settings), REFERENCE)
    assert caught.value.code == "BAD_EXAMPLE"
    assert "bad.jpg" in str(caught.value)


def test_a_damaged_manifest_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "assets.extra").mkdir()
    (tmp_path / MANIFEST_PATH).write_text("{}")
    with pytest.raises(WorkbenchError) as caught:
        read_export_manifest(tmp_path)
    assert caught.value.code == "BAD_MANIFEST"
    assert read_export_manifest(tmp_path / "elsewhere") is None
