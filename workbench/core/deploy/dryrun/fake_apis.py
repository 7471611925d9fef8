"""`ml` v1 and `aiplatform` v1 of an empty project, as far as a push asks them: every operation is done at once."""

from __future__ import annotations

import json
import re
from typing import Any

from workbench.core.deploy.dryrun.recorder import FakeResponse, RecordedRequest, missing

Golden = dict[str, object]
"""An instance as JSON text -> the prediction to answer."""


def key_of(instance: object) -> str:
    """An instance as the key of its answer."""
    return json.dumps(instance, sort_keys=True)


class ImaginedMl:
    """Models and versions of one project."""

    def __init__(self, golden: Golden) -> None:
        self._golden = golden
        self._models: dict[str, list[dict[str, Any]]] = {}

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """As a project without models would."""
        path = asked.path.removeprefix("/v1/")
        if path.endswith(":predict"):
            return _predicted(asked, self._golden)
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


class ImaginedVertex:
    """Models and endpoints of one region."""

    def __init__(self, golden: Golden) -> None:
        self._golden = golden
        self._versions: dict[str, list[dict[str, Any]]] = {}
        self._endpoints: dict[str, dict[str, Any]] = {}
        self._done: dict[str, dict[str, Any]] = {}

    def answer(self, asked: RecordedRequest) -> FakeResponse:
        """As a region without models would."""
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
            return _predicted(asked, self._golden)
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


def _predicted(asked: RecordedRequest, golden: Golden) -> FakeResponse:
    instances = asked.document()["instances"]
    return FakeResponse(200, {"predictions": [golden.get(key_of(instance), {}) for instance in instances]})
