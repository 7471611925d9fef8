"""Dry run against `ml` v1: fakes an empty project whose operations complete immediately; `gcloud` commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, missing
from workbench.core.deploy.dryrun.rehearsal import Golden, Rehearsal, flags_text, predicted
from workbench.spec.targets.base import Target


class FakeMlEngine:
    """Models and versions of one project."""

    def __init__(self, golden: Golden) -> None:
        self._golden = golden
        self._models: dict[str, list[dict[str, Any]]] = {}

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """The reply of a project without models."""
        path = asked.path.removeprefix("/v1/")
        if path.endswith(":predict"):
            return predicted(asked, self._golden)
        if path.endswith(":setDefault"):
            return FakeResponse(200, self._default(path.removesuffix(":setDefault")))
        if "/operations/" in path:
            return FakeResponse(200, {"name": path, "done": True, "response": {}})
        if found := re.fullmatch(r"projects/[^/]+/models/([^/]+)(/versions)?", path):
            return self._model(asked, path.removesuffix("/versions"), bool(found[2]))
        return self._new_model(asked, path)

    def _new_model(self, asked: RecordedRequest, path: str) -> FakeResponse:
        name = f"{path}/{asked.document()['name']}"
        self._models[name] = []
        return FakeResponse(200, {"name": name})

    def _model(self, asked: RecordedRequest, name: str, versions: bool) -> FakeResponse:
        if name not in self._models:
            return missing(f'The model resource: "{name}" was not found')
        there = self._models[name]
        if not versions:
            return FakeResponse(200, {"name": name})
        if asked.method == "GET":
            return FakeResponse(200, {"versions": there} if there else {})
        body = asked.document()
        full = {**body, "name": f"{name}/versions/{body['name']}", "state": "READY", "isDefault": not there}
        there.append(full)
        project = name.partition("/models/")[0]
        return FakeResponse(200, {"name": f"{project}/operations/create_version", "done": True, "response": full})

    def _default(self, name: str) -> dict[str, Any]:
        there = self._models[name.partition("/versions/")[0]]
        for version in there:
            version["isDefault"] = version["name"] == name
        return next(v for v in there if v["name"] == name)


def _commands(target: Target, method: str, path: str, body: Mapping[str, Any]) -> Iterator[str]:
    region = getattr(target, "region", "") or "global"
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
    return flags_text(flags)


REHEARSAL: Final = Rehearsal(FakeMlEngine, _commands)
