"""Across modules. What the REST transports of google-cloud-aiplatform send, in their own bytes."""

from __future__ import annotations

import importlib.resources
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_requests import Http

from workbench.core.serve.run import running
from workbench.core.serve.vertex.discovery import SCHEMAS, with_enum_numbers
from workbench.core.serve.vertex.enum_numbers import numbers

OWN = ":(?!cancel|wait|getIamPolicy|setIamPolicy|testIamPermissions)|endpoints/\\*}$|models/\\*}$|Jobs/\\*}$"
"""The methods of one service alone."""

TAKEN = (
    "UploadModelRequest DeployModelRequest UndeployModelRequest MutateDeployedModelRequest Endpoint Model "
    "MergeVersionAliasesRequest BatchPredictionJob DeployModelOperationMetadata"
).split()
TYPE = "type.googleapis.com/google.cloud.aiplatform.v1."
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


def test_the_numbers_of_enums_are_those_of_the_official_messages() -> None:
    from google.cloud.aiplatform_v1 import types

    checked = 0
    for schema, properties in reachable().items():
        message = message_of(types, schema.removeprefix(SCHEMAS))
        for name, enum in properties.items():
            snake = re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), name)
            official = message.meta.fields.get(snake, message.meta.fields.get(f"{snake}_")).enum
            known = numbers(enum)
            assert known == {one: official[one].value for one in known}, (schema, name)
            assert set(known) == {one.name for one in official}, (schema, name)
            checked += 1
    assert checked > 10


def reachable() -> dict[str, dict[str, list[str]]]:
    """The enums in all messages that the served methods take, by message and field."""
    files = importlib.resources.files("googleapiclient.discovery_cache.documents")
    schemas = json.loads((files / "aiplatform.v1.json").read_bytes())["schemas"]
    found: dict[str, dict[str, list[str]]] = {}
    waiting = [SCHEMAS + name for name in TAKEN]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = {}
        for field, spec in schemas[name].get("properties", {}).items():
            inner = spec.get("items", spec.get("additionalProperties", spec))
            waiting += [inner["$ref"]] if "$ref" in inner else []
            found[name] |= {field: inner["enum"]} if "enum" in inner else {}
    return {name: enums for name, enums in found.items() if enums}


def message_of(types: Any, name: str) -> Any:
    """The message of a schema; those inside others are `OuterInner` in the description."""
    if hasattr(types, name):
        return getattr(types, name)
    outer = max((n for n in dir(types) if name.startswith(n)), key=len)
    inner = name.removeprefix(outer)
    return message_of(getattr(types, outer), inner)


DEPLOYED = {
    "model": f"{PARENT}/models/none",
    "dedicatedResources": {
        "machineSpec": {"machineType": "n1-standard-4", "acceleratorType": 9, "acceleratorCount": 1},
        "minReplicaCount": 1,
    },
}


def test_enums_are_taken_and_given_as_numbers(send: Http) -> None:
    name = asked(send, "POST", f"/v1/{PARENT}/endpoints", {"displayName": "e"})["response"]["name"]
    # A model that is not there is what stops it: the number has been read.
    status, _, reply = send("POST", f"/v1/{name}:deployModel", json.dumps({"deployedModel": DEPLOYED}).encode())
    assert (status, b"models/none" in reply) == (404, True)
    DEPLOYED["dedicatedResources"]["machineSpec"]["acceleratorType"] = 99  # type: ignore[index]
    assert send("POST", f"/v1/{name}:deployModel", json.dumps({"deployedModel": DEPLOYED}).encode())[0] == 400
    listed = asked(send, "GET", f"/v1/{PARENT}/endpoints?%24alt=json%3Benum-encoding%3Dint&filter=endpoint%3D0")
    assert listed == {}
    body = {"state": "JOB_STATE_FAILED", "labels": {"state": "JOB_STATE_FAILED"}}
    assert with_enum_numbers(SCHEMAS + "BatchPredictionJob", body) == body | {"state": 5}
    machines = {"machineSpec": {"acceleratorType": "NVIDIA_A100_80GB"}}
    operation = {
        "metadata": {"@type": f"{TYPE}DeployModelOperationMetadata", "deploymentStage": "STARTING_MODEL_SERVER"},
        "response": {"@type": f"{TYPE}DeployModelResponse", "deployedModel": {"dedicatedResources": machines}},
    }
    numbered = with_enum_numbers("GoogleLongrunningOperation", operation)
    assert numbered["metadata"]["deploymentStage"] == 3
    found = numbered["response"]["deployedModel"]["dedicatedResources"]["machineSpec"]
    assert found == {"acceleratorType": 9}


@pytest.mark.parametrize(("query", "status"), [("$alt=proto", 501), ("alt=media", 501), ("$alt=json;x=1", 501)])
def test_another_form_of_reply_is_refused_before_anything_is_done(send: Http, query: str, status: int) -> None:
    before = asked(send, "GET", f"/v1/{PARENT}/endpoints")
    body = json.dumps({"displayName": "refused"}).encode()
    assert send("POST", f"/v1/{PARENT}/endpoints?{query}", body)[0] == status
    assert asked(send, "GET", f"/v1/{PARENT}/endpoints") == before
