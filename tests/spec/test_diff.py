"""What changed between two versions, in the words of those who call them."""

from __future__ import annotations

import msgspec
import pytest

from workbench.spec.diff import SignatureDiff, diff
from workbench.spec.manifest import ExportManifest, ModelSource
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.tensors import SignatureSpec, TensorSpec

PREDICT = "tensorflow/serving/predict"
IMAGE = TensorSpec("DT_STRING", (-1,), "inputs/input:0")
SCORES = TensorSpec("DT_FLOAT", (-1, 3), "outputs/classes:0")


def signature(
    inputs: dict[str, TensorSpec] | None = None, outputs: dict[str, TensorSpec] | None = None
) -> SignatureSpec:
    keys = {"input": IMAGE, "metadata": IMAGE}
    answers = {"classes": SCORES, "metadata": IMAGE}
    return SignatureSpec(PREDICT, keys if inputs is None else inputs, answers if outputs is None else outputs)


def between(old: SignatureSpec, new: SignatureSpec) -> SignatureDiff:
    return diff({"serving_default": old}, {"serving_default": new})


def with_shape(*shape: int) -> TensorSpec:
    return msgspec.structs.replace(SCORES, shape=shape)


def test_the_same_signatures_are_the_same() -> None:
    assert between(signature(), signature()) == SignatureDiff("same")


def test_another_tensor_behind_the_same_key_is_the_same_for_callers() -> None:
    moved = msgspec.structs.replace(SCORES, name="elsewhere:0")
    assert between(signature(), signature(outputs={"classes": moved, "metadata": IMAGE})).kind == "same"


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (signature(inputs={"picture": IMAGE, "metadata": IMAGE}), "The request key 'input' was removed"),
        (signature(inputs={"input": IMAGE}), "The request key 'metadata' was removed"),
        (
            signature(inputs={"input": IMAGE, "metadata": IMAGE, "id": IMAGE}),
            "'id' is new, and is required in every instance",
        ),
        (signature(outputs={"metadata": IMAGE, "scores": SCORES}), "The reply key 'classes' was removed"),
        (signature(outputs={"classes": SCORES}), "returned an object and now returns a bare value"),
        (signature(outputs={"classes": with_shape(-1, 4), "metadata": IMAGE}), "was [?, 3] and is [?, 4]"),
        (signature(outputs={"classes": with_shape(-1, -1), "metadata": IMAGE}), "was [?, 3] and is [?, ?]"),
        (
            signature(outputs={"classes": msgspec.structs.replace(SCORES, dtype="DT_DOUBLE"), "metadata": IMAGE}),
            "It was DT_FLOAT and is DT_DOUBLE",
        ),
        (
            signature(inputs={"input": msgspec.structs.replace(IMAGE, shape=(8,)), "metadata": IMAGE}),
            "was [?] and is [8]",
        ),
    ],
)
def test_what_a_good_request_fails_on_or_a_reply_is_misread_by_is_breaking(new: SignatureSpec, words: str) -> None:
    found = between(signature(), new)
    assert found.kind == "breaking"
    assert any(words in change.message for change in found.changes if change.kind == "breaking")


def test_a_further_reply_key_and_a_wider_input_are_compatible() -> None:
    wide = {"input": msgspec.structs.replace(IMAGE, shape=None), "metadata": IMAGE}
    more = {"classes": SCORES, "metadata": IMAGE, "labels": IMAGE}
    found = between(signature(), signature(wide, more))
    assert found.kind == "compatible"
    assert [c.where for c in found.changes] == ["serving_default, input 'input'", "serving_default, output 'labels'"]


def test_a_second_key_takes_bare_instances_away() -> None:
    found = between(signature(inputs={"input": IMAGE}), signature())
    assert any("Instances could be bare values" in c.message for c in found.changes)


def test_signatures_that_go_break_and_those_that_come_do_not() -> None:
    both = {"serving_default": signature(), "tensor": signature()}
    one = {"serving_default": signature()}
    assert (diff(both, one).kind, diff(one, both).kind) == ("breaking", "compatible")


def manifest(preprocess: Preprocess, *labels: str, sha: str = "a" * 64) -> ExportManifest:
    project = Project(model="m.h5", preprocess=preprocess, signature=SignatureSettings(labels=labels))
    return ExportManifest(
        project=project,
        model=ModelSource("m.h5", sha, 9, "2.2.4"),
        versions={},
        fingerprint="f",
        serving="serving_default",
        feeds=(),
        answers=(),
    )


def settings(old: ExportManifest, new: ExportManifest) -> SignatureDiff:
    same = {"serving_default": signature()}
    return diff(same, same, old, new)


READ = Preprocess(size=(8, 8), formats="jpeg+png")


def test_another_reader_is_compatible_and_said() -> None:
    found = settings(manifest(READ), manifest(msgspec.structs.replace(READ, reader="tf1")))
    assert found.kind == "compatible"
    assert found.changes[0].message.startswith("reader was load_img:nearest and is tf1: the same image gets other")


def test_a_format_that_went_breaks_and_one_that_came_does_not() -> None:
    jpeg, any_ = (manifest(msgspec.structs.replace(READ, formats=f)) for f in ("jpeg", "any"))
    assert "could send JPEG and PNG, and now only JPEG" in settings(manifest(READ), jpeg).changes[0].message
    assert settings(manifest(READ), jpeg).kind == "breaking"
    assert settings(manifest(READ), any_).kind == "compatible"


def test_labels_at_other_places_break_and_further_ones_do_not() -> None:
    before = manifest(READ, "cat", "dog")
    assert settings(before, manifest(READ, "dog", "cat")).kind == "breaking"
    assert settings(before, manifest(READ, "cat", "dog", "owl")).kind == "compatible"
    assert settings(before, manifest(READ, "cat")).kind == "breaking"


def test_the_worst_change_comes_first() -> None:
    found = settings(manifest(READ, "cat", "dog", sha="b" * 64), manifest(READ, "dog", "cat"))
    assert [c.kind for c in found.changes] == ["breaking", "compatible"]
