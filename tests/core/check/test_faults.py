"""Across modules. Each seeded fault is found by its own check, and a good release by none: faults x checks."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from core.check.conftest import Judge
from core.check.faults import doctored, reweighted, set_in, with_node
from PIL import Image
from shared_reference import SharedReference
from support import REFERENCE

from workbench.core.check.gate import CHECKS
from workbench.core.check.load_client import LoadResult
from workbench.core.check.subject import GateSubject
from workbench.core.deploy.live_version import DeployedVersion, live_version
from workbench.core.export import export
from workbench.core.model import inspect
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.manifest import read_export_manifest
from workbench.spec.project import Project
from workbench.spec.settings import TrainingSettings
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.vertex import VertexTarget

GOOD = {"session": LoadResult("2.21.0", 5.0, 0.1, 9, 9, (0.1,), ())}
"""What two fresh processes would say: they are tested by themselves, and cost ten seconds each time."""

Verdicts = dict[str, str]


def verdicts(subject: GateSubject) -> Verdicts:
    """Every check's verdict, those left out that are skipped."""
    subject.__dict__.setdefault("probed", GOOD)
    found = {check.name: check.run(subject).verdict for check in CHECKS}
    return {name: verdict for name, verdict in found.items() if verdict != "skip"}


def spoken(found: Verdicts) -> Verdicts:
    """The checks that speak against a release."""
    return {name: verdict for name, verdict in found.items() if verdict != "pass"}


@pytest.fixture
def colours(reference_project: Callable[[str], Project]) -> Project:
    """A reference model of colour pictures, read as its TF 1.15 recording did."""
    return reference_project("tiny_cnn")


def as_deployed(folder: Path) -> DeployedVersion:
    """An export as if it were the version in place."""
    return DeployedVersion(LocalTarget(), "m", "v1", read_signatures(folder).signatures, read_export_manifest(folder))


def test_a_good_release_is_spoken_against_by_no_check(digits: Path, digits_project: Project, judge: Judge) -> None:
    found = verdicts(judge(digits_project, digits, digits / "classes"))
    assert spoken(found) == {}
    assert set(found) == {c.name for c in CHECKS} - {"golden", "diff"}
    again = judge(digits_project, digits, digits / "images")
    again.deployed = as_deployed(Path(export(digits_project, digits).path))
    assert spoken(verdicts(again)) == {}


@pytest.mark.parametrize(
    "fault",
    [{"reader": "tf1"}, {"scale": "-1..1"}, {"scale": "0..255"}],
    ids=["wrong reader", "wrong scale", "no scale"],
)
def test_pictures_read_otherwise_than_training_did_fail_the_skew(
    digits: Path, digits_project: Project, judge: Judge, fault: dict[str, str]
) -> None:
    read = digits_project.preprocess
    assert read is not None
    told = set_in(digits_project, "check", training=TrainingSettings(reader=read.reader, scale=read.scale))
    subject = judge(set_in(told, "preprocess", **fault), digits, digits / "images")
    found = next(c for c in CHECKS if c.name == "skew").run(subject)
    assert found.verdict == "fail"
    name, right = next((name, getattr(read, name)) for name in fault)
    assert found.advice.startswith(f"With {name} {right} the difference would be 0 instead of")
    assert set(spoken(verdicts(subject))) <= {"skew", "outputs"}


def test_blue_before_red_fails_the_skew(colours: Project, judge: Judge) -> None:
    told = set_in(colours, "check", training=TrainingSettings(colour="rgb"))
    subject = judge(set_in(told, "preprocess", colour="bgr"), REFERENCE, REFERENCE / "images")
    found = next(c for c in CHECKS if c.name == "skew").run(subject)
    assert (found.verdict, found.advice.split(" the")[0]) == ("fail", "With colour rgb")
    assert spoken(verdicts(subject)) == {"skew": "fail"}


