"""Across modules. `aiplatform` v1 through googleapiclient: models, their versions and aliases, regions and
operations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.core.serve.vertex.operations import VertexOperations

PARENT = "projects/p/locations/us-central1"
IMAGE = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
Refusal = Callable[[Any], dict[str, Any]]


@pytest.fixture
def upload_model(
    vertex: Any, bucket: Any, saved_model: Path, upload: Any, finished: Any
) -> Callable[..., dict[str, Any]]:
    """Uploads the tiny SavedModel as a model or a version of one; the ended operation."""

    def make(body: dict[str, Any] | None = None, /, **model: Any) -> dict[str, Any]:
        uri = upload(bucket, saved_model, "m")
        full = {"displayName": "flowers", "artifactUri": uri, "containerSpec": {"imageUri": IMAGE}, **model}
        request = vertex.models().upload(parent=PARENT, body={"model": full, **(body or {})})
        done: dict[str, Any] = finished(vertex.models(), request.execute())
        return done

    return make


def test_an_uploaded_model_is_shown_listed_changed_and_deleted(
    upload_model: Any, vertex: Any, finished: Any, refusal: Refusal, root: Path
) -> None:
    assert vertex.models().list(parent=PARENT).execute() == {}
    operation = upload_model({"modelId": "flowers"}, labels={"team": "a"}, versionDescription="first")
    name = operation["response"]["model"]
    # The service shows the project's number, whatever it was called by.
    assert name.startswith("projects/")
    assert name.split("/")[1].isdigit()
    assert operation["name"].startswith(f"{name}/operations/")
    assert operation["metadata"]["@type"].endswith("v1.UploadModelOperationMetadata")
    model = vertex.models().get(name=f"{PARENT}/models/flowers").execute()
    assert (model["name"], model["versionId"], model["versionAliases"]) == (name, "1", ["default"])
    assert (model["labels"], model["versionDescription"]) == ({"team": "a"}, "first")
    assert vertex.models().list(parent=PARENT).execute()["models"] == [model]
    body = {"displayName": "trees", "description": "green"}
    changed = vertex.models().patch(name=name, updateMask="display_name,description", body=body).execute()
    assert (changed["displayName"], changed["description"]) == ("trees", "green")
    assert changed["etag"] != model["etag"]
    done = finished(vertex.models(), vertex.models().delete(name=name).execute())
    assert done["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    assert refusal(vertex.models().get(name=name))["status"] == "NOT_FOUND"
    assert list((root / "versions").iterdir()) == []


def test_models_are_found_by_a_filter_and_come_in_pages(upload_model: Any, vertex: Any, refusal: Refusal) -> None:
    for name in ("a", "b", "c"):
        upload_model({"modelId": name}, displayName=name.upper(), labels={"kind": "x" if name == "b" else "y"})
    listed = vertex.models().list

    def names(**query: Any) -> list[str]:
        found, request = [], listed(parent=PARENT, **query)
        while request is not None:
            reply = request.execute()
            found += [model["displayName"] for model in reply.get("models", [])]
            request = vertex.models().list_next(request, reply)
        return found

    assert names(pageSize=1) == ["C", "B", "A"]
    assert names(filter='display_name="B"') == ["B"]
    assert names(filter='labels.kind="y" AND display_name!="A"') == ["C"]
    assert names(filter='model="b"') == ["B"]
    assert names(filter='model!="b"', orderBy="display_name") == ["A", "C"]
    assert names(orderBy="create_time desc, display_name", pageSize=2) == ["C", "B", "A"]
    assert names(filter="labels:kind AND labels.kind=x") == ["B"]
    assert refusal(listed(parent=PARENT, orderBy="etag"))["code"] == 501
    assert refusal(listed(parent=PARENT, orderBy="display_name up"))["code"] == 400
    assert "'description'" in refusal(listed(parent=PARENT, filter='description="B"'))["message"]
    assert "readMask" in refusal(listed(parent=PARENT, readMask="name"))["message"]
    assert "Invalid filter" in refusal(listed(parent=PARENT, filter="what is this"))["message"]


def test_versions_are_numbered_and_named_by_aliases(
    upload_model: Any, vertex: Any, finished: Any, refusal: Refusal
) -> None:
    models = vertex.models()
    name = upload_model({"modelId": "m"})["response"]["model"]
    second = upload_model({"parentModel": f"{PARENT}/models/m"}, versionAliases=["canary"])
    assert (second["response"]["model"], second["response"]["modelVersionId"]) == (name, "2")
    upload_model({"parentModel": name}, versionAliases=["canary", "beta"])
    assert [(v["versionId"], v["versionAliases"]) for v in models.listVersions(name=name).execute()["models"]] == [
        ("1", ["default"]),
        ("2", []),
        ("3", ["canary", "beta"]),
    ]
    assert models.get(name=f"{name}@canary").execute()["versionId"] == "3"
    assert models.get(name=f"{name}@2").execute()["versionId"] == "2"
    assert models.get(name=name).execute()["versionId"] == "1"
    merged = models.mergeVersionAliases(name=f"{name}@3", body={"versionAliases": ["default", "-beta"]}).execute()
    assert sorted(merged["versionAliases"]) == ["canary", "default"]
    assert models.get(name=f"{name}@1").execute()["versionAliases"] == []
    assert models.get(name=name).execute()["versionId"] == "3"
    lost = models.mergeVersionAliases(name=f"{name}@3", body={"versionAliases": ["-default"]})
    assert refusal(lost)["status"] == "FAILED_PRECONDITION"
    assert refusal(models.deleteVersion(name=f"{name}@default"))["status"] == "FAILED_PRECONDITION"
    finished(models, models.deleteVersion(name=f"{name}@2").execute())
    assert refusal(models.get(name=f"{name}@2"))["code"] == 404
    # A number is never used again.
    assert upload_model({"parentModel": name})["response"]["modelVersionId"] == "4"


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"model": {"displayName": ""}}, "INVALID_ARGUMENT", "model.display_name"),
        ({"model": {"displayName": "x" * 129}}, "INVALID_ARGUMENT", "128"),
        ({"model": {"containerSpec": {}}}, "INVALID_ARGUMENT", "container_spec"),
        ({"model": {"versionAliases": ["Prod"]}}, "INVALID_ARGUMENT", "version alias"),
        ({"model": {"displyName": "x"}}, "INVALID_ARGUMENT", 'Unknown name "displyName"'),
        ({"model": {"labels": {"a": 1}}}, "INVALID_ARGUMENT", "labels.a"),
        ({"modelId": "9x"}, "INVALID_ARGUMENT", "9x"),
        ({"modelId": "M"}, "INVALID_ARGUMENT", "model id"),
        ({"parentModel": "projects/p/locations/us-central1/models/none"}, "NOT_FOUND", "none"),
        ({"parentModel": "projects/p/locations/europe-west4/models/m"}, "INVALID_ARGUMENT", "same region"),
        ({"parentModel": "m"}, "INVALID_ARGUMENT", "Invalid resource name"),
    ],
)
def test_an_upload_that_cannot_be_is_refused_at_once(
    vertex: Any, refusal: Refusal, body: dict[str, Any], status: str, word: str
) -> None:
    model = {"displayName": "m", "artifactUri": "gs://b/m", "containerSpec": {"imageUri": IMAGE}}
    full = {**body, "model": model | body.get("model", {})}
    error = refusal(vertex.models().upload(parent=PARENT, body=full))
    assert (error["status"], word in error["message"]) == (status, True), error
    assert vertex.models().list(parent=PARENT).execute() == {}


def test_a_model_id_taken_is_refused_and_artifacts_that_are_not_there_fail_the_operation(
    upload_model: Any, vertex: Any, finished: Any, refusal: Refusal
) -> None:
    upload_model({"modelId": "m"})
    model = {"displayName": "m", "artifactUri": "gs://workbench/none", "containerSpec": {"imageUri": IMAGE}}
    assert refusal(vertex.models().upload(parent=PARENT, body={"model": model, "modelId": "m"}))["code"] == 409
    done = finished(
        vertex.models(), vertex.models().upload(parent=PARENT, body={"model": model, "modelId": "new"}).execute()
    )
    assert done["error"]["code"] == 9
    assert refusal(vertex.models().get(name=f"{PARENT}/models/new"))["code"] == 404


def test_operations_lie_below_their_model_and_are_listed_cancelled_and_deleted(
    upload_model: Any, vertex: Any, refusal: Refusal
) -> None:
    operation = upload_model({"modelId": "m"})
    name = operation["response"]["model"]
    methods = vertex.models().operations()
    assert methods.get(name=operation["name"]).execute() == operation
    assert methods.list(name=name).execute()["operations"] == [operation]
    assert vertex.operations().list(name=PARENT).execute()["operations"] == [operation]
    elsewhere = operation["name"].replace("/models/m/", "/models/other/")
    assert refusal(methods.get(name=elsewhere))["code"] == 404
    assert methods.cancel(name=operation["name"]).execute() == {}
    assert "response" in methods.get(name=operation["name"]).execute()
    assert methods.delete(name=operation["name"]).execute() == {}
    assert refusal(methods.get(name=operation["name"]))["code"] == 404
    assert refusal(methods.wait(name=operation["name"], timeout="1x"))["code"] in (400, 404)


def test_the_regions_are_the_service_s_own(vertex: Any, refusal: Refusal) -> None:
    found, request = [], vertex.list(name="projects/p")
    while request is not None:
        reply = request.execute()
        found += [entry["locationId"] for entry in reply["locations"]]
        request = vertex.list_next(request, reply)
    assert {"us-central1", "europe-west4", "asia-east1"} < set(found)
    assert vertex.get(name=PARENT).execute()["locationId"] == "us-central1"
    assert refusal(vertex.get(name="projects/p/locations/mars-north1"))["code"] == 404
    assert refusal(vertex.models().list(parent="projects/p/locations/mars-north1"))["code"] == 404


def test_a_version_and_the_end_of_its_operation_are_one_step(
    upload_model: Any, vertex: Any, refusal: Refusal, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = VertexOperations.end

    def failing(self: VertexOperations, place: Any, number: str, response: Any, *rest: Any) -> None:
        if response is not None:
            raise OSError(28, "No space left on device")
        end(self, place, number, response, *rest)

    monkeypatch.setattr(VertexOperations, "end", failing)
    done = upload_model({"modelId": "m"})
    assert (done["error"]["code"], "No space left" in done["error"]["message"]) == (13, True)
    monkeypatch.undo()
    assert refusal(vertex.models().get(name=f"{PARENT}/models/m"))["code"] == 404
    assert list((root / "versions").iterdir()) == []
    assert upload_model({"modelId": "m"})["response"]["modelVersionId"] == "2"
