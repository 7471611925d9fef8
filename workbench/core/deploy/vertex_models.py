"""Request bodies for versions of a Vertex AI model, and polling of operations of every kind of resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.deploy.googleapi import LONGEST_CANCEL, ApiClient, poll
from workbench.core.deploy.port import READY
from workbench.core.progress import Report
from workbench.spec.target import VersionInfo
from workbench.spec.targets.vertex import VertexTarget

if TYPE_CHECKING:
    from workbench.core.deploy.vertex_endpoints import DeployedModel

_REST_PORT = 8080


def version_info(version: dict[str, Any], model: str, deployed: Mapping[str, DeployedModel], most: int) -> VersionInfo:
    """A version as the API lists it, `model` its resource; the default one gets `most` percent of the requests."""
    number = str(version.get("versionId", ""))
    share = deployed[number].traffic if number in deployed else None
    return VersionInfo(
        name=number,
        resource=f"{model}@{number}",
        state=READY,
        default=bool(share) and share == most,
        created=str(version.get("versionCreateTime", version.get("createTime", ""))),
        origin=str(version.get("artifactUri", "")),
        traffic=share,
        aliases=tuple(version.get("versionAliases", ())),
    )


def upload_body(target: VertexTarget, model: str, alias: str, origin: str, *, first: bool) -> dict[str, Any]:
    """The request of `models.upload`. The first version names the model by `modelId`; later ones have a parent."""
    aliases = [*target.aliases, *([alias] if alias else [])]
    about = {
        "displayName": model,
        "artifactUri": origin,
        "containerSpec": container(target, model),
        "versionAliases": list(dict.fromkeys(aliases)),
        "versionDescription": target.description,
        "labels": target.labels,
    }
    body: dict[str, Any] = {"model": {key: value for key, value in about.items() if value}}
    if first:
        body["modelId"] = model
    if target.service_account:
        body["serviceAccount"] = target.service_account
    return body


def container(target: VertexTarget, model: str) -> dict[str, Any]:
    """`containerSpec`: a prebuilt image alone, TensorFlow Serving with its arguments, or the user's own settings."""
    spec: dict[str, Any] = {"imageUri": target.image_uri()}
    if target.is_prebuilt():
        return spec
    if target.is_serving():
        port = target.port or _REST_PORT
        base = "--model_base_path=$(AIP_STORAGE_URI)"
        spec["args"] = [f"--model_name={model}", base, f"--rest_api_port={port}"]
        spec["predictRoute"] = target.predict_route or f"/v1/models/{model}:predict"
        spec["healthRoute"] = target.health_route or f"/v1/models/{model}"
        spec["ports"] = [{"containerPort": port}]
        return spec
    if target.args:
        spec["args"] = list(target.args)
    if target.predict_route:
        spec |= {"predictRoute": target.predict_route, "healthRoute": target.health_route}
    return spec | ({"ports": [{"containerPort": target.port}]} if target.port else {})


class OperationClient:
    """Long-running operations: their names are nested in the resource they work on, and so are the methods to query
    them."""

    def __init__(self, service: ApiClient, locations: Any) -> None:
        self._service = service
        self._locations = locations

    def outcome(self, name: str, report: Report, step: str) -> dict[str, Any]:
        """An operation's response when it is done. Raises `WorkbenchError` VERSION_FAILED or `OutsideError` TIMEOUT."""
        return self._service.outcome(lambda: self._methods(name).get(name=name), report, step)

    def cancel(self, name: str) -> None:
        """Request an operation to stop, and wait for its end."""
        self._service.run(self._methods(name).cancel(name=name))
        for done in poll(lambda: self._service.run(self._methods(name).get(name=name)), LONGEST_CANCEL):
            if done:
                return

    def _methods(self, name: str) -> Any:
        if "/endpoints/" in name:
            return self._locations.endpoints().operations()
        if "/models/" in name:
            return self._locations.models().operations()
        return self._locations.operations()