def test_what_training_saw_itself_shows_a_wrong_reader_that_nobody_declared(
    colours: Project, judge: Judge, tmp_path: Path
) -> None:
    import keras

    images = sorted((REFERENCE / "images").glob("*.jpg"))
    size = colours.preprocess.size if colours.preprocess else ()
    seen = {p.name: np.asarray(keras.utils.load_img(p, target_size=size)) / np.float32(255) for p in images}
    np.savez(tmp_path / "seen.npz", **seen)  # type: ignore[arg-type]
    subject = judge(set_in(colours, "check", seen=str(tmp_path / "seen.npz")), REFERENCE, *images)
    found = next(c for c in CHECKS if c.name == "skew").run(subject)
    assert found.verdict == "fail"
    assert found.advice.startswith("With reader load_img:nearest the difference would be 0 instead of")


def test_swapped_labels_fail_the_labels_and_are_named(digits: Path, digits_project: Project, judge: Judge) -> None:
    labels = list(digits_project.signature.labels)
    labels[3], labels[8] = labels[8], labels[3]
    subject = judge(set_in(digits_project, "signature", labels=tuple(labels)), digits, digits / "classes")
    found = next(c for c in CHECKS if c.name == "labels").run(subject)
    swapped = "with 'three' in place of 'eight', 'eight' in place of 'three', the accuracy is 100.0%"
    assert swapped in found.message
    assert spoken(verdicts(subject)) == {"labels": "fail"}


def test_a_renamed_key_is_a_breaking_change(digits: Path, digits_project: Project, judge: Judge) -> None:
    subject = judge(set_in(digits_project, "signature", image_key="picture"), digits, digits / "images")
    subject.deployed = as_deployed(Path(export(digits_project, digits).path))
    found = next(c for c in CHECKS if c.name == "diff").run(subject)
    assert (found.measured, found.verdict) == ("breaking", "fail")
    assert "The request key 'input' was removed" in found.message
    assert spoken(verdicts(subject)) == {"diff": "fail"}


def test_an_op_newer_than_the_targets_tensorflow_fails_the_reach(
    digits: Path, digits_project: Project, judge: Judge
) -> None:
    subject = judge(set_in(digits_project, "preprocess", formats="any"), digits, digits / "images")
    subject.target = LocalTarget(runtime="2.3")
    found = next(c for c in CHECKS if c.name == "reach").run(subject)
    assert "DecodeImage is new in 2.4" in found.message
    assert "jpeg+png" in found.advice
    assert spoken(verdicts(subject)) == {"reach": "fail"}


def test_an_image_that_vertex_ai_no_longer_has_fails_the_reach(
    digits: Path, digits_project: Project, judge: Judge
) -> None:
    subject = judge(digits_project, digits, digits / "images")
    subject.target = VertexTarget(project="my-project", region="us-central1", bucket="b-b", image="tf2-cpu.2-11")
    found = next(c for c in CHECKS if c.name == "reach").run(subject)
    assert found.verdict == "fail"
    assert "prebuilt image of TensorFlow 2.11 has not been available since 15 November 2024" in found.message
    assert "docker push us-central1-docker.pkg.dev/my-project/serving/serving:" in found.advice


