"""The composer: keys, shapes and lint."""

from __future__ import annotations

import msgspec
from support import IMAGE, changed, composed, facts, reading

from workbench.spec.defaults import default_project
from workbench.spec.model import LayerFacts, ModelFacts, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import ImageInput, Passthrough
from workbench.spec.signature import PREDICT_METHOD, Composition, compose
from workbench.spec.tensors import TensorSpec

WITH_FEATURES = facts(IMAGE, ("Features", (None, 8)))


def _compose(given: ModelFacts = WITH_FEATURES, **keys: object) -> Composition:
    return composed(given, **keys)


def test_the_signature_of_a_model_with_features_comes_out_whole() -> None:
    made = _compose()
    assert made.problems == ()
    signature = made.signatures["serving_default"]
    assert signature.method_name == PREDICT_METHOD
    assert signature.inputs["input"] == TensorSpec("DT_STRING", (-1,), "inputs/input:0")
    assert signature.inputs["Features"] == TensorSpec("DT_FLOAT", (-1, 8), "inputs/Features:0")
    assert signature.outputs["classes"] == TensorSpec("DT_FLOAT", (-1, 3), "outputs/classes:0")
    assert set(signature.inputs) == {"input", "Features", "metadata"}
    assert set(signature.outputs) == {"classes", "metadata"}


def test_three_signatures_share_their_outputs_and_differ_in_what_is_fed() -> None:
    made = _compose()
    assert set(made.signatures) == {"serving_default", "tf_example", "tensor"}
    assert len({str(s.outputs) for s in made.signatures.values()}) == 1
    assert made.signatures["tf_example"].inputs == {"examples": TensorSpec("DT_STRING", (-1,), "examples/examples:0")}
    assert made.signatures["tensor"].inputs["input"] == TensorSpec("DT_FLOAT", (-1, 64, 48, 3), "tensors/input:0")
    assert made.signatures["tensor"].inputs["Features"] == made.signatures["serving_default"].inputs["Features"]


def test_a_side_that_the_model_leaves_open_is_open_in_the_tensor_signature_whatever_the_images_size() -> None:
    for sides, size in ((((None, None)), "20x30"), ((None, 48), "20x48"), ((None, None), "as-sent")):
        free = facts(("image", (None, *sides, 3)))
        made = compose(free, default_project(free, "m.h5", size=size))
        assert made.problems == ()
        assert made.signatures["tensor"].inputs["input"].shape == (-1, -1, sides[1] or -1, 3)
        assert made.as_sent == (("input",) if size == "as-sent" else ())


def test_images_as_sent_are_noted_with_what_callers_have_to_know() -> None:
    free = facts(("image", (None, None, 48, 3)))
    (note,) = [n for n in compose(free, default_project(free, "m.h5", size="as-sent")).notes if n.code == "AS_SENT"]
    assert note.field == "preprocess.size"
    assert "Every image must be 48 pixels wide." in note.message
    assert "one image per request" in note.message


def test_images_as_sent_are_a_problem_where_the_model_takes_one_size_and_where_they_are_fitted() -> None:
    fixed = changed(default_project(WITH_FEATURES, "m.h5"), size="as sent")
    assert _codes(compose(WITH_FEATURES, fixed)) == [("SIZE_MISMATCH", "preprocess.size")]
    free = facts(("image", (None, None, None, 3)))
    cut = changed(default_project(free, "m.h5", size="as-sent"), fit="crop")
    assert _codes(compose(free, cut)) == [("BAD_FIT", "preprocess.fit")]


def test_a_further_picture_keeps_its_own_size_or_the_models() -> None:
    two = facts(("first", (None, None, None, 3)), ("second", (None, 16, 16, 3)), ("third", (None, None, None, 1)))
    project = default_project(two, "m.h5", size="as-sent")
    made = compose(two, project)
    assert made.problems == ()
    assert made.as_sent == ("input", "third")
    assert made.signatures["tensor"].inputs["second"].shape == (-1, 16, 16, 3)


