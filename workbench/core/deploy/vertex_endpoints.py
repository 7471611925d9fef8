"""Vertex AI's endpoints: which versions are deployed at one, and how it splits the requests between them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from workbench.core.deploy.googleapi import LONGEST, ApiClient
from workbench.core.deploy.port import NOT_FOUND, NOT_POSSIBLE_NOW, Instance, TargetRefused
from workbench.core.deploy.vertex_models import OperationClient
from workbench.core.progress import Report, silent
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.targets.vertex import VertexTarget

_PAUSE: Final = 0.5


class DeployedModel(msgspec.Struct, frozen=True):
    """A version at an endpoint: its id there, and its share of the requests in percent."""

    id: str
    traffic: int


class EndpointInfo(msgspec.Struct, frozen=True):
    """An endpoint as the API returns it."""

    name: str
    body: dict[str, Any]

    def deployed(self, model: str) -> dict[str, DeployedModel]:
        """The versions of a model here by their numbers. The API names models by their project's number."""
        split = self.body.get("trafficSplit", {})
        found = {}
        for one in self.body.get("deployedModels", []):
            resource, _, version = str(one.get("model", "")).partition("@")
            if resource.rpartition("/")[2] == model:
                number = str(one.get("modelVersionId") or version)
                found[number] = DeployedModel(str(one["id"]), int(split.get(one["id"], 0)))
        return found

    def split_with(self, key: str, share: int) -> dict[str, int]:
        """The current split with one more entry."""
        return {**{k: int(v) for k, v in self.body.get("trafficSplit", {}).items()}, key: share}