def test_an_op_of_no_tensorflow_fails_the_reach(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    made = Path(export(digits_project, digits).path)
    odd = doctored(made, tmp_path / "odd", with_node("OurOwnOp", "own"))
    found = next(c for c in CHECKS if c.name == "reach").run(judge(digits_project, digits, folder=odd))
    assert (found.verdict, found.measured) == ("fail", "unknown ops")


def test_weights_that_are_nan_fail_the_outputs(digits: Path, digits_project: Project, judge: Judge) -> None:
    reweighted(
        digits / "digits.h5", digits / "nan.h5", lambda w: np.where(np.arange(w.size).reshape(w.shape) == 0, np.nan, w)
    )
    subject = judge(msgspec.structs.replace(digits_project, model="nan.h5"), digits, digits / "images")
    found = next(c for c in CHECKS if c.name == "outputs").run(subject)
    assert found.message.startswith("1 number of the weight 'conv2d/kernel:0' is NaN")
    assert set(spoken(verdicts(subject))) == {"outputs"}


def test_a_dead_model_fails_the_outputs(digits: Path, digits_project: Project, judge: Judge) -> None:
    reweighted(digits / "digits.h5", digits / "dead.h5", np.zeros_like)
    subject = judge(msgspec.structs.replace(digits_project, model="dead.h5"), digits, digits / "images")
    assert spoken(verdicts(subject)) == {"outputs": "fail"}


@pytest.mark.parametrize("op", ["PyFunc", "ReadFile", "EagerPyFunc", "TFRecordDatasetV2", "RpcCall", "PrintV2"])
def test_an_op_that_reaches_out_of_the_graph_fails_the_security(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path, op: str
) -> None:
    made = Path(export(digits_project, digits).path)
    bad = doctored(made, tmp_path / "bad", with_node(op, "model/lambda/hidden"))
    check = next(c for c in CHECKS if c.name == "security")
    found = check.run(judge(digits_project, digits, folder=bad))
    assert found.verdict == "fail"
    assert f"{op}" in found.message
    assert "model/lambda/hidden" in found.message
    allowed = judge(set_in(digits_project, "check", allow_ops=(op,)), digits, folder=bad)
    assert check.run(allowed).verdict == "warn"


def test_a_picture_beyond_the_request_limit_fails_the_limits(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1200, 1200, 3)).astype("uint8")
    Image.fromarray(noise).save(tmp_path / "huge.jpg", quality=95)
    assert (tmp_path / "huge.jpg").stat().st_size > 1_200_000
    subject = judge(digits_project, digits, digits / "images", tmp_path / "huge.jpg")
    found = next(c for c in CHECKS if c.name == "limits").run(subject)
    assert "huge.jpg" in found.message
    assert spoken(verdicts(subject)) == {"limits": "fail"}


def test_an_export_of_another_model_fails_parity_and_golden_images(
    digits: Path, digits_project: Project, judge: Judge
) -> None:
    subject = judge(digits_project, digits, digits / "images")
    subject.accept_golden = True
    assert next(c for c in CHECKS if c.name == "golden").run(subject).verdict == "pass"
    reweighted(digits / "digits.h5", digits / "other.h5", lambda w: w * np.float32(1.01))
    other = Path(export(msgspec.structs.replace(digits_project, model="other.h5"), digits).path)
    try:
        found = verdicts(judge(digits_project, digits, digits / "images", folder=other))
    finally:
        (digits / "golden.json").unlink()
    assert spoken(found) == {"parity": "fail", "golden": "fail"}


