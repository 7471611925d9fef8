"""Across modules. `aiplatform` v1 through googleapiclient: endpoints, deployments, the traffic split and
predictions."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from workbench.core.serve.faults import FailOperation, Faults, HangOperation, Rule
from workbench.core.serve.run import running

PARENT = "projects/p/locations/us-central1"
PREBUILT = "europe-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"
SERVING = "us-central1-docker.pkg.dev/p/images/tensorflow-serving:2.19.1"
MACHINES = {"machineSpec": {"machineType": "n1-standard-2"}, "minReplicaCount": 1}
Refusal = Callable[[Any], dict[str, Any]]


class Cloud:
    """The few calls that every test here makes."""

    def __init__(self, vertex: Any, finished: Any) -> None:
        self.vertex, self.finished = vertex, finished
        self.endpoints, self.models = vertex.endpoints(), vertex.models()

    def upload(self, uri: str, image: str = PREBUILT, **body: Any) -> str:
        model = {"displayName": "flowers", "artifactUri": uri, "containerSpec": {"imageUri": image}}
        begun = self.models.upload(parent=PARENT, body={"model": model, **body}).execute()
        response = self.finished(self.models, begun)["response"]
        return f"{response['model']}@{response['modelVersionId']}"

    def endpoint(self, **body: Any) -> str:
        begun = self.endpoints.create(parent=PARENT, body={"displayName": "e", **body}).execute()
        name: str = self.finished(self.endpoints, begun)["response"]["name"]
        return name

    def deploy(self, endpoint: str, model: str, split: dict[str, int] | None = None, **deployed: Any) -> dict[str, Any]:
        body = {"deployedModel": {"model": model, "dedicatedResources": MACHINES, **deployed}}
        if split is not None:
            body["trafficSplit"] = split
        begun = self.endpoints.deployModel(endpoint=endpoint, body=body).execute()
        done: dict[str, Any] = self.finished(self.endpoints, begun)
        return done

    def predict(self, endpoint: str, instances: list[Any]) -> dict[str, Any]:
        reply: dict[str, Any] = self.endpoints.predict(endpoint=endpoint, body={"instances": instances}).execute()
        return reply


@pytest.fixture
def cloud(vertex: Any, finished: Any) -> Cloud:
    return Cloud(vertex, finished)


@pytest.fixture
def uri(bucket: Any, saved_model: Path, upload: Any) -> str:
    found: str = upload(bucket, saved_model, "m")
    return found


INSTANCE = {"image": {"b64": base64.b64encode(b"2").decode()}, "key": "k"}
PREDICTION = {"scores": [2.0, 4.0], "key": "k", "raw_bytes": {"b64": base64.b64encode(b"2!").decode()}}


def test_a_deployed_model_answers_with_the_names_of_who_answered(cloud: Cloud, uri: str) -> None:
    model, endpoint = cloud.upload(uri, modelId="m"), cloud.endpoint(labels={"a": "b"})
    done = cloud.deploy(endpoint, model, {"0": 100}, displayName="first")
    assert done["metadata"]["@type"].endswith("DeployModelOperationMetadata")
    assert done["metadata"]["deploymentStage"]
    deployed = done["response"]["deployedModel"]
    shown = cloud.endpoints.get(name=endpoint).execute()
    assert shown["trafficSplit"] == {deployed["id"]: 100}
    assert [(one["id"], one["model"], one["modelVersionId"]) for one in shown["deployedModels"]] == [
        (deployed["id"], model.partition("@")[0], "1")
    ]
    reply = cloud.predict(endpoint, [INSTANCE])
    assert reply == {
        "predictions": [PREDICTION],
        "deployedModelId": deployed["id"],
        "model": model.partition("@")[0],
        "modelDisplayName": "flowers",
        "modelVersionId": "1",
    }
    pointers = cloud.models.get(name=model).execute()["deployedModels"]
    assert pointers == [{"endpoint": endpoint, "deployedModelId": deployed["id"]}]
    assert cloud.endpoints.list(parent=PARENT, filter='labels.a="b"').execute()["endpoints"] == [shown]


def test_the_traffic_is_split_exactly_and_a_patch_rolls_it_back(cloud: Cloud, uri: str) -> None:
    model, endpoint = cloud.upload(uri), cloud.endpoint()
    first = cloud.deploy(endpoint, model, {"0": 100})["response"]["deployedModel"]["id"]
    newer = cloud.upload(uri, parentModel=model.partition("@")[0])
    second = cloud.deploy(endpoint, newer, {"0": 10, first: 90})["response"]["deployedModel"]["id"]

    def shares(count: int) -> Counter[str]:
        return Counter(cloud.predict(endpoint, [INSTANCE])["deployedModelId"] for _ in range(count))

    assert shares(20) == {first: 18, second: 2}
    body = {"trafficSplit": {first: 100}}
    patched = cloud.endpoints.patch(name=endpoint, updateMask="trafficSplit", body=body).execute()
    assert patched["trafficSplit"] == {first: 100}
    assert shares(5) == {first: 5}
    cloud.endpoints.patch(name=endpoint, updateMask="traffic_split", body={"trafficSplit": {second: 100}}).execute()
    assert shares(5) == {second: 5}


def test_a_deployment_without_a_split_leaves_the_traffic_as_it_is(cloud: Cloud, uri: str, refusal: Refusal) -> None:
    model, endpoint = cloud.upload(uri), cloud.endpoint()
    cloud.deploy(endpoint, model)
    assert "trafficSplit" not in cloud.endpoints.get(name=endpoint).execute()
    error = refusal(cloud.endpoints.predict(endpoint=endpoint, body={"instances": [INSTANCE]}))
    assert (error["status"], "doesn't have traffic_split" in error["message"]) == ("FAILED_PRECONDITION", True)


def test_what_has_traffic_is_not_undeployed_and_what_is_deployed_is_not_deleted(
    cloud: Cloud, uri: str, refusal: Refusal
) -> None:
    model, endpoint = cloud.upload(uri), cloud.endpoint()
    first = cloud.deploy(endpoint, model, {"0": 100})["response"]["deployedModel"]["id"]
    second = cloud.deploy(endpoint, model, {first: 60, "0": 40})["response"]["deployedModel"]["id"]
    undeploy = cloud.endpoints.undeployModel
    assert refusal(undeploy(endpoint=endpoint, body={"deployedModelId": first}))["status"] == "FAILED_PRECONDITION"
    for split, word in (({second: 99}, "add up to 100"), ({second: 50, "77": 50}, "[77] do not exist")):
        body = {"deployedModelId": first, "trafficSplit": split}
        assert word in refusal(undeploy(endpoint=endpoint, body=body))["message"]
    assert refusal(cloud.endpoints.delete(name=endpoint))["status"] == "FAILED_PRECONDITION"
    assert refusal(cloud.models.delete(name=model.partition("@")[0]))["status"] == "FAILED_PRECONDITION"
    body = {"deployedModelId": first, "trafficSplit": {second: 100}}
    cloud.finished(cloud.endpoints, undeploy(endpoint=endpoint, body=body).execute())
    assert cloud.endpoints.get(name=endpoint).execute()["trafficSplit"] == {second: 100}
    # The last one goes with its traffic.
    cloud.finished(cloud.endpoints, undeploy(endpoint=endpoint, body={"deployedModelId": second}).execute())
    assert "trafficSplit" not in cloud.endpoints.get(name=endpoint).execute()
    assert refusal(undeploy(endpoint=endpoint, body={"deployedModelId": second}))["code"] == 404
    cloud.finished(cloud.endpoints, cloud.endpoints.delete(name=endpoint).execute())
    cloud.finished(cloud.models, cloud.models.delete(name=model.partition("@")[0]).execute())
    assert cloud.endpoints.list(parent=PARENT).execute() == {}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"deployedModel": {"model": "projects/p/locations/europe-west4/models/m"}}, "same region"),
        ({"deployedModel": {"model": "projects/p/locations/us-central1/models/none"}}, "does not exist"),
        ({"deployedModel": {"dedicatedResources": {}}}, "dedicated_resources"),
        ({"deployedModel": {"dedicatedResources": {"machineSpec": {"machineType": "n1-standard-2"}}}}, "at least 1"),
        ({"deployedModel": {"dedicatedResources": {"minReplicaCount": 1}}}, "machine_type"),
        ({"deployedModel": {"dedicatedResources": {**MACHINES, "minReplicaCount": 2, "maxReplicaCount": 1}}}, "less"),
        ({"deployedModel": {"automaticResources": {}}}, "dedicated_resources"),
        ({"deployedModel": {"id": "0"}}, "1-10 digits"),
        ({"trafficSplit": {"0": 50}}, "add up to 100"),
        ({"trafficSplit": {"0": 50, "12": 50}}, "[12] do not exist"),
        ({"trafficSplit": {"0": 101, "12": -1}}, "do not exist"),
        ({"trafficSplit": {"0": "all"}}, "trafficSplit.0"),
    ],
)
def test_a_deployment_that_cannot_be_is_refused_at_once(
    cloud: Cloud, uri: str, refusal: Refusal, change: dict[str, Any], word: str
) -> None:
    model, endpoint = cloud.upload(uri, modelId="m"), cloud.endpoint()
    deployed = {"model": model, "dedicatedResources": MACHINES} | change.get("deployedModel", {})
    error = refusal(cloud.endpoints.deployModel(endpoint=endpoint, body={**change, "deployedModel": deployed}))
    assert error["status"] in ("INVALID_ARGUMENT", "NOT_FOUND")
    assert word in error["message"]
    assert "deployedModels" not in cloud.endpoints.get(name=endpoint).execute()


@pytest.mark.parametrize(("image", "prefix"), [(PREBUILT, "m/1"), (SERVING, "m")])
def test_artifacts_laid_out_for_another_image_do_not_deploy(
    cloud: Cloud, bucket: Any, saved_model: Path, upload: Any, image: str, prefix: str
) -> None:
    upload(bucket, saved_model, prefix)
    endpoint = cloud.endpoint()
    done = cloud.deploy(endpoint, cloud.upload("gs://workbench/m", image), {"0": 100})
    assert done["error"]["message"].startswith("Model server exited unexpectedly.")
    assert "deployedModels" not in cloud.endpoints.get(name=endpoint).execute()


def test_tensorflow_serving_s_image_serves_the_highest_number(
    cloud: Cloud, bucket: Any, saved_model: Path, upload: Any
) -> None:
    upload(bucket, saved_model, "m/9")
    bucket.blob("m/10/saved_model.pb").upload_from_filename(str(saved_model / "saved_model.pb"))
    endpoint = cloud.endpoint()
    assert "response" in cloud.deploy(endpoint, cloud.upload("gs://workbench/m", SERVING), {"0": 100})
    assert cloud.predict(endpoint, [INSTANCE])["predictions"] == [PREDICTION]


def test_a_model_that_does_not_load_is_not_deployed(cloud: Cloud, bucket: Any) -> None:
    bucket.blob("bad/saved_model.pb").upload_from_string("no protobuf")
    endpoint = cloud.endpoint()
    done = cloud.deploy(endpoint, cloud.upload("gs://workbench/bad"), {"0": 100})
    assert (done["error"]["code"], "response" in done) == (9, False)
    assert "deployedModels" not in cloud.endpoints.get(name=endpoint).execute()


def test_a_failed_prediction_and_a_wrong_body_are_bad_requests(cloud: Cloud, uri: str, refusal: Refusal) -> None:
    model, endpoint = cloud.upload(uri), cloud.endpoint()
    cloud.deploy(endpoint, model, {"0": 100})

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        return refusal(cloud.endpoints.predict(endpoint=endpoint, body=body))

    error = answer({"instances": [{"image": "1"}]})
    assert "keys must be equal to: image,key" in json.loads(error["message"])["error"]
    assert 'Unknown name "signature_name"' in answer({"instances": [INSTANCE], "signature_name": "x"})["message"]
    assert answer({})["status"] == "INVALID_ARGUMENT"
    assert "Invalid JSON payload" in answer({"instances": [float("nan")]})["message"]
    big = {"image": "1" * 1_600_000, "key": "k"}
    assert answer({"instances": [big]})["message"] == "Request payload size exceeds the limit: 1572864 bytes."


def test_a_raw_prediction_is_the_container_s_own_and_may_name_a_signature(cloud: Cloud, uri: str) -> None:
    model, endpoint = cloud.upload(uri), cloud.endpoint(dedicatedEndpointEnabled=True)
    assert cloud.endpoints.get(name=endpoint).execute()["dedicatedEndpointDns"].startswith("127.0.0.1:")
    number = cloud.deploy(endpoint, model, {"0": 100})["response"]["deployedModel"]["id"]
    raw = cloud.endpoints.rawPredict
    # Its two outputs are of different lengths, so it has no rows; columns it has.
    body = {"inputs": ["7", "8"], "signature_name": "total"}
    request = raw(endpoint=endpoint, body=body)
    headers: list[Any] = []
    request.add_response_callback(headers.append)
    assert request.execute() == {"outputs": 15.0}
    assert (headers[0]["x-vertex-ai-deployed-model-id"], headers[0]["x-vertex-ai-endpoint-id"]) == (
        number,
        endpoint.rpartition("/")[2],
    )
    wrapped = base64.b64encode(json.dumps({"instances": [INSTANCE]}).encode()).decode()
    http_body = {"httpBody": {"contentType": "application/json", "data": wrapped}}
    assert raw(endpoint=endpoint, body=http_body).execute() == {"predictions": [PREDICTION]}
    with pytest.raises(HttpError) as caught:
        raw(endpoint=endpoint, body={"inputs": ["7"], "signature_name": "none"}).execute()
    assert json.loads(caught.value.content) == {"error": 'Serving signature name: "none" not found in signature def'}


def test_replicas_are_mutated_and_machines_are_not(cloud: Cloud, uri: str, refusal: Refusal) -> None:
    model, endpoint = cloud.upload(uri), cloud.endpoint()
    number = cloud.deploy(endpoint, model, {"0": 100}, id="42")["response"]["deployedModel"]["id"]
    assert number == "42"
    mutate = cloud.endpoints.mutateDeployedModel
    mask = "dedicated_resources.min_replica_count,dedicated_resources.max_replica_count"
    resources = {"minReplicaCount": 2, "maxReplicaCount": 5}
    body = {"deployedModel": {"id": number, "dedicatedResources": resources}, "updateMask": mask}
    changed = cloud.finished(cloud.endpoints, mutate(endpoint=endpoint, body=body).execute())["response"]
    assert changed["deployedModel"]["dedicatedResources"] == MACHINES | resources
    other = {"machineSpec": {"machineType": "n1-standard-8"}, "minReplicaCount": 1}
    body["deployedModel"] = {"id": number, "dedicatedResources": other}
    assert "machine_spec" in refusal(mutate(endpoint=endpoint, body=body))["message"]


def test_a_fault_fails_or_hangs_the_operation_it_names(
    root: Path, vertex_at: Any, storage_at: Any, saved_model: Path, upload: Any, finished: Any
) -> None:
    faults = Faults(
        rules=(
            Rule(match=":upload", nth=1, action=FailOperation(message="Out of quota.", code=8)),
            Rule(match=":deployModel", nth=1, action=HangOperation()),
            Rule(match="POST .*/endpoints$|POST .*/endpoints\\?", nth=1, action=HangOperation()),
        )
    )
    with running(root, faults=faults) as url:
        cloud = Cloud(vertex_at(url), finished)
        uri = upload(storage_at(url).create_bucket("workbench"), saved_model, "m")
        model = {"displayName": "m", "artifactUri": uri, "containerSpec": {"imageUri": PREBUILT}}
        begun = cloud.models.upload(parent=PARENT, body={"model": model, "modelId": "m"}).execute()
        assert finished(cloud.models, begun)["error"] == {"code": 8, "message": "Out of quota."}
        name = cloud.upload(uri, modelId="m")
        hanging = cloud.endpoints.create(parent=PARENT, body={"displayName": "e"}).execute()
        waited = cloud.endpoints.operations().wait(name=hanging["name"], timeout="0.1s").execute()
        assert "done" not in waited
        cloud.endpoints.operations().cancel(name=hanging["name"]).execute()
        assert finished(cloud.endpoints, hanging)["error"]["code"] == 1
        endpoint = cloud.endpoint()
        body = {"deployedModel": {"model": name, "dedicatedResources": MACHINES}, "trafficSplit": {"0": 100}}
        hanging = cloud.endpoints.deployModel(endpoint=endpoint, body=body).execute()
    # A server that is started again without the fault takes the deployment up.
    with running(root) as url:
        cloud = Cloud(vertex_at(url), finished)
        assert "response" in finished(cloud.endpoints, {"name": hanging["name"]})
        assert cloud.predict(endpoint, [INSTANCE])["predictions"] == [PREDICTION]
