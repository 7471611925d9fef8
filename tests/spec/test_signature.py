"""The composer: keys, shapes and lint, and the texts drawn from them."""

from __future__ import annotations

import msgspec
from support import IMAGE, facts

from workbench.spec.model import ModelFacts
from workbench.spec.project import Project, default_project
from workbench.spec.render import render_text, sample_reply, sample_request
from workbench.spec.signature import PREDICT_METHOD, Composition, TensorSpec, compose

ARTICLE = facts(IMAGE, ("Features", (None, 8)))


def _compose(given: ModelFacts = ARTICLE, **keys: object) -> Composition:
    project = default_project(given, "m.h5")
    return compose(
        given, msgspec.structs.replace(project, signature=msgspec.structs.replace(project.signature, **keys))
    )


def test_the_articles_signature_comes_out_whole() -> None:
    made = _compose()
    assert made.problems == ()
    signature = made.signatures["serving_default"]
    assert signature.method_name == PREDICT_METHOD
    assert signature.inputs["input"] == TensorSpec("DT_STRING", (-1,), "serving_default/inputs/input:0")
    assert signature.inputs["Features"] == TensorSpec("DT_FLOAT", (-1, 8), "serving_default/inputs/Features:0")
    assert signature.outputs["classes"] == TensorSpec("DT_FLOAT", (-1, 3), "serving_default/outputs/classes:0")
    assert set(signature.inputs) == {"input", "Features", "metadata"}
    assert set(signature.outputs) == {"classes", "metadata"}


def test_feeds_and_scores_say_which_alias_is_which_tensor_of_the_model() -> None:
    made = _compose(image_key="jpeg_bytes", scores_key="p")
    assert made.feeds == {"jpeg_bytes": "image", "Features": "Features"}
    assert made.scores == {"p": "scores"}
    assert made.image_alias == "jpeg_bytes"


def test_several_outputs_keep_the_models_names() -> None:
    two = facts(IMAGE, outputs=(("angle", (None, 1)), ("speed", (None, 1))))
    assert set(_compose(two).scores) == {"angle", "speed"}


def test_an_output_shape_nobody_knows_stays_open() -> None:
    unknown = msgspec.structs.replace(ARTICLE, outputs=(msgspec.structs.replace(ARTICLE.outputs[0], shape=None),))
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
    assert _codes(_compose(scores_key="")) == [("BAD_ALIAS", "signature.scores_key")]


def test_a_passthrough_key_that_would_come_back_as_base64_is_found() -> None:
    assert _codes(_compose(passthrough=("id_bytes",))) == [("BYTES_SUFFIX", "signature.passthrough")]


def test_labels_must_fit_the_width_of_the_scores() -> None:
    assert _codes(_compose(labels=("a", "b"))) == [("LABEL_COUNT", "signature.labels")]
    assert _compose(labels=("a", "b", "c")).problems == ()


def test_a_model_without_an_image_input_gives_problems_and_no_signature() -> None:
    project = default_project(ARTICLE, "m.h5")
    made = compose(facts(("Features", (None, 8))), project)
    assert made.signatures == {}
    assert [p.code for p in made.problems] == ["NO_IMAGE_INPUT"]


def test_composing_never_raises_for_bad_settings() -> None:
    project: Project = default_project(ARTICLE, "m.h5")
    bad = msgspec.structs.replace(project, preprocess=msgspec.structs.replace(project.preprocess, reader="?"))
    assert [p.code for p in compose(ARTICLE, bad).problems] == ["BAD_READER"]


def test_the_text_holds_every_fact_of_the_signature() -> None:
    text = render_text(_compose().signatures)
    for words in (
        "MetaGraphDef with tag-set: 'serve'",
        "signature_def['serving_default']:",
        "inputs['Features'] tensor_info:\n        dtype: DT_FLOAT\n        shape: (-1, 8)",
        "outputs['classes'] tensor_info:\n        dtype: DT_FLOAT\n        shape: (-1, 3)",
        "Method name is: tensorflow/serving/predict",
    ):
        assert words in text


def test_the_sample_exchange_has_the_form_of_the_real_one() -> None:
    made = _compose()
    signature = made.signatures["serving_default"]
    instance = sample_request(signature, made.image_alias)["instances"][0]  # type: ignore[index]
    assert set(instance) == {"input", "Features", "metadata"}
    assert set(instance["input"]) == {"b64"}
    prediction = sample_reply(signature)["predictions"][0]  # type: ignore[index]
    assert prediction["classes"] == [0.0, 0.0, 0.0]
    assert prediction["metadata"] == instance["metadata"]