def test_a_signature_changed_in_the_file_fails_the_signature(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    def change(meta: Any) -> None:
        signature = meta.signature_def["serving_default"]
        signature.inputs["metadata"].tensor_shape.dim[0].size = 1

    made = doctored(Path(export(digits_project, digits).path), tmp_path / "changed", change)
    found = next(c for c in CHECKS if c.name == "signature").run(judge(digits_project, digits, folder=made))
    assert found.verdict == "fail"
    assert {row[0] for row in found.evidence[0].rows} == {"FIXED_BATCH", "SIGNATURE_DIFFERS"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("settings", "verdict", "codes"),
    [
        ({"scale": "0..1"}, "fail", ["DOUBLE_NORMALISATION"]),
        ({"scale": "mean/std:0/255"}, "fail", ["DOUBLE_NORMALISATION"]),
        ({"scale": "0..1", "trained": TrainingSettings(scale="0..1")}, "warn", ["DOUBLE_NORMALISATION"]),
        ({"scale": "0..1", "trained": TrainingSettings(reader="tf1")}, "fail", ["DOUBLE_NORMALISATION"]),
        ({"scale": "0..255"}, "pass", []),
        ({}, "pass", []),
    ],
)
def test_a_model_that_scales_its_pixels_itself_fails_unless_training_did_both(
    settings: dict[str, Any], verdict: str, codes: list[str], tmp_path: Path, judge: Judge
) -> None:
    import keras

    image = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    keras.Model(image, keras.layers.Dense(3, activation="softmax")(x)).save(tmp_path / "twice.keras")
    project = default_project(inspect(tmp_path / "twice.keras"), "twice.keras", scale=settings.get("scale", ""))
    check = msgspec.structs.replace(project.check, training=settings.get("trained", TrainingSettings()))
    subject = judge(msgspec.structs.replace(project, check=check), tmp_path)
    found = next(c for c in CHECKS if c.name == "outputs").run(subject)
    assert found.verdict == verdict
    assert [row[0] for table in found.evidence for row in table.rows] == codes  # type: ignore[union-attr]


def test_images_that_the_export_refuses_are_named_and_stop_nobody(
    digits: Path, digits_project: Project, judge: Judge, tmp_path: Path
) -> None:
    (tmp_path / "torn.jpg").write_bytes((digits / "images").glob("*.jpg").__next__().read_bytes()[:200])
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    (tmp_path / "png.jpg").write_bytes(out.getvalue())
    subject = judge(digits_project, digits, digits / "images", tmp_path)
    found = next(c for c in CHECKS if c.name == "parity").run(subject)
    assert found.verdict == "warn"
    assert "2 images were rejected" in found.message
    assert len(subject.survey.found) == 20


@pytest.fixture
def served(digits: Path, digits_project: Project, tmp_path: Path) -> Iterator[str]:
    """A local target with the good export as digits/v1."""
    from deploying import push

    from workbench.core.progress import silent
    from workbench.core.serve.run import running

    with running(tmp_path / "root") as url:
        made = Path(export(digits_project, digits).path)
        push(made, LocalTarget(url=url), model="digits", version="v1", report=silent)
        yield url


def test_the_version_in_place_is_compared_by_its_files_and_asked_for_its_own_accuracy(
    digits: Path, digits_project: Project, judge: Judge, served: str, tmp_path: Path
) -> None:
    reweighted(digits / "digits.h5", digits / "worse.h5", lambda w: np.roll(w, 1, axis=-1))
    worse = msgspec.structs.replace(digits_project, model="worse.h5")
    subject = judge(worse, digits, digits / "classes")
    (tmp_path / "v1").mkdir()
    subject.deployed = live_version("local/digits/v1", worse, tmp_path / "v1", url=served)
    compared = next(c for c in CHECKS if c.name == "diff").run(subject)
    assert compared.measured == "compatible"
    assert "The model file was" in compared.evidence[0].rows[0][2]  # type: ignore[union-attr,operator]
    right = next(c for c in CHECKS if c.name == "labels").run(subject)
    assert "live version 100.0%" in right.message
    assert right.verdict != "pass"


def test_a_cv2_reader_is_proved_by_opencv_alone(
    colours: Project, judge: Judge, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read = set_in(colours, "preprocess", reader="cv2:area")
    check = next(c for c in CHECKS if c.name == "skew")
    found = check.run(judge(read, REFERENCE, REFERENCE / "images"))
    assert (found.verdict, found.message.split(": ")[-1]) == ("pass", "identical pixels.")
    # Training's images are read in a process of its own; a new one finds this module before the installed one.
    (tmp_path / "cv2.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "cv2", None)
    without = SharedReference()
    monkeypatch.setattr(GateSubject, "reference", property(without.of))
    refused = pytest.raises(WorkbenchError, match="Not proved: OpenCV is needed to compute the training path")
    with closing(without), refused:
        check.run(judge(read, REFERENCE, REFERENCE / "images"))
