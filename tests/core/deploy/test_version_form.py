"""What a version takes is read off its own files: the manifest where it has one, else the signature."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from deploying import push
from made_models import pair_export, sum_export
from support import REFERENCE

from workbench.core import jobs
from workbench.core.deploy.version_form import form_at
from workbench.core.export import export
from workbench.core.file_manifest import read_manifest
from workbench.core.instances.instance_form import InstanceForm
from workbench.core.progress import silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Row
from workbench.spec.project import Project
from workbench.spec.settings import Passthrough
from workbench.spec.targets.local import LocalTarget

IMAGES = sorted(str(p) for p in (REFERENCE / "images").iterdir())[:3]


def called(target: LocalTarget, form: InstanceForm, inputs: list[str], **values: object) -> list[Row]:
    rows = jobs.call(target, inputs, model="m", form=form, values=values, features={})
    return [row for batch in rows for row in batch]


def predicted(folder: Path, inputs: list[str], **values: object) -> list[Row]:
    return [row for batch in jobs.predict(folder, inputs, values=values, features={}) for row in batch]


def answers(rows: list[Row]) -> list[Any]:
    return [(row.source, row.error.code if row.error else row.prediction) for row in rows]


def test_the_graph_goes_up_last_and_the_folders_beside_it_first(exported: Callable[[str], Path]) -> None:
    found = [entry.path for entry in read_manifest(exported("tiny_cnn"), silent).files]
    assert found[-1] == "saved_model.pb"
    assert "assets.extra/workbench.json" in found[:-1]


def test_a_pushed_exports_manifest_tells_pictures_and_keys_of_every_dtype(
    target: LocalTarget, reference_project: Callable[[str], Project]
) -> None:
    project = reference_project("tiny_cnn")
    keys = ("metadata", Passthrough("shop", dtype="int64"), Passthrough("box", "crop", "float32", (2,)))
    signature = msgspec.structs.replace(project.signature, passthrough=keys)
    folder = Path(export(msgspec.structs.replace(project, signature=signature), REFERENCE).path)
    push(folder, target, model="m", report=silent)
    form = form_at(target, "m")
    assert (form.images, form.passthrough) == (("input",), ("metadata", "shop", "box"))
    rows = called(target, form, IMAGES, shop=7, box=[1.5, 2])
    assert answers(rows) == answers(predicted(folder, IMAGES, shop=7, box=[1.5, 2]))
    assert rows[0].prediction is not None
    assert (rows[0].prediction["shop"], rows[0].prediction["crop"]) == (7, [1.5, 2])


def test_two_pictures_can_be_told_apart_at_a_target(target: LocalTarget, tmp_path: Path) -> None:
    folder = pair_export(tmp_path)
    push(folder, target, model="m", report=silent)
    form = form_at(target, "m", "v1")
    assert form.images == ("input", "right")
    assert answers(called(target, form, IMAGES, right=IMAGES[0])) == answers(predicted(folder, IMAGES, right=IMAGES[0]))


def test_without_the_manifest_the_signature_alone_has_to_tell(
    target: LocalTarget, exported: Callable[[str], Path], tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(exported("tiny_cnn") / "saved_model.pb", bare)
    push(bare, target, model="m", report=silent)
    assert (form_at(target, "m").images, form_at(target, "m").passthrough) == (("input",), ("metadata",))
    pair = tmp_path / "pair"
    pair.mkdir()
    shutil.copy(pair_export(tmp_path) / "saved_model.pb", pair)
    push(pair, target, model="two", report=silent)
    with pytest.raises(WorkbenchError) as caught:
        form_at(target, "two")
    assert caught.value.code == "NO_IMAGE_KEY"


@pytest.fixture
def prepared(exported: Callable[[str], Path], tmp_path: Path) -> list[str]:
    """The images as files of every kind."""
    names = ["a.jsonl", "a.npz", "a.tfrecord"]
    for name in names:
        jobs.prepare(IMAGES, tmp_path / name, project=exported("tiny_cnn"), values={}, features={})
    return [str(tmp_path / name) for name in names]


def test_records_are_called_with_the_answers_they_have_here(
    target: LocalTarget, exported: Callable[[str], Path], prepared: list[str], tmp_path: Path
) -> None:
    push(exported("tiny_cnn"), target, model="m", report=silent)
    form = form_at(target, "m")
    inputs = [*IMAGES, *prepared]
    rows, here = called(target, form, inputs), predicted(exported("tiny_cnn"), inputs)
    assert [row.source for row in rows] == [row.source for row in here]
    for row, own in zip(rows, here, strict=True):
        assert row.prediction is not None
        assert own.prediction is not None
        assert row.prediction["metadata"] == own.prediction["metadata"]
        assert row.prediction["classes"] == pytest.approx(own.prediction["classes"], abs=1e-6)


def test_bad_records_between_good_ones_are_never_sent_and_keep_their_places(
    target: LocalTarget, exported: Callable[[str], Path], prepared: list[str], tmp_path: Path
) -> None:
    push(exported("tiny_cnn"), target, model="m", report=silent)
    lines = Path(prepared[0]).read_text().splitlines()
    (tmp_path / "b.jsonl").write_text("\n".join(["{", lines[0], "nope", '{"metadata": "m"}', lines[1], "{", "{"]))
    (tmp_path / "empty.jpg").touch()
    rows = called(target, form_at(target, "m"), [str(tmp_path / "b.jsonl"), str(tmp_path / "empty.jpg"), IMAGES[0]])
    codes = [row.error.code if row.error else "" for row in rows]
    assert codes == ["NOT_JSON", "", "NOT_JSON", "PREDICTION_FAILED", "", "NOT_JSON", "NOT_JSON", "EMPTY_FILE", ""]


def test_a_version_without_pictures_is_called_with_lines(target: LocalTarget, tmp_path: Path) -> None:
    push(sum_export(tmp_path), target, model="m", report=silent)
    form = form_at(target, "m")
    (tmp_path / "a.jsonl").write_text('{"numbers": [1, 2, 3.5], "metadata": "x"}\n')
    assert answers(called(target, form, [str(tmp_path / "a.jsonl")])) == [
        (f"{tmp_path / 'a.jsonl'}:1", {"classes": [6.5], "metadata": "x"})
    ]
    with pytest.raises(WorkbenchError) as caught:
        called(target, form, IMAGES)
    assert caught.value.code == "NO_IMAGE_INPUT"