def test_signatures_have_the_users_names_and_an_empty_name_leaves_one_out() -> None:
    made = _compose(name="predict", tf_example="records", examples_key="record", tensor="")
    assert set(made.signatures) == {"predict", "records"}
    assert set(made.signatures["records"].inputs) == {"record"}
    assert "NO_SERVING_DEFAULT" in [n.code for n in made.notes]


def test_two_signatures_of_one_name_and_reserved_names_are_found() -> None:
    assert _codes(_compose(tensor="tf_example")) == [("DUPLICATE_SIGNATURE", "signature.tensor")]
    assert _codes(_compose(name="__saved_model_init_op")) == [("BAD_SIGNATURE_NAME", "signature.name")]
    assert ("BAD_SIGNATURE_NAME", "signature.name") in _codes(_compose(name=""))


def test_feeds_and_answers_say_which_alias_is_which_tensor_of_the_model() -> None:
    made = _compose(image_key="jpeg_bytes", scores_key="p")
    assert [(f.alias, f.kind, f.source) for f in made.feeds] == [
        ("jpeg_bytes", "image", "image"),
        ("Features", "tensor", "Features"),
        ("metadata", "passthrough", "metadata"),
    ]
    assert [(a.alias, a.kind, a.source) for a in made.answers] == [
        ("p", "output", "scores"),
        ("metadata", "passthrough", "metadata"),
    ]
    assert made.image_alias == "jpeg_bytes"


def test_several_outputs_keep_the_models_names() -> None:
    two = facts(IMAGE, outputs=(("angle", (None, 1)), ("speed", (None, 1))))
    assert [a.alias for a in _compose(two).answers] == ["angle", "speed", "metadata"]
    named = _compose(two, outputs={"speed": "kmh"}, scores_of="angle", scores_key="steer")
    assert [a.alias for a in named.answers] == ["steer", "kmh", "metadata"]
    assert [a.alias for a in _compose(two, outputs={"speed": ""}).answers] == ["angle", "metadata"]


def test_the_models_own_names_may_be_changed_for_the_callers() -> None:
    made = _compose(inputs={"Features": "features"})
    assert "features" in made.signatures["serving_default"].inputs
    assert _codes(_compose(inputs={"Feature": "f"})) == [("NO_TENSOR", "signature.inputs")]


def test_an_output_shape_nobody_knows_stays_open() -> None:
    unknown = msgspec.structs.replace(
        WITH_FEATURES, outputs=(msgspec.structs.replace(WITH_FEATURES.outputs[0], shape=None),)
    )
    assert _compose(unknown).signatures["serving_default"].outputs["classes"].shape is None


def _codes(made: Composition) -> list[tuple[str, str]]:
    return [(p.code, p.field) for p in made.problems]


def test_a_key_asked_for_twice_is_found() -> None:
    assert ("DUPLICATE_ALIAS", "signature.passthrough") in _codes(_compose(passthrough=("metadata", "metadata")))
    assert ("DUPLICATE_ALIAS", "signature.image_key") in _codes(_compose(image_key="Features"))


def test_a_score_key_that_is_a_passthrough_key_is_found() -> None:
    assert ("DUPLICATE_ALIAS", "signature.passthrough") in _codes(_compose(scores_key="metadata"))


def test_keys_with_illegal_characters_are_found() -> None:
    assert _codes(_compose(image_key="my image")) == [("BAD_ALIAS", "signature.image_key")]
    assert _codes(_compose(scores_key="ü")) == [("BAD_ALIAS", "signature.scores_key")]
    assert _codes(_compose(passthrough=("b64",))) == [("BAD_ALIAS", "signature.passthrough")]


def test_a_reply_without_anything_of_the_model_is_refused() -> None:
    assert _codes(_compose(scores_key="")) == [("NO_OUTPUT", "signature.scores_key")]
    assert _codes(_compose(scores_key="", best_key="best")) == []


