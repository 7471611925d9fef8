"""Across modules. What the REST transports of google-cloud-aiplatform send, in their own bytes."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_requests import Http

from workbench.core.serve.run import running

OWN = ":(?!cancel|wait|getIamPolicy|setIamPolicy|testIamPermissions)|endpoints/\\*}$|models/\\*}$|Jobs/\\*}$"
"""The methods of one service alone."""

PARENT = "projects/p/locations/us-central1"


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """One server for the whole file."""
    with running(tmp_path_factory.mktemp("shared")) as url:
        yield Http(url)


def asked(send: Http, method: str, path: str, body: Any = None) -> Any:
    status, _, reply = send(method, path, b"" if body is None else json.dumps(body).encode())
    assert status == 200, reply
    return json.loads(reply)


def http_options() -> list[tuple[str, str]]:
    """Method and path of what the transports of models, endpoints and jobs know besides their own methods."""
    spec = importlib.util.find_spec("google.cloud.aiplatform_v1")
    assert spec is not None
    assert spec.origin is not None
    found: set[tuple[str, str]] = set()
    for service in ("model_service", "endpoint_service", "job_service"):
        text = (Path(spec.origin).parent / "services" / service / "transports" / "rest_base.py").read_text("utf-8")
        found |= set(re.findall(r'"method": "(\w+)",\s*"uri": "([^"]+)"', text))
    place = r"/(ui|v1)/\{\w+=projects/\*"
    nouns = r"(/(models|endpoints|batchPredictionJobs)/\*)?"
    shared = re.compile(rf"{place}(/locations/\*{nouns}(/operations/\*)?)?\}}(/operations|/locations|:\w+)?")
    return sorted(pair for pair in found if shared.fullmatch(pair[1]) and not re.search(OWN, pair[1]))


def test_every_path_of_the_transports_http_options_is_known(send: Http) -> None:
    paths = http_options()
    assert len(paths) > 30
    for method, path in paths:
        filled = re.sub(r"\{\w+=(.*?)\}", r"\1", path).replace("*", "p", 1).replace("*", "us-central1", 1)
        status, _, reply = send(method.upper(), filled.replace("*", "7"), b"{}" if method == "post" else b"")
        assert status in (200, 404, 501), (path, reply)
        assert b"The local target has no" not in reply, path


@pytest.mark.parametrize("prefix", ["/v1", "/ui"])
def test_an_operation_is_found_where_the_transport_polls(send: Http, prefix: str) -> None:
    begun = asked(send, "POST", f"/v1/{PARENT}/endpoints", {"displayName": "e"})
    name = begun["name"]
    assert asked(send, "GET", f"{prefix}/{name}") == begun
    assert asked(send, "GET", f"{prefix}/{name.rpartition('/')[0]}") == {"operations": [begun]}
    assert asked(send, "POST", f"{prefix}/{name}:wait?timeout=1s") == begun
    assert asked(send, "POST", f"{prefix}/{name}:cancel", {}) == {}
    assert asked(send, "GET", f"{prefix}/{PARENT}")["locationId"] == "us-central1"
    assert asked(send, "DELETE", f"{prefix}/{name}") == {}
    assert send("GET", f"{prefix}/{name}")[0] == 404


def test_a_policy_is_not_said_to_be_set(send: Http) -> None:
    status, _, reply = send("POST", f"/v1/{PARENT}/models/7:setIamPolicy", b"{}")
    assert (status, "setIamPolicy" in json.loads(reply)["error"]["message"]) == (501, True)
