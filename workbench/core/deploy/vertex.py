"""The Vertex AI port: `aiplatform` v1's models with their versions, and one endpoint for each model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from workbench.core.deploy.googleapi import ApiClient
from workbench.core.deploy.port import NOT_FOUND, NOT_POSSIBLE_NOW, Instance, TargetRefused
from workbench.core.deploy.replies import predictions_of
from workbench.core.deploy.storage import StagingBucket, split_place
from workbench.core.deploy.vertex_endpoints import DeployedModel, EndpointClient, EndpointInfo
from workbench.core.deploy.vertex_jobs import VertexJobs
from workbench.core.deploy.vertex_models import OperationClient, upload_body, version_info
from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report, silent
from workbench.spec.batch import BatchInfo, BatchOrder
from workbench.spec.errors import OutsideError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.target import VersionInfo
from workbench.spec.targets.vertex import VertexTarget

_LOOKS: Final = 5
_PAUSE: Final = 2.0
"""Number of polls for a version whose creation got no reply, and seconds between them."""

_MADE: Final = "made:"
"""Prefix that replaces the operation's name for a version that already exists because its reply was lost."""


class VertexPort:
    """A `TargetPort` for one project and region."""

    def __init__(self, target: VertexTarget, session: Any | None = None) -> None:
        self._target = target
        self._session = session
        self._service = ApiClient("aiplatform", "v1", target, session)
        locations = self._service.root.projects().locations()
        self._models: Any = locations.models()
        self._operations = OperationClient(self._service, locations)
        self._endpoints = EndpointClient(self._service, locations, target, self._operations)
        self._jobs = VertexJobs(self._service, locations, target)
        self._notes: list[str] = []

    def close(self) -> None:
        self._service.close()

    def _staging(self, bucket: str) -> StagingBucket:
        return StagingBucket(self._target, bucket, self._session)

    def _folder(self, manifest: Manifest) -> str:
        """The export's folder; another one if its files are a level deeper, since a folder has only one layout."""
        layout = "serving/" if self._target.is_serving() else ""
        return f"{split_place(self._target.bucket)[1]}{layout}{manifest.folder}"

    def origin(self, manifest: Manifest, model: str) -> str:
        return f"gs://{split_place(self._target.bucket)[0]}/{self._folder(manifest)}"

    def holds(self, info: VersionInfo, origin: str) -> bool:
        return info.origin.rstrip("/") == origin.rstrip("/")

    def stage(self, manifest: Manifest, model: str, report: Report) -> str:
        # TensorFlow Serving looks for a numbered version below the path it is given.
        below = "/1" if self._target.is_serving() else ""
        with self._staging(split_place(self._target.bucket)[0]) as staging:
            staging.upload(manifest, f"{self._folder(manifest)}{below}", report)
        return self.origin(manifest, model)

    def ensure_model(self, model: str) -> bool:
        """The first version creates the model, and deleting the last one deletes it."""
        return False

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        listed = list(self._service.pages(self._models, "models", "listVersions", name=self._name(model)))
        endpoint = self._endpoints.find(model)
        deployed = endpoint.deployed(model) if endpoint else {}
        most = max((d.traffic for d in deployed.values()), default=0)
        found = [version_info(version, self._name(model), deployed, most) for version in listed]
        return tuple(sorted(found, key=lambda v: int(v.name)))

    def new_name(self, model: str, names: Sequence[str]) -> str:
        return ""

    def create_version(self, model: str, version: str, origin: str) -> str:
        parent = self._parent()
        known = self._known(model)
        body = upload_body(self._target, model, version, origin, first=known is None)
        if known is not None:
            body["parentModel"] = self._name(model)
        made: list[str] = []

        def done() -> bool:
            made.extend(self._made_since(model, origin, known or set()))
            return bool(made)

        reply = self._service.once(lambda: self._models.upload(parent=parent, body=body), done)
        return str(reply["name"]) if reply is not None else f"{_MADE}{made[-1]}"

    def _known(self, model: str) -> set[str] | None:
        """The numbers of the model's versions; `None` if there is no model."""
        try:
            return {info.name for info in self.versions(model)}
        except TargetRefused as err:
            if err.code != NOT_FOUND:
                raise
            return None

    def _made_since(self, model: str, origin: str, known: set[str]) -> list[str]:
        """New versions of these files: created by this push, only the reply was lost.

        Creating one takes the service a while, and until then it is not listed.
        """
        for _ in range(_LOOKS):
            with suppress(TargetRefused, OutsideError):  # The first error is the one to raise.
                there = self.versions(model)
                if found := [v.name for v in there if self.holds(v, origin) and v.name not in known]:
                    return found
            time.sleep(_PAUSE)
        return []

    def wait(self, operation: str, report: Report, step: str) -> str:
        if operation.startswith(_MADE):
            return operation.removeprefix(_MADE)
        response = self._operations.outcome(operation, report, step)
        return str(response.get("modelVersionId", ""))

    def cancel(self, operation: str) -> None:
        if not operation.startswith(_MADE):
            self._operations.cancel(operation)

    def predict(self, model: str, version: str, instances: Sequence[Instance], signature: str = "") -> list[Any]:
        endpoint = self._endpoints.find(model)
        deployed = endpoint.deployed(model) if endpoint else {}
        if endpoint is None or not deployed:
            hint = "Deploy a version with `workbench versions set-default`."
            raise TargetRefused(NOT_POSSIBLE_NOW, f"No version of '{model}' is deployed at an endpoint.", hint=hint)
        if version and deployed.get(self._number(model, version), DeployedModel("", 0)).traffic != 100:
            text = f"The endpoint splits its traffic and cannot call version {version} alone."
            raise TargetRefused(NOT_POSSIBLE_NOW, text, hint="Omit the version, or give it all traffic.")
        return self._ask(endpoint, instances, signature)

    def _number(self, model: str, version: str) -> str:
        found = [v.name for v in self.versions(model) if version == v.name or version in v.aliases]
        return found[0] if found else version

    def _ask(self, endpoint: EndpointInfo, instances: Sequence[Instance], signature: str = "") -> list[Any]:
        reply = self._endpoints.predict(endpoint, instances, signature)
        return predictions_of(reply, len(instances), self._service.address)

    def try_out(self, info: VersionInfo, model: str, instances: Sequence[Instance], report: Report) -> list[Any]:
        """At a temporary endpoint, which is removed afterwards: a shared one cannot address a single version."""
        name = trial_name(model, info.origin)
        endpoint = self._endpoints.ensure(name, report)
        try:
            endpoint = self._endpoints.deploy(endpoint, model, info.name, {"0": 100}, report)
            report(Progress(f"Smoke test of version {info.name}"))
            return self._ask(endpoint, instances)
        finally:
            self._endpoints.remove(name)

    def set_default(self, model: str, version: str, report: Report) -> None:
        number = self._number(model, version)
        self.set_traffic(model, {number: 100}, report)
        try:
            self._merge_aliases(model, number, ["default"])
        except WorkbenchError as err:
            # The endpoint decides the default; the alias is for those who request it by name.
            self._notes.append(f"The alias 'default' could not be set on version {number}: {err}")

    def set_traffic(self, model: str, split: Mapping[str, int], report: Report) -> None:
        wanted = {self._number(model, version): share for version, share in split.items()}
        endpoint = self._endpoints.ensure(self._endpoints.name_for(model), report)
        for number, share in wanted.items():
            if number not in endpoint.deployed(model):
                self._notes.append(self._cost(number))
                alone = {"0": 100} if not endpoint.deployed(model) else endpoint.split_with("0", 0)
                report(Progress(f"Deploying version {number} ({share} %)"))
                endpoint = self._endpoints.deploy(endpoint, model, number, alone, report)
        self._endpoints.set_split(endpoint, {endpoint.deployed(model)[n].id: s for n, s in wanted.items()})

    def _cost(self, number: str) -> str:
        nodes = f"{self._target.min_replicas} x {self._target.machine_type}"
        return f"Version {number} is deployed and billed for at least {nodes} until it is undeployed or deleted."

    def _merge_aliases(self, model: str, number: str, aliases: list[str]) -> None:
        body = {"versionAliases": aliases}
        self._service.run(self._models.mergeVersionAliases(name=f"{self._name(model)}@{number}", body=body))

    def tidy(self, model: str, origin: str) -> None:
        self._endpoints.remove(trial_name(model, origin))

    def delete_version(self, model: str, version: str) -> None:
        number = self._number(model, version)
        self._endpoints.undeploy(model, number)
        listed = self.versions(model)
        if [v.name for v in listed] == [number]:
            self.delete_model(model)
            return
        name = f"{self._name(model)}@{number}"
        self._delete(lambda: self._models.deleteVersion(name=name), lambda: number not in (self._known(model) or ()))

    def delete_model(self, model: str) -> None:
        self._delete(lambda: self._models.delete(name=self._name(model)), lambda: self._known(model) is None)

    def _delete(self, request: Callable[[], Any], gone: Callable[[], bool]) -> None:
        reply = self._service.once(request, gone)
        if reply is not None:
            self.wait(str(reply["name"]), silent, "")

    def fetch(self, info: VersionInfo, path: str) -> bytes:
        place = urlsplit(info.origin)
        below = "/1" if self._target.is_serving() else ""
        with self._staging(place.netloc) as staging:
            return staging.download(f"{place.path.strip('/')}{below}/{path}")

    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)

    def submit(self, order: BatchOrder) -> BatchInfo:
        version = order.version or next((v.name for v in self.versions(order.model) if v.default), "default")
        return self._jobs.submit(order, f"{self._name(order.model)}@{self._number(order.model, version)}")

    def batch(self, resource: str) -> BatchInfo:
        return self._jobs.get(resource)

    def cancel_batch(self, resource: str) -> None:
        self._jobs.cancel(resource)

    def _parent(self) -> str:
        return f"projects/{self._target.project}/locations/{self._target.region}"

    def _name(self, model: str) -> str:
        return f"{self._parent()}/models/{model}"


def trial_name(model: str, origin: str) -> str:
    """The display name of the endpoint for the smoke test of a version: the same for the same files."""
    return f"{model}-trial-{origin.rstrip('/')[-8:]}"