def test_a_text_that_would_come_back_as_base64_is_noted() -> None:
    made = _compose(passthrough=("id_bytes", Passthrough("thumb_bytes", "thumb")))
    assert made.problems == ()
    assert [(n.code, n.field) for n in made.notes] == [("BYTES_SUFFIX", "signature.passthrough")]


def test_one_output_alone_is_answered_bare_by_tf_serving() -> None:
    assert [n.code for n in _compose(passthrough=()).notes] == ["BARE_REPLY"]


def test_passthrough_keys_have_any_dtype_and_shape_and_another_name_in_the_reply() -> None:
    made = _compose(
        passthrough=(Passthrough("object_id", "metadata", "int64"), Passthrough("box", "", "float32", (4,)))
    )
    signature = made.signatures["serving_default"]
    assert made.problems == ()
    assert signature.inputs["object_id"] == TensorSpec("DT_INT64", (-1,), "inputs/object_id:0")
    assert signature.outputs["metadata"] == TensorSpec("DT_INT64", (-1,), "outputs/metadata:0")
    assert signature.inputs["box"].shape == signature.outputs["box"].shape == (-1, 4)
    assert "object_id" not in signature.outputs


def test_a_passthrough_of_no_dtype_or_shape_is_found_at_its_field() -> None:
    for wrong in (Passthrough("a", "", "complex64"), Passthrough("a", "", "int64", (0,))):
        assert ("BAD_PASSTHROUGH", "signature.passthrough") in _codes(_compose(passthrough=(wrong,)))


def test_an_open_passthrough_shape_cannot_go_into_an_example() -> None:
    open_shape = (Passthrough("path", "", "float32", (-1,)),)
    assert _codes(_compose(passthrough=open_shape)) == [("OPEN_SHAPE", "signature.tf_example")]
    assert _compose(passthrough=open_shape, tf_example="").problems == ()


def test_defaults_of_examples_must_fit_their_keys() -> None:
    assert _compose(defaults={"metadata": "none", "Features": [0.5] * 8}).problems == ()
    assert _codes(_compose(defaults={"Features": [0.5] * 7})) == [("BAD_DEFAULT", "signature.defaults")]
    assert _codes(_compose(defaults={"metadata": 3})) == [("BAD_DEFAULT", "signature.defaults")]
    assert _codes(_compose(defaults={"input": "x"})) == [("UNKNOWN_KEY", "signature.defaults")]


def test_labels_must_fit_the_width_of_the_scores() -> None:
    assert _codes(_compose(labels=("a", "b"))) == [("LABEL_COUNT", "signature.labels")]
    assert _compose(labels=("a", "b", "c")).problems == ()


def test_two_labels_fit_a_single_unit() -> None:
    one = facts(IMAGE, outputs=(("p", (None, 1)),))
    made = _compose(one, labels=("no", "yes"), top_k=2, best_key="best")
    assert made.problems == ()
    assert made.signatures["serving_default"].outputs["labels"].shape == (-1, 2)


def test_labels_and_best_scores_are_answered_under_the_users_keys() -> None:
    made = _compose(labels=("a", "b", "c"), top_k=2, labels_key="names", top_scores_key="p", best_key="best")
    outputs = made.signatures["serving_default"].outputs
    assert outputs["names"] == TensorSpec("DT_STRING", (-1, 2), "outputs/names:0")
    assert outputs["p"] == TensorSpec("DT_FLOAT", (-1, 2), "outputs/p:0")
    assert outputs["best"] == TensorSpec("DT_STRING", (-1,), "outputs/best:0")
    assert _compose(top_k=9).signatures["serving_default"].outputs["labels"] == TensorSpec(
        "DT_INT32", (-1, 3), "outputs/labels:0"
    )


