"""Dry run against `aiplatform` v1: fakes an empty region whose operations complete immediately; `gcloud` commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, missing
from workbench.core.deploy.dryrun.rehearsal import Golden, Rehearsal, flags_text, predicted
from workbench.spec.release import place_of
from workbench.spec.targets.base import Target


class FakeVertex:
    """Models and endpoints of one region."""

    def __init__(self, golden: Golden) -> None:
        self._golden = golden
        self._versions: dict[str, list[dict[str, Any]]] = {}
        self._endpoints: dict[str, dict[str, Any]] = {}
        self._done: dict[str, dict[str, Any]] = {}

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """The reply of a region without models."""
        path, _, verb = asked.path.removeprefix("/v1/").partition(":")
        if "/operations/" in path:
            return FakeResponse(200, {"name": path, "done": True, "response": self._done.get(path, {})})
        if "/endpoints" in path:
            return self._endpoint(asked, path, verb)
        return self._model(asked, path, verb)

    def _model(self, asked: RecordedRequest, path: str, verb: str) -> FakeResponse:
        if verb == "upload":
            return self._upload(asked, path)
        name = path.partition("@")[0]
        if name not in self._versions:
            return missing(f"Model {name} is not found.")
        if asked.method == "DELETE":
            del self._versions[name]
            return self._operation(name, {})
        return FakeResponse(200, {"models": self._versions[name]} if verb == "listVersions" else {})

    def _upload(self, asked: RecordedRequest, path: str) -> FakeResponse:
        body = asked.document()
        name = body.get("parentModel") or f"{path}/{body['modelId']}"
        there = self._versions.setdefault(name, [])
        number = str(len(there) + 1)
        there.append({**body["model"], "name": name, "versionId": number})
        return self._operation(name, {"model": name, "modelVersionId": number})

    def _endpoint(self, asked: RecordedRequest, path: str, verb: str) -> FakeResponse:
        if path.endswith("/endpoints"):
            return self._list_or_make(asked, path)
        there = self._endpoints[path]
        if verb in ("predict", "rawPredict"):
            return predicted(asked, self._golden)
        if verb:
            return self._change(asked, path, there, verb)
        if asked.method == "DELETE":
            del self._endpoints[path]
            return self._operation(path, {})
        if asked.method == "PATCH":
            there |= asked.document()
        return FakeResponse(200, there)

    def _list_or_make(self, asked: RecordedRequest, path: str) -> FakeResponse:
        if asked.method == "GET":
            return FakeResponse(200, {"endpoints": list(self._endpoints.values())} if self._endpoints else {})
        name = f"{path}/ENDPOINT{len(self._endpoints) + 1}"
        self._endpoints[name] = {**asked.document(), "name": name}
        return self._operation(name, {"name": name})

    def _change(self, asked: RecordedRequest, path: str, there: dict[str, Any], verb: str) -> FakeResponse:
        body = asked.document()
        models = there.setdefault("deployedModels", [])
        if verb == "deployModel":
            number = f"DEPLOYED{len(models) + 1}"
            models.append({**body["deployedModel"], "id": number})
            split = body.get("trafficSplit", {})
            there["trafficSplit"] = {(number if key == "0" else key): share for key, share in split.items()}
        else:
            there["deployedModels"] = [one for one in models if one["id"] != body["deployedModelId"]]
            there["trafficSplit"] = {}
        return self._operation(path, {})

    def _operation(self, name: str, response: dict[str, Any]) -> FakeResponse:
        operation = f"{name}/operations/{len(self._done) + 1}"
        self._done[operation] = response
        return FakeResponse(200, {"name": operation, "done": True, "response": response})


def _commands(target: Target, method: str, path: str, body: Mapping[str, Any]) -> Iterator[str]:
    place = place_of(target)
    where = f"--project={place.project} --region={place.region}"
    resource, _, verb = path.partition(":")
    name = resource.rpartition("/")[2]
    if verb == "upload":
        yield f"gcloud ai models upload {where} {_upload_flags(body)}"
    elif verb == "deployModel":
        yield f"gcloud ai endpoints deploy-model {name} {where} {_deploy_flags(body)}"
    elif verb == "undeployModel":
        number = body["deployedModelId"]
        yield f"gcloud ai endpoints undeploy-model {name} {where} --deployed-model-id={number}"
    elif verb in ("predict", "rawPredict"):
        command = "predict" if verb == "predict" else "raw-predict"
        file = "--json-request=golden.json" if verb == "predict" else "--request=@golden.json"
        yield f"gcloud ai endpoints {command} {name} {where} {file}"
    elif verb == "mergeVersionAliases":
        pass  # gcloud has no command for it.
    elif resource.endswith("/endpoints"):
        yield f"gcloud ai endpoints create {where} --display-name={body['displayName']}"
    elif method == "PATCH":
        split = ",".join(f"{key}={share}" for key, share in body["trafficSplit"].items())
        yield f"gcloud ai endpoints update {name} {where} --traffic-split={split}"
    elif method == "DELETE" and "/endpoints/" in resource:
        yield f"gcloud ai endpoints delete {name} {where} --quiet"


def _upload_flags(body: Mapping[str, Any]) -> str:
    model = body["model"]
    spec = model["containerSpec"]
    flags = {
        "display-name": model["displayName"],
        "model-id": body.get("modelId"),
        "parent-model": body.get("parentModel"),
        "artifact-uri": model["artifactUri"],
        "container-image-uri": spec["imageUri"],
        "container-args": ",".join(spec.get("args", ())),
        "container-predict-route": spec.get("predictRoute"),
        "container-health-route": spec.get("healthRoute"),
        "container-ports": ",".join(str(p["containerPort"]) for p in spec.get("ports", ())),
        "version-aliases": ",".join(model.get("versionAliases", ())),
        "version-description": model.get("versionDescription"),
        "labels": ",".join(f"{k}={v}" for k, v in model.get("labels", {}).items()),
    }
    return flags_text(flags)


def _deploy_flags(body: Mapping[str, Any]) -> str:
    one = body["deployedModel"]
    nodes = one["dedicatedResources"]
    machine = nodes["machineSpec"]
    kind, count = machine.get("acceleratorType"), machine.get("acceleratorCount")
    flags = {
        "model": one["model"].rpartition("/")[2],
        "display-name": one["displayName"],
        "machine-type": machine["machineType"],
        "min-replica-count": nodes["minReplicaCount"],
        "max-replica-count": nodes["maxReplicaCount"],
        "accelerator": f"type={kind},count={count}" if kind else "",
        "traffic-split": ",".join(f"{key}={share}" for key, share in body.get("trafficSplit", {}).items()),
        "service-account": one.get("serviceAccount"),
    }
    return flags_text(flags)


REHEARSAL: Final = Rehearsal(FakeVertex, _commands)