class EndpointClient:
    """The endpoints of one project and region."""

    def __init__(self, service: ApiClient, locations: Any, target: VertexTarget, operations: OperationClient) -> None:
        self._service = service
        self._methods: Any = locations.endpoints()
        self._target = target
        self._operations = operations
        self._parent = f"projects/{target.project}/locations/{target.region}"

    def name_for(self, model: str) -> str:
        """The display name of the endpoint that serves a model."""
        return self._target.endpoint_name or model

    def find(self, model: str) -> EndpointInfo | None:
        """The endpoint that serves a model, or `None`."""
        return self._named(self.name_for(model))

    def _named(self, display: str) -> EndpointInfo | None:
        arguments = {"parent": self._parent, "filter": f'display_name="{display}"'}
        for body in self._service.pages(self._methods, "endpoints", **arguments):
            if body.get("displayName") == display:
                return EndpointInfo(str(body["name"]), body)
        return None

    def get(self, name: str) -> EndpointInfo:
        """An endpoint as it is now."""
        body = self._service.run(self._methods.get(name=name))
        return EndpointInfo(name, body)

    def ensure(self, display: str, report: Report) -> EndpointInfo:
        """The endpoint of that name, created if there is none."""
        found = self._named(display)
        if found is not None:
            return found
        report(Progress(f"Creating the endpoint {display}"))
        body: dict[str, Any] = {"displayName": display}
        if self._target.dedicated:
            body["dedicatedEndpointEnabled"] = True
        if self._target.labels:
            body["labels"] = self._target.labels
        create = self._methods.create
        reply = self._service.once(
            lambda: create(parent=self._parent, body=body), lambda: self._named(display) is not None
        )
        if reply is not None:
            self._operations.outcome(str(reply["name"]), report, f"Creating the endpoint {display}")
        return self._surely(display)

    def _surely(self, display: str) -> EndpointInfo:
        found = self._named(display)
        if found is None:
            text = f"The endpoint '{display}' was created but cannot be found."
            raise OutsideError("ENDPOINT_LOST", text, hint="Try again.")
        return found

    def deploy(
        self, endpoint: EndpointInfo, model: str, version: str, split: Mapping[str, int], report: Report
    ) -> EndpointInfo:
        """Deploy a version, which is "0" in the split; returns the endpoint afterwards. A deployed version stays."""
        endpoint = self.get(endpoint.name)
        if version in endpoint.deployed(model):
            return endpoint
        body = {"deployedModel": self._deployed_model(model, version), "trafficSplit": dict(split)}
        reply = self._service.once(
            lambda: self._methods.deployModel(endpoint=endpoint.name, body=body),
            lambda: version in self.get(endpoint.name).deployed(model),
        )
        if reply is not None:
            self._see_through(str(reply["name"]), report, f"Deploying version {version}")
        return self.get(endpoint.name)

    def _see_through(self, operation: str, report: Report, step: str) -> None:
        """Wait until an operation is done; if the wait is cancelled, the operation is requested to stop."""
        try:
            self._operations.outcome(operation, report, step)
        except BaseException:
            with suppress(WorkbenchError):  # It then continues, and the cleanup waits for it.
                self._operations.cancel(operation)
            raise

    def _deployed_model(self, model: str, version: str) -> dict[str, Any]:
        target = self._target
        machine: dict[str, Any] = {"machineType": target.machine_type}
        if target.accelerator:
            machine |= {"acceleratorType": target.accelerator.type, "acceleratorCount": target.accelerator.count}
        nodes = {"minReplicaCount": target.min_replicas, "maxReplicaCount": target.max_replicas}
        found: dict[str, Any] = {
            "model": f"{self._parent}/models/{model}@{version}",
            "displayName": f"{model}-{version}",
            "dedicatedResources": {"machineSpec": machine, **nodes},
        }
        return found | ({"serviceAccount": target.service_account} if target.service_account else {})

    def set_split(self, endpoint: EndpointInfo, split: Mapping[str, int]) -> None:
        """Give these deployed models their shares, and 0 to the others."""
        others = {str(one["id"]): 0 for one in endpoint.body.get("deployedModels", [])}
        body = {"trafficSplit": {**others, **split}}
        if body["trafficSplit"] != endpoint.body.get("trafficSplit", {}):
            self._service.run(self._methods.patch(name=endpoint.name, updateMask="trafficSplit", body=body))

    def undeploy(self, model: str, version: str) -> None:
        """Undeploy a version from the model's endpoint. Raises `TargetRefused` NOT_POSSIBLE_NOW while it has
        traffic."""
        endpoint = self.find(model)
        one = endpoint.deployed(model).get(version) if endpoint else None
        if endpoint is None or one is None:
            return
        if one.traffic and len(endpoint.deployed(model)) > 1:
            text = f"Version {version} gets {one.traffic} % of the traffic."
            raise TargetRefused(NOT_POSSIBLE_NOW, text, hint="Give its traffic to another version first.")
        self._undeploy(endpoint, one.id)

    def _undeploy(self, endpoint: EndpointInfo, deployed_id: str) -> None:
        split = {key: value for key, value in endpoint.split_with(deployed_id, 0).items() if key != deployed_id}
        body: dict[str, Any] = {"deployedModelId": deployed_id}
        if sum(split.values()) == 100:
            body["trafficSplit"] = split

        def gone() -> bool:
            left = self.get(endpoint.name).body.get("deployedModels", [])
            return deployed_id not in {one["id"] for one in left}

        undeploy = self._methods.undeployModel
        reply = self._service.once(lambda: undeploy(endpoint=endpoint.name, body=body), gone)
        if reply is not None:
            self._operations.outcome(str(reply["name"]), silent, "Undeploying")

    def remove(self, display: str) -> None:
        """Delete an endpoint with everything deployed there; a missing one is ignored.

        If something is being deployed there, the endpoint is polled until that is done.
        """
        until = time.monotonic() + LONGEST
        while (endpoint := self._named(display)) is not None:
            try:
                for one in endpoint.body.get("deployedModels", []):
                    self._undeploy(endpoint, str(one["id"]))
                self._delete(endpoint, display)
            except TargetRefused as err:
                if err.code != NOT_POSSIBLE_NOW or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _delete(self, endpoint: EndpointInfo, display: str) -> None:
        try:
            reply = self._service.once(
                lambda: self._methods.delete(name=endpoint.name), lambda: self._named(display) is None
            )
        except TargetRefused as err:
            if err.code != NOT_FOUND:
                raise
            return
        if reply is not None:
            self._operations.outcome(str(reply["name"]), silent, "Removing the endpoint")

    def predict(self, endpoint: EndpointInfo, instances: Sequence[Instance], signature: str = "") -> dict[str, Any]:
        """A prediction reply. `predict` has no field for a signature's name: with one, `rawPredict` is used."""
        methods = self._own_door(endpoint)
        if not signature:
            return self._service.run(methods.predict(endpoint=endpoint.name, body={"instances": list(instances)}))
        body = {"instances": list(instances), "signature_name": signature}
        return self._service.run(methods.rawPredict(endpoint=endpoint.name, body=body))

    def _own_door(self, endpoint: EndpointInfo) -> Any:
        """A dedicated endpoint has a host name of its own; the shared host rejects its requests."""
        dns = str(endpoint.body.get("dedicatedEndpointDns", ""))
        if not dns or self._target.url:
            return self._methods
        return self._service.at(f"https://{dns}").projects().locations().endpoints()