def test_what_is_made_of_scores_needs_one_score_a_class() -> None:
    two = facts(IMAGE, outputs=(("angle", (None, 1)), ("speed", (None, 1))))
    assert _codes(_compose(two, top_k=1)) == [("NO_SCORES", "signature.top_k")]
    assert _codes(_compose(facts(IMAGE, outputs=(("mask", (None, 8, 8, 2)),)), best_key="b")) == [
        ("NO_SCORES", "signature.best_key")
    ]
    assert _codes(_compose(two, activation="softmax")) == [("NO_SCORES", "signature.activation")]


def test_classify_has_the_form_tensorflow_serving_asks_for() -> None:
    made = _compose(labels=("a", "b", "c"), classify="classify")
    signature = made.signatures["classify"]
    assert signature.method_name == "tensorflow/serving/classify"
    assert signature.inputs == {"inputs": TensorSpec("DT_STRING", (-1,), "examples/examples:0")}
    assert {a: (t.dtype, t.shape) for a, t in signature.outputs.items()} == {
        "classes": ("DT_STRING", (-1, 3)),
        "scores": ("DT_FLOAT", (-1, 3)),
    }
    mask = facts(IMAGE, outputs=(("mask", (None, 8, 8, 2)),))
    assert ("NO_SCORES", "signature.classify") in _codes(_compose(mask, classify="classify"))


def test_an_activation_on_top_of_one_and_logits_without_any_are_noted() -> None:
    for last, keys, code in (
        ("softmax", {"activation": "softmax"}, "DOUBLE_ACTIVATION"),
        ("linear", {"labels": ("a", "b", "c")}, "LOGITS"),
    ):
        given = msgspec.structs.replace(WITH_FEATURES, layer_table=(LayerFacts("dense", "Dense", activation=last),))
        assert [n.code for n in _compose(given, **keys).notes] == [code]


def test_a_model_without_an_image_input_and_a_project_with_one_give_a_problem() -> None:
    project = default_project(WITH_FEATURES, "m.h5")
    made = compose(facts(("Features", (None, 8))), project)
    assert made.signatures == {}
    assert [p.code for p in made.problems] == ["NO_IMAGE_INPUT"]


def test_a_model_fed_by_values_alone_has_no_tensor_signature() -> None:
    made = _compose(facts(("Features", (None, 8)), ("ids", (None,))))
    assert made.problems == ()
    assert set(made.signatures) == {"serving_default", "tf_example"}
    assert made.image_alias == ""


def test_several_pictures_have_their_own_keys_and_sizes() -> None:
    two = facts(IMAGE, ("right", (None, 32, 32, 3)))
    project = default_project(two, "m.h5")
    made = compose(two, project)
    assert made.problems == ()
    assert made.image_aliases == ("input", "right")
    assert made.signatures["tensor"].inputs["right"].shape == (-1, 32, 32, 3)
    own = Preprocess(size=(9, 9))
    wrong = msgspec.structs.replace(project, images={"right": ImageInput(key="input", preprocess=own)})
    assert set(_codes(compose(two, wrong))) == {
        ("SIZE_MISMATCH", "images.right.preprocess.size"),
        ("DUPLICATE_ALIAS", "images.right.key"),
    }


def test_a_picture_of_whole_numbers_is_not_scaled() -> None:
    whole = msgspec.structs.replace(WITH_FEATURES, inputs=(TensorFacts("image", "uint8", (None, 64, 48, 3)),))
    project = default_project(whole, "m.h5")
    assert reading(project).scale == "0..255"
    assert compose(whole, project).signatures["tensor"].inputs["input"].dtype == "DT_UINT8"
    assert _codes(compose(whole, changed(project, scale="0..1"))) == [("WHOLE_NUMBERS", "preprocess.scale")]


def test_a_fixed_batch_is_a_problem() -> None:
    assert [p.code for p in _compose(facts(("image", (8, 64, 48, 3)))).problems] == ["FIXED_BATCH"]


def test_composing_never_raises_for_bad_settings() -> None:
    project: Project = default_project(WITH_FEATURES, "m.h5")
    assert [p.code for p in compose(WITH_FEATURES, changed(project, reader="?")).problems] == ["BAD_READER"]
