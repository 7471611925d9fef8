"""Signatures as text, and sample requests and replies of them."""

from __future__ import annotations

from support import IMAGE, composed, facts

from workbench.spec.render import bare_reply, render_text, reply_for, request_for
from workbench.spec.settings import Passthrough
from workbench.spec.signature import PREDICT_METHOD, Composition
from workbench.spec.tensors import SignatureSpec, TensorSpec

WITH_FEATURES = facts(IMAGE, ("Features", (None, 8)))


def test_the_text_holds_every_fact_of_the_signature() -> None:
    text = render_text(composed(WITH_FEATURES).signatures)
    for words in (
        "MetaGraphDef with tag-set: 'serve'",
        "signature_def['serving_default']:",
        "inputs['Features'] tensor_info:\n        dtype: DT_FLOAT\n        shape: (-1, 8)",
        "outputs['classes'] tensor_info:\n        dtype: DT_FLOAT\n        shape: (-1, 3)",
        "Method name is: tensorflow/serving/predict",
    ):
        assert words in text


def test_the_sample_exchange_has_the_form_of_the_real_one() -> None:
    made = composed(
        WITH_FEATURES, passthrough=(Passthrough("object_id", "metadata"),), top_k=2, labels=("cat", "dog", "cow")
    )
    body = request_for(made, "serving_default")
    instance = body["instances"][0]  # type: ignore[index]
    assert set(instance) == {"input", "Features", "object_id"}
    assert set(instance["input"]) == {"b64"}
    prediction = reply_for(made, "serving_default", ("cat", "dog", "cow"))["predictions"][0]  # type: ignore[index]
    assert prediction["classes"] == [0.0, 0.0, 0.0]
    assert prediction["metadata"] == instance["object_id"]
    assert prediction["labels"] == ["cat", "dog"]


def test_other_signatures_are_named_in_the_request_and_records_are_bytes() -> None:
    made = composed(WITH_FEATURES)
    body = request_for(made, "tf_example")
    assert body["signature_name"] == "tf_example"
    assert set(body["instances"][0]["examples"]) == {"b64"}  # type: ignore[index]
    assert request_for(made, "tensor")["instances"][0]["input"][0][0] == [0.0, 0.0, 0.0]  # type: ignore[index]


def test_a_bare_reply_is_shown_where_tf_serving_sends_one() -> None:
    alone = composed(WITH_FEATURES, passthrough=())
    assert bare_reply(reply_for(alone, "serving_default")) == {"predictions": [[0.0, 0.0, 0.0]]}
    assert bare_reply(reply_for(composed(WITH_FEATURES), "serving_default")) is None


def test_a_foreign_signature_has_samples_too() -> None:
    spec = SignatureSpec(PREDICT_METHOD, {"x_bytes": TensorSpec("DT_STRING", (-1,), "x:0")}, {})
    foreign = Composition({"serving_default": spec}, ())
    assert request_for(foreign, "serving_default")["instances"] == [{"x_bytes": {"b64": "/9j/4AAQSkZJRg..."}}]
