"""Instances to predictions with the words and the rules of ML Engine's own server."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from workbench.core.instances.online import (
    PredictionError,
    decode_base64,
    pick_signature,
    predict_decoded,
    to_columns,
    to_rows,
)
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec, TensorSpec


def spec(*aliases: str) -> SignatureSpec:
    return SignatureSpec("m", {a: TensorSpec("DT_STRING", (-1,), f"{a}:0") for a in aliases}, {})


def test_b64_objects_become_bytes_at_any_depth_and_nothing_else_changes() -> None:
    encoded = {"b64": base64.b64encode(b"\xff\xd8").decode()}
    given = [{"a": encoded, "deep": [[encoded]], "plain": "text", "two": {"b64": "x", "c": 1}}]
    assert decode_base64(given) == [
        {"a": b"\xff\xd8", "deep": [[b"\xff\xd8"]], "plain": "text", "two": {"b64": "x", "c": 1}}
    ]


@pytest.mark.parametrize("value", ["not base64!", 3, None, "YQ="])
def test_a_b64_that_is_none_is_an_invalid_input(value: object) -> None:
    with pytest.raises(PredictionError) as caught:
        decode_base64({"b64": value})
    assert caught.value.kind == 1


def test_the_only_signature_needs_no_name_and_a_wrong_name_is_said() -> None:
    one = {"other": spec("a")}
    assert pick_signature(one, None) == "other"
    two = {"serving_default": spec("a"), "other": spec("a")}
    assert pick_signature(two, None) == "serving_default"
    assert pick_signature(two, "other") == "other"
    with pytest.raises(PredictionError, match="No signature found for signature key nothing"):
        pick_signature(two, "nothing")


def test_bare_values_serve_a_signature_of_one_input() -> None:
    assert to_columns(["x", {"a": "y"}], spec("a")) == {"a": ["x", "y"]}
    with pytest.raises(PredictionError, match="Expected tensor name: a, got tensor name"):
        to_columns([{"b": "x"}], spec("a"))


def test_unknown_and_missing_keys_are_named() -> None:
    both = spec("a", "b")
    with pytest.raises(PredictionError, match=r"Unexpected tensor name: c \(Error code: 1\)"):
        to_columns([{"a": 1, "b": 2, "c": 3}], both)
    with pytest.raises(PredictionError, match="Input b was missing in at least one input instance"):
        to_columns([{"a": 1, "b": 2}, {"a": 1}], both)
    with pytest.raises(PredictionError, match="must be an object"):
        to_columns(["x"], both)


def test_outputs_become_one_object_an_instance() -> None:
    arrays = {"scores": np.array([[0.5, 0.25], [1, 2]], "float32"), "id": np.array([b"a", "ü".encode()], object)}
    assert to_rows(arrays, 2) == [{"scores": [0.5, 0.25], "id": "a"}, {"scores": [1.0, 2.0], "id": "ü"}]


def test_an_alias_ending_in_bytes_comes_back_as_base64() -> None:
    rows = to_rows({"raw_bytes": np.array([b"\xff"], object)}, 1)
    assert rows == [{"raw_bytes": {"b64": "/w=="}}]


def test_text_that_is_no_utf8_and_batches_that_do_not_fit_are_output_errors() -> None:
    with pytest.raises(PredictionError) as caught:
        to_rows({"id": np.array([b"\xff"], object)}, 1)
    assert caught.value.kind == 3
    for sizes in ((2, 1), (2, 3)):
        with pytest.raises(PredictionError, match="differing sizes"):
            to_rows({"a": np.zeros(sizes[0]), "b": np.zeros(sizes[1])}, 2)


@pytest.fixture(scope="module")
def session(exported: Any) -> Any:
    found = ServingSession(exported("image_and_features"))
    yield found
    found.close()


def _instance(**changes: object) -> dict[str, object]:
    from support import REFERENCE

    data = (REFERENCE / "images" / "img03.jpg").read_bytes()
    return {"input": data, "metadata": "a", "Features": [0.0] * 8, **changes}


def test_a_batch_answers_in_its_order(session: ServingSession) -> None:
    given = [_instance(metadata=f"id {i}") for i in range(5)]
    assert [row["metadata"] for row in predict_decoded(session, given, "serving_default")] == [
        f"id {i}" for i in range(5)
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input": b"no image"}, "Exception during running the graph"),
        ({"Features": [0.0, 1.0]}, "Exception during running the graph"),
        ({"Features": ["x"] * 8}, "The values of 'Features' are no float32 tensor"),
    ],
)
def test_a_batch_the_graph_refuses_fails_with_the_services_words(
    session: ServingSession, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(PredictionError, match=words) as caught:
        predict_decoded(session, [_instance(**changes)], "serving_default")
    assert "Error code: 2" in caught.value.message
    assert len(caught.value.message) < 600


def test_a_folder_that_holds_no_export_is_refused(tmp_path: Any) -> None:
    with pytest.raises(WorkbenchError) as caught:
        ServingSession(tmp_path)
    assert caught.value.code == "NOT_A_SAVEDMODEL"
    (tmp_path / "saved_model.pb").write_bytes(b"\x01\x02")
    with pytest.raises(WorkbenchError) as caught:
        ServingSession(tmp_path)
    assert caught.value.code == "CANNOT_LOAD"
