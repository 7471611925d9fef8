"""What a fresh project takes from a model file, and the reasons that are told for it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support import IMAGE, changed, facts, reading

from workbench.spec.default_reasons import DefaultSetting, default_reasons, reading_reasons
from workbench.spec.defaults import default_project
from workbench.spec.model import ModelFacts, Normaliser, TensorFacts
from workbench.spec.project import Project
from workbench.spec.scaling_notes import SCALE_CODES, scale_notes
from workbench.spec.signature import compose

DIVIDES = Normaliser("rescaling", "Rescaling", "0..255", "divides by 255 itself")


def model(*inputs: tuple[str, Any], **more: Any) -> ModelFacts:
    return msgspec.structs.replace(facts(*(inputs or (IMAGE,))), **more)


def reasons(found: ModelFacts, project: Project | None = None) -> dict[str, DefaultSetting]:
    project = project or default_project(found, "m.h5")
    return {reason.field: reason for reason in default_reasons(found, project, compose(found, project))}


@pytest.mark.parametrize("wants", ["0..255", "0..1", "-1..1"])
def test_the_scale_is_what_the_models_own_layers_ask_for(wants: str) -> None:
    found = model(normalises=(msgspec.structs.replace(DIVIDES, wants=wants),), backbone="Net", backbone_scale="caffe")
    project = default_project(found, "m.h5")
    assert reading(project).scale == wants
    assert reasons(found)["preprocess.scale"].reason == "the model divides by 255 itself (layer 'rescaling')"
    assert scale_notes(compose(found, project).notes) == ()


@pytest.mark.parametrize("scale", ["-1..1", "caffe", "torch"])
def test_without_such_layers_it_is_that_of_the_backbones_published_weights(scale: str) -> None:
    found = model(backbone="Net", backbone_scale=scale)
    project = default_project(found, "m.h5")
    assert reading(project).scale == scale
    assert "the published weights of Net" in reasons(found)["preprocess.scale"].reason
    assert compose(found, project).problems == ()


def test_three_means_are_not_put_on_a_grey_image() -> None:
    grey = model(("image", (None, 8, 8, 1)), backbone="DenseNet121", backbone_scale="torch")
    project = default_project(grey, "m.h5")
    assert (reading(project).scale, compose(grey, project).problems) == ("0..1", ())
    assert scale_notes(compose(grey, project).notes) == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "how training scaled"),
        ({"normalises": (Normaliser("n", "N", "", "scales"),)}, "from which pixels"),
    ],
)
def test_where_the_file_does_not_say_the_usual_scale_is_taken_and_that_is_told(more: dict[str, Any], said: str) -> None:
    found = model(**more)
    assert reading(default_project(found, "m.h5")).scale == "0..1"
    assert said in reasons(found)["preprocess.scale"].reason


def test_whole_numbers_are_left_as_read() -> None:
    whole = msgspec.structs.replace(facts(IMAGE), inputs=(TensorFacts("image", "uint8", (None, 64, 48, 3)),))
    assert reading(default_project(whole, "m.h5")).scale == "0..255"
    assert "integers (uint8)" in reasons(whole)["preprocess.scale"].reason


def test_what_the_user_chose_stays_with_the_note_and_is_no_default() -> None:
    found = model(normalises=(DIVIDES,))
    project = default_project(found, "m.h5", scale="0..1")
    assert reading(project).scale == "0..1"
    assert "preprocess.scale" not in reasons(found, project)
    assert [note.code for note in scale_notes(compose(found, project).notes)] == ["DOUBLE_NORMALISATION"]
    assert set(SCALE_CODES) >= {"DOUBLE_NORMALISATION"}


def test_each_of_two_images_gets_the_scale_that_its_own_branch_asks_for() -> None:
    inputs = (("left", (None, 8, 8, 3)), ("right", (None, 16, 16, 3)))
    found = model(*inputs, normalises=(msgspec.structs.replace(DIVIDES, input="right"),))
    project = default_project(found, "m.h5")
    right = project.images["right"].preprocess
    assert right is not None
    assert (reading(project).scale, right.scale, right.size) == ("0..1", "0..255", (16, 16))
    assert scale_notes(compose(found, project).notes) == ()
    told = {reason.field: reason.value for reason in reading_reasons(found, project)}
    assert told["preprocess.input"] == "left"
    assert told["images.right.preprocess.scale"] == "0..255"
    both = model(*inputs)
    assert default_project(both, "m.h5").images["right"].preprocess is None


def test_every_input_key_and_label_is_told_with_its_reason() -> None:
    found = model(IMAGE, ("age", (None, 2)), labels=("cat", "dog", "elk"))
    told = reasons(found)
    assert told["preprocess.input"].reason == "the only input of an image's shape, float32 (?, 64, 48, 3)"
    assert told["preprocess.size"].value == "64x48"
    assert "does not record how training read" in told["preprocess.reader"].reason
    assert told["inputs.image"].value == "input"
    assert told["inputs.age"].reason == (
        "the model needs it beside the image; requests contain its values, float32 (?, 2)"
    )
    assert told["outputs.scores"].value == "classes"
    assert told["signature.passthrough"].value == "metadata"
    assert told["signature.labels"].reason == "found in the model file: cat, dog, elk"
    assert default_project(found, "m.h5").signature.labels == ("cat", "dog", "elk")


def test_labels_that_do_not_fit_the_scores_are_left_out_and_that_is_told() -> None:
    found = model(labels=("cat", "dog"))
    assert default_project(found, "m.h5").signature.labels == ()
    assert reasons(found)["signature.labels"].reason == "the model file keeps 2, which do not fit its scores"


def test_an_input_no_example_can_carry_is_told_with_the_signature_it_costs() -> None:
    assert "open shape" in reasons(model(IMAGE, ("words", (None, None))))["signature.tf_example"].reason


def test_settings_that_are_not_the_defaults_are_not_told_as_such() -> None:
    found = model()
    other = changed(default_project(found, "m.h5"), scale="caffe", reader="tf1")
    fields = {reason.field for reason in reading_reasons(found, other)}
    assert fields == {"preprocess.input", "preprocess.size"}


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("class",), {"class": "class_"}),
        (("self", "lambda"), {"self": "self_", "lambda": "lambda_"}),
        (("a-b", "a_b"), {"a_b": "a_b_2"}),
        (("a-b", "a.b", "a_b"), {"a.b": "a.b_2", "a_b": "a_b_3"}),
        (("age", "match"), {}),
    ],
)
def test_inputs_whose_names_not_every_loader_takes_get_keys_that_it_does(
    names: tuple[str, ...], keys: dict[str, str]
) -> None:
    found = model(IMAGE, *((name, (None, 1)) for name in names))
    project = default_project(found, "m.h5")
    assert project.signature.inputs == keys
    assert compose(found, project).problems == ()


def called(name: str, shape: Any) -> TensorFacts:
    """A tensor that the model's author gave a key of its own."""
    return TensorFacts(name, "float32", shape, layer=f"layer_of_{name}")


