"""The recorded requests as `gcloud` and `gsutil` lines, in their order, for people who would do it by hand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench.spec.cloud_targets import VertexTarget
from workbench.spec.release import RestCall
from workbench.spec.target import AnyTarget

_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")


def commands_for(target: AnyTarget, calls: Sequence[RestCall], export_dir: Path) -> tuple[str, ...]:
    """A line for each request that changes something; those that only look have none."""
    made = _Commands(target, export_dir)
    return tuple(line for call in calls for line in made.of(call))


class _Commands:
    def __init__(self, target: AnyTarget, export_dir: Path) -> None:
        self._target = target
        self._export = export_dir

    def of(self, call: RestCall) -> Iterator[str]:
        """The lines for one request."""
        parts = urlsplit(call.url)
        path = unquote(parts.path)
        body: Mapping[str, Any] = call.body if isinstance(call.body, dict) else {}
        if found := _UPLOAD.fullmatch(path):
            if call.method == "POST":
                yield self._copy(found[1], str(body.get("name", "")), dict(parse_qsl(parts.query)))
        elif call.method != "GET" and path.startswith("/v1/"):
            aiplatform = isinstance(self._target, VertexTarget)
            yield from (self._vertex if aiplatform else self._ml)(call.method, path.removeprefix("/v1/"), body)

    def _copy(self, bucket: str, name: str, query: Mapping[str, str]) -> str:
        guard = f"-h x-goog-if-generation-match:{query.get('ifGenerationMatch', '0')} "
        source = self._source(name)
        return f"gsutil {guard}cp {shlex.quote(source)} {shlex.quote(f'gs://{bucket}/{name}')}"

    def _source(self, name: str) -> str:
        """The export's file that this object is a copy of: the longest ending of the name that is one."""
        steps = name.split("/")
        for start in range(len(steps)):
            path = self._export.joinpath(*steps[start:])
            if path.is_file():
                return str(path)
        return "-"

    def _ml(self, method: str, path: str, body: Mapping[str, Any]) -> Iterator[str]:
        region = getattr(self._target, "region", "") or "global"
        where = f"--project={_project(path)} --region={region}"
        if path.endswith("/models"):
            yield f"gcloud ai-platform models create {body['name']} {where}"
        elif path.endswith("/versions"):
            model = path.split("/")[3]
            yield f"gcloud ai-platform versions create {body['name']} --model={model} {where} {_version_flags(body)}"
        elif path.endswith(":setDefault"):
            name, model = path.split("/")[5].partition(":")[0], path.split("/")[3]
            yield f"gcloud ai-platform versions set-default {name} --model={model} {where}"
        elif path.endswith(":predict"):
            version = path.split("/")[5].partition(":")[0] if "/versions/" in path else ""
            named = f" --version={version}" if version else ""
            model = path.split("/")[3].partition(":")[0]
            yield f"gcloud ai-platform predict --model={model}{named} {where} --json-instances=golden.jsonl"

    def _vertex(self, method: str, path: str, body: Mapping[str, Any]) -> Iterator[str]:
        target = self._target
        assert isinstance(target, VertexTarget)
        where = f"--project={target.project} --region={target.region}"
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


def _project(path: str) -> str:
    return path.split("/")[1]


def _version_flags(body: Mapping[str, Any]) -> str:
    flags = {
        "origin": body.get("deploymentUri"),
        "runtime-version": body.get("runtimeVersion"),
        "python-version": body.get("pythonVersion"),
        "framework": str(body.get("framework", "")).lower(),
        "machine-type": body.get("machineType"),
        "accelerator": ",".join(f"{k}={v}" for k, v in body.get("acceleratorConfig", {}).items()),
        "service-account": body.get("serviceAccount"),
        "labels": ",".join(f"{k}={v}" for k, v in body.get("labels", {}).items()),
        "description": body.get("description"),
        "min-nodes": body.get("autoScaling", {}).get("minNodes"),
        "max-nodes": body.get("autoScaling", {}).get("maxNodes"),
    }
    return _flags(flags)


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
    return _flags(flags)


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
    return _flags(flags)


def _flags(flags: Mapping[str, Any]) -> str:
    return " ".join(f"--{name}={shlex.quote(str(value))}" for name, value in flags.items() if value)
