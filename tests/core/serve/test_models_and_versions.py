"""Across modules. `ml` v1 through googleapiclient: models, versions and operations as the service kept them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google_clients import refusal

from workbench.core.serve.ml import models
from workbench.core.serve.version_files import copy_parts

Deploy = Callable[..., dict[str, Any]]
PARENT = "projects/p"
MODEL = "projects/p/models/m"


def names(ml: Any) -> list[str]:
    found = ml.models().versions().list(parent=MODEL).execute().get("versions", [])
    return [version["name"].rpartition("/")[2] for version in found]


def default_of(ml: Any) -> str | None:
    version = ml.models().get(name=MODEL).execute().get("defaultVersion")
    return None if version is None else version["name"].rpartition("/")[2]


def test_a_model_is_made_shown_changed_listed_and_deleted(ml: Any, settle: Callable[..., Any]) -> None:
    assert ml.models().list(parent=PARENT).execute() == {}
    body = {"name": "m", "description": "flowers", "labels": {"team": "a"}}
    made = ml.models().create(parent=PARENT, body=body).execute()
    assert made["name"] == MODEL
    assert ml.models().get(name=MODEL).execute() == made
    assert made["labels"] == {"team": "a"}
    operation = ml.models().patch(name=MODEL, updateMask="description", body={"description": "trees"}).execute()
    assert settle(ml, operation)["response"]["description"] == "trees"
    assert [m["description"] for m in ml.models().list(parent=PARENT).execute()["models"]] == ["trees"]
    assert ml.models().versions().list(parent=MODEL).execute() == {}
    assert settle(ml, ml.models().delete(name=MODEL).execute())["metadata"]["operationType"] == "DELETE_MODEL"
    assert refusal(ml.models().get(name=MODEL))["status"] == "NOT_FOUND"


def test_a_model_name_taken_or_impossible_is_refused_with_the_field(ml: Any) -> None:
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    taken = refusal(ml.models().create(parent=PARENT, body={"name": "m"}))
    assert (taken["code"], taken["status"]) == (409, "ALREADY_EXISTS")
    assert taken["message"] == "Field: model.name Error: A model with the same name already exists."
    assert taken["details"][0]["fieldViolations"][0]["field"] == "model.name"
    for name in ("", "1m", "a-b", "a/b", "a" * 129):
        wrong = refusal(ml.models().create(parent=PARENT, body={"name": name}))
        assert (wrong["code"], wrong["details"][0]["fieldViolations"][0]["field"]) == (400, "model.name")


@pytest.mark.parametrize("body", [{"name": "m", "nmae": "x"}, {"name": 5}, {"name": "m", "labels": {"a": 1}}])
def test_a_body_that_is_no_model_is_refused(ml: Any, body: dict[str, Any]) -> None:
    assert "Invalid JSON payload" in refusal(ml.models().create(parent=PARENT, body=body))["message"]


def test_models_come_in_pages(ml: Any) -> None:
    for number in range(5):
        ml.models().create(parent=PARENT, body={"name": f"m{number}"}).execute()
    found = []
    request = ml.models().list(parent=PARENT, pageSize=2)
    while request is not None:
        reply = request.execute()
        found.append([m["name"][-2:] for m in reply["models"]])
        request = ml.models().list_next(request, reply)
    assert found == [["m0", "m1"], ["m2", "m3"], ["m4"]]


def test_a_list_is_filtered(ml: Any) -> None:
    for name, team in (("a", "x"), ("b", "y"), ("c", "x")):
        ml.models().create(parent=PARENT, body={"name": name, "labels": {"team": team}}).execute()
    found = ml.models().list(parent=PARENT, filter="labels.team=x AND name!=a").execute()["models"]
    assert [m["name"][-1] for m in found] == ["c"]
    assert "Invalid filter" in refusal(ml.models().list(parent=PARENT, filter="???"))["message"]


def test_a_version_is_created_by_an_operation_with_its_metadata(deploy: Deploy, ml: Any) -> None:
    operation = deploy("v1")
    metadata = operation["metadata"]
    assert operation["name"].startswith("projects/p/operations/create_m_v1-")
    assert (metadata["operationType"], metadata["modelName"]) == ("CREATE_VERSION", MODEL)
    assert metadata["@type"].endswith("google.cloud.ml.v1.OperationMetadata")
    assert metadata["version"]["deploymentUri"] == "gs://workbench/m/v1/"
    assert operation["response"]["name"] == f"{MODEL}/versions/v1"
    version = ml.models().versions().get(name=f"{MODEL}/versions/v1").execute()
    assert (version["state"], version["isDefault"]) == ("READY", True)
    assert ml.operations().list(name=PARENT).execute()["operations"][0] == operation


def test_the_first_version_becomes_the_default_and_later_ones_never(deploy: Deploy, ml: Any) -> None:
    for name in ("v1", "v2"):
        deploy(name)
    assert default_of(ml) == "v1"
    reply = ml.models().versions().setDefault(name=f"{MODEL}/versions/v2", body={}).execute()
    assert reply["isDefault"] is True
    assert default_of(ml) == "v2"
    mask = {"updateMask": "default_version.name", "body": {"defaultVersion": {"name": "v1"}}}
    ml.models().patch(name=MODEL, **mask).execute()
    assert default_of(ml) == "v1"


def test_the_default_is_not_deleted_unless_it_is_the_only_one(
    deploy: Deploy, ml: Any, root: Path, settle: Callable[..., Any]
) -> None:
    versions = ml.models().versions()
    for name in ("v1", "v2"):
        deploy(name)
    assert refusal(versions.delete(name=f"{MODEL}/versions/v1"))["status"] == "FAILED_PRECONDITION"
    assert refusal(ml.models().delete(name=MODEL))["status"] == "FAILED_PRECONDITION"
    settle(ml, versions.delete(name=f"{MODEL}/versions/v2").execute())
    operation = settle(ml, versions.delete(name=f"{MODEL}/versions/v1").execute())
    assert operation["metadata"]["operationType"] == "DELETE_VERSION"
    assert (names(ml), default_of(ml)) == ([], None)
    assert list((root / "versions").iterdir()) == []
    assert deploy("v3")["response"]["isDefault"] is True


def test_a_version_name_taken_or_impossible_is_refused(deploy: Deploy, ml: Any) -> None:
    deploy("v1")
    versions = ml.models().versions()
    body = {"name": "v1", "deploymentUri": "gs://workbench/m/v1/"}
    assert refusal(versions.create(parent=MODEL, body=body))["message"] == (
        "Field: version.name Error: A version with the same name already exists."
    )
    assert refusal(versions.create(parent=MODEL, body=body | {"name": "v-2"}))["code"] == 400
    assert refusal(versions.create(parent=f"{MODEL}x", body=body))["code"] == 404


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("gs://workbench/none/", "FAILED_PRECONDITION"),
        ("gs://nowhere/m/", "FAILED_PRECONDITION"),
        ("gs://workbench/parent", "FAILED_PRECONDITION"),
        ("/etc", "INVALID_ARGUMENT"),
        ("", "INVALID_ARGUMENT"),
    ],
)
def test_a_directory_that_holds_no_model_is_refused_at_once(ml: Any, bucket: Any, uri: str, status: str) -> None:
    bucket.blob("parent/child/saved_model.pb").upload_from_string("x")
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    error = refusal(ml.models().versions().create(parent=MODEL, body={"name": "v1", "deploymentUri": uri}))
    assert (error["status"], error["message"][:30]) == (status, "Field: version.deployment_uri ")
    assert names(ml) == []


@pytest.mark.parametrize("name", ["../../../escape", "a//b", "./x", "assets/../../y", "/abs"])
def test_object_names_that_would_leave_the_version_s_folder_are_refused(
    ml: Any, bucket: Any, root: Path, name: str
) -> None:
    bucket.blob("m/saved_model.pb").upload_from_string("x")
    bucket.blob(f"m/{name}").upload_from_string("evil")
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    body = {"name": "v1", "deploymentUri": "gs://workbench/m"}
    assert "is not a file below" in refusal(ml.models().versions().create(parent=MODEL, body=body))["message"]
    assert not list(root.parent.rglob("escape"))


def test_two_objects_that_cannot_both_be_files_fail_the_version(
    ml: Any, bucket: Any, settle: Callable[..., Any]
) -> None:
    for name in ("saved_model.pb", "a", "a/b"):
        bucket.blob(f"m/{name}").upload_from_string("x")
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    body = {"name": "v1", "deploymentUri": "gs://workbench/m"}
    operation = settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())
    assert "cannot be copied" in operation["error"]["message"]


def test_a_model_that_does_not_load_leaves_the_version_failed(
    deploy: Deploy, ml: Any, bucket: Any, root: Path, settle: Callable[..., Any]
) -> None:
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    bucket.blob("bad/saved_model.pb").upload_from_string("no protobuf")
    body = {"name": "bad", "deploymentUri": "gs://workbench/bad"}
    operation = settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())
    assert "response" not in operation
    message = operation["error"]["message"]
    assert message.startswith('Create Version failed. Bad model detected with error:  "Failed to load model: ')
    assert message.endswith('(Error code: 0)"')
    version = ml.models().versions().get(name=f"{MODEL}/versions/bad").execute()
    assert (version["state"], version["errorMessage"]) == ("FAILED", message)
    assert "isDefault" not in version
    assert refusal(ml.models().versions().create(parent=MODEL, body=body))["code"] == 409
    bad = f"{MODEL}/versions/bad"
    assert refusal(ml.models().versions().setDefault(name=bad, body={}))["status"] == "FAILED_PRECONDITION"
    assert "unavailable" in refusal(ml.predict(name=bad, body={"instances": [1]}))["message"]
    assert list((root / "versions").iterdir()) == []
    ml.models().versions().delete(name=bad).execute()
    assert deploy("good")["response"]["isDefault"] is True


def test_what_a_patch_may_change_is_changed_and_the_rest_is_refused(deploy: Deploy, ml: Any) -> None:
    deploy("v1")
    name = f"{MODEL}/versions/v1"
    patch = ml.models().versions().patch
    operation = patch(name=name, updateMask="description", body={"description": "better"}).execute()
    assert operation["response"]["description"] == "better"
    patch(name=name, updateMask="autoScaling.minNodes", body={"autoScaling": {"minNodes": 2}}).execute()
    version = ml.models().versions().get(name=name).execute()
    assert (version["autoScaling"], version["description"]) == ({"minNodes": 2}, "better")
    for mask in ("deploymentUri", "", "description,framework"):
        assert refusal(patch(name=name, updateMask=mask, body={}))["code"] == 400


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"framework": "XGBOOST"}, "TENSORFLOW"),
        ({"framework": "CAFFE"}, "Invalid JSON payload"),
        ({"autoScaling": {"minNodes": 1}, "manualScaling": {"nodes": 1}}, "Only one"),
        ({"manualScaling": {"nodes": -1}}, "Invalid JSON payload"),
        ({"deploymentURI": "gs://x/y"}, "Invalid JSON payload"),
    ],
)
def test_a_body_that_is_no_version_is_refused(ml: Any, bucket: Any, body: dict[str, Any], word: str) -> None:
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    full = {"name": "v1", "deploymentUri": "gs://workbench/m", **body}
    assert word in refusal(ml.models().versions().create(parent=MODEL, body=full))["message"]


def test_snake_case_fields_are_taken_as_google_takes_them(
    ml: Any, bucket: Any, saved_model: Path, upload: Callable[..., str], settle: Callable[..., Any]
) -> None:
    uri = upload(bucket, saved_model, "m")
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    body = {"name": "v1", "deployment_uri": uri, "runtime_version": "2.11", "framework": "TENSORFLOW"}
    version = settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())["response"]
    assert (version["deploymentUri"], version["runtimeVersion"]) == (uri, "2.11")


def test_a_cancelled_creation_leaves_no_ready_version(
    ml: Any,
    bucket: Any,
    saved_model: Path,
    upload: Callable[..., str],
    settle: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, copy = threading.Event(), copy_parts

    def copy_when_told(*arguments: Any) -> None:
        assert go_on.wait(60)
        copy(*arguments)

    monkeypatch.setattr(models, "copy_parts", copy_when_told)
    uri = upload(bucket, saved_model, "m")
    ml.models().create(parent=PARENT, body={"name": "m"}).execute()
    begun = [
        ml.models().versions().create(parent=MODEL, body={"name": f"v{n}", "deploymentUri": uri}).execute()
        for n in range(4)
    ]
    last = begun[-1]["name"]
    assert refusal(ml.models().versions().delete(name=f"{MODEL}/versions/v3"))["status"] == "FAILED_PRECONDITION"
    assert ml.operations().cancel(name=last).execute() == {}
    go_on.set()
    assert settle(ml, begun[-1])["error"] == {"code": 1, "message": "Create Version was cancelled."}
    assert ml.models().versions().get(name=f"{MODEL}/versions/v3").execute()["state"] == "FAILED"
    ml.operations().cancel(name=last).execute()
    assert "error" in ml.operations().get(name=last).execute()
    assert default_of(ml) == "v0"


def test_other_resources_that_are_not_there_are_not_found(ml: Any) -> None:
    assert refusal(ml.operations().get(name="projects/p/operations/none"))["code"] == 404
    assert refusal(ml.operations().cancel(name="projects/p/operations/none"))["code"] == 404
    assert refusal(ml.models().versions().list(parent=MODEL))["message"] == 'The model resource: "m" was not found'
    assert refusal(ml.models().versions().get(name=f"{MODEL}/versions/v"))["code"] == 404
    assert refusal(ml.predict(name=MODEL, body={"instances": []}))["code"] == 404
    assert refusal(ml.explain(name=MODEL, body={}))["code"] == 404
    assert ml.operations().list(name=PARENT).execute() == {}
    assert "serviceAccount" in ml.getConfig(name=PARENT).execute()
