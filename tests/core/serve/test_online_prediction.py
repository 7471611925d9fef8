"""Across modules. Online prediction through googleapiclient: the service's bodies, words and limits."""

from __future__ import annotations

import base64
import json
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from googleapiclient.errors import HttpError

Deploy = Callable[..., dict[str, Any]]
MODEL = "projects/p/models/m"


def instance(number: object, key: str = "k") -> dict[str, object]:
    return {"image": {"b64": base64.b64encode(str(number).encode()).decode()}, "key": key}


@pytest.fixture
def ask(deploy: Deploy, ml: Any) -> Callable[[object], dict[str, Any]]:
    """Sends a body to the default version of a model that has one."""
    deploy("v1")

    def send(body: object) -> dict[str, Any]:
        reply: dict[str, Any] = ml.predict(name=MODEL, body=body).execute()
        return reply

    return send


def test_a_prediction_has_every_output_by_its_alias_in_order(ask: Callable[[object], dict[str, Any]]) -> None:
    reply = ask({"instances": [instance(1.5, "first"), instance(-2, "second é")]})
    assert reply == {
        "predictions": [
            {"scores": [1.5, 3.0], "key": "first", "raw_bytes": {"b64": base64.b64encode(b"1.5!").decode()}},
            {"scores": [-2.0, -4.0], "key": "second é", "raw_bytes": {"b64": base64.b64encode(b"-2!").decode()}},
        ]
    }


def test_a_named_version_and_a_named_signature_answer(deploy: Deploy, ml: Any) -> None:
    deploy("v1")
    deploy("v2")
    body = {"instances": [instance(4)], "signature_name": "serving_default"}
    assert ml.predict(name=f"{MODEL}/versions/v2", body=body).execute()["predictions"][0]["scores"] == [4.0, 8.0]
    total = ml.predict(name=MODEL, body={"instances": ["7"], "signature_name": "total"}).execute()
    assert total == {"predictions": [{"total": 7.0}]}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"instances": [{"image": "1", "kee": "k"}]}, "Unexpected tensor name: kee (Error code: 1)"),
        ({"instances": [{"image": "1", "key": "k"}, {"key": "k"}]}, "was missing in at least one input instance."),
        ({"instances": [instance(1)], "signature_name": "no"}, "No signature found for signature key no."),
        ({"instances": [instance("cat")]}, "Failed to run the provided model: Exception during running the graph: "),
        ({"instances": ["1", "2"], "signature_name": "total"}, "(Error code: 3)"),
        ({"instances": [{"image": {"b64": "§"}, "key": "k"}]}, "(Error code: 1)"),
        ({"instances": [instance(1)], "signature_name": 5}, "Invalid inputs: "),
        ({}, "Invalid inputs: "),
    ],
)
def test_a_failed_prediction_is_a_text_in_the_body(
    ask: Callable[[object], dict[str, Any]], body: object, text: str
) -> None:
    reply = ask(body)
    assert list(reply) == ["error"]
    assert reply["error"].startswith("Prediction failed: ")
    assert text in reply["error"]


def test_deep_nesting_is_answered_and_harms_nobody(ask: Callable[[object], dict[str, Any]]) -> None:
    nested: object = "x"
    for _ in range(400):
        nested = [nested]
    assert "error" in ask({"instances": [{"image": nested, "key": "k"}]})
    assert "predictions" in ask({"instances": [instance(1)]})


def test_a_request_over_the_limit_is_refused_in_the_service_s_words(ask: Callable[[object], dict[str, Any]]) -> None:
    with pytest.raises(HttpError) as caught:
        ask({"instances": [instance("1" * 3_000_000)]})
    assert caught.value.resp.status == 400
    assert caught.value.reason == "Request payload size exceeds the limit: 1572864 bytes."


def test_a_body_that_is_no_json_object_is_refused(ask: Callable[[object], dict[str, Any]]) -> None:
    for body in ([1, 2], {"instances": [math.nan]}):
        with pytest.raises(HttpError, match="Invalid JSON payload"):
            ask(body)


def test_not_a_number_in_an_output_is_not_hidden(ask: Callable[[object], dict[str, Any]]) -> None:
    scores = ask({"instances": [instance("nan")]})["predictions"][0]["scores"]
    assert all(math.isnan(x) for x in scores)


def test_a_model_without_a_version_says_so(ml: Any) -> None:
    ml.models().create(parent="projects/p", body={"name": "m"}).execute()
    with pytest.raises(HttpError) as caught:
        ml.predict(name=MODEL, body={"instances": [1]}).execute()
    assert json.loads(caught.value.content)["error"]["status"] == "FAILED_PRECONDITION"


def test_many_clients_at_once_get_their_own_answers(deploy: Deploy, url: str, ml_at: Callable[[str], Any]) -> None:
    deploy("v1")
    found: dict[int, Any] = {}

    def ask(number: int, client: Any) -> None:
        for _ in range(5):
            found[number] = client.predict(name=MODEL, body={"instances": [instance(number, str(number))]}).execute()

    clients = [ml_at(url) for _ in range(12)]
    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: (r["predictions"][0]["key"], r["predictions"][0]["scores"][0]) for n, r in found.items()} == {
        n: (str(n), float(n)) for n in range(12)
    }


def test_a_version_deleted_while_others_answer_takes_none_of_them_along(
    deploy: Deploy, ml: Any, saved_model: Path
) -> None:
    for name in ("v1", "v2"):
        deploy(name)
    ml.predict(name=f"{MODEL}/versions/v2", body={"instances": [instance(1)]}).execute()
    ml.models().versions().delete(name=f"{MODEL}/versions/v2").execute()
    with pytest.raises(HttpError) as caught:
        ml.predict(name=f"{MODEL}/versions/v2", body={"instances": [instance(1)]}).execute()
    assert caught.value.resp.status == 404
    assert "predictions" in ml.predict(name=MODEL, body={"instances": [instance(1)]}).execute()