def test_request_and_reply_keys_are_what_the_models_author_calls_them() -> None:
    picture, age, scores = called("photo", (None, 8, 8, 3)), called("age", (None, 1)), called("probs", (None, 4))
    found = msgspec.structs.replace(facts(IMAGE), inputs=(age, picture), outputs=(scores,))
    made = compose(found, default_project(found, "m.h5"))
    assert made.problems == ()
    assert list(made.signatures["serving_default"].inputs) == ["photo", "age", "metadata"]
    assert list(made.signatures["serving_default"].outputs) == ["probs", "metadata"]
    assert "as the model's author calls it" in reasons(found)["inputs.photo"].reason


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("image", "metadata"), ["input", "metadata", "key"]),
        (("image", "input"), ["image", "input", "metadata"]),
        (("input", "metadata", "key"), ["input", "metadata", "key", "instance_key"]),
    ],
)
def test_a_usual_key_gives_way_to_an_input_of_that_name(names: tuple[str, ...], keys: list[str]) -> None:
    found = facts((names[0], (None, 8, 8, 3)), *((name, (None, 4)) for name in names[1:]))
    made = compose(found, default_project(found, "m.h5"))
    assert made.problems == ()
    assert list(made.signatures["serving_default"].inputs) == keys


def test_names_that_can_be_no_keys_get_the_nearest_that_can() -> None:
    picture, age, other = called("the photo", (None, 8, 8, 3)), called("x y", (None, 1)), called("x/y", (None, 1))
    found = msgspec.structs.replace(facts(IMAGE), inputs=(age, other, picture), outputs=(age, other))
    made = compose(found, default_project(found, "m.h5"))
    assert made.problems == ()
    assert list(made.signatures["serving_default"].inputs) == ["the_photo", "x_y", "x_y_2", "metadata"]
    assert list(made.signatures["serving_default"].outputs) == ["x_y", "x_y_2", "metadata"]
