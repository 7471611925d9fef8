"""The `ml` v1 port: the real googleapiclient on any endpoint that speaks ML Engine's API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from workbench.core.deploy.googleapi import LONGEST_CANCEL, ApiClient, poll
from workbench.core.deploy.ml_jobs import MlJobs
from workbench.core.deploy.port import (
    ALREADY_EXISTS,
    NOT_FOUND,
    Instance,
    TargetRefused,
    no_traffic,
)
from workbench.core.deploy.replies import predictions_of
from workbench.core.deploy.storage import StagingBucket, split_place
from workbench.core.file_manifest import Manifest
from workbench.core.progress import Report, silent
from workbench.spec.batch import BatchInfo, BatchOrder
from workbench.spec.errors import WorkbenchError
from workbench.spec.target import VersionInfo
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget

_NUMBERED = re.compile(r"v(\d{1,9})")


class _MlPort:
    """A `TargetPort` for `ml` v1; the target supplies the fields of new versions and models."""

    def __init__(self, target: LocalTarget | MlEngineTarget, session: Any | None = None) -> None:
        self._target = target
        self._session = session
        self._service = ApiClient("ml", "v1", target, session)
        self._projects: Any = self._service.root.projects()
        self._jobs = MlJobs(self._service, target)

    def close(self) -> None:
        self._service.close()

    def _staging(self, bucket: str) -> StagingBucket:
        return StagingBucket(self._target, bucket, self._session)

    def origin(self, manifest: Manifest, model: str) -> str:
        bucket, prefix = split_place(self._target.bucket)
        return f"gs://{bucket}/{prefix}{manifest.folder}/"

    def holds(self, info: VersionInfo, origin: str) -> bool:
        return info.origin.rstrip("/") == origin.rstrip("/")

    def stage(self, manifest: Manifest, model: str, report: Report) -> str:
        bucket, prefix = split_place(self._target.bucket)
        with self._staging(bucket) as staging:
            staging.upload(manifest, f"{prefix}{manifest.folder}", report)
        return self.origin(manifest, model)

    def ensure_model(self, model: str) -> bool:
        parent = f"projects/{self._target.project}"
        body: dict[str, object] = {"name": model}
        if region := getattr(self._target, "region", ""):
            body["regions"] = [region]
        if self._has_model(model):
            return False
        try:
            self._service.run(self._projects.models().create(parent=parent, body=body))
        except TargetRefused as err:
            if err.code != ALREADY_EXISTS:
                raise
            if not self._has_model(model):
                raise _elsewhere(model, self._service.address) from err
            # Another push created it meanwhile, or the reply to the first attempt of this one was lost: it must not be
            # removed.
            return False
        return True

    def _has_model(self, model: str) -> bool:
        try:
            self._service.run(self._projects.models().get(name=self._name(model)))
        except TargetRefused as err:
            if err.code != NOT_FOUND:
                raise
            return False
        return True

    def versions(self, model: str) -> tuple[VersionInfo, ...]:
        methods = self._projects.models().versions()
        pages = self._service.pages(methods, "versions", parent=self._name(model), pageSize=100)
        found = sorted(pages, key=lambda v: (v.get("createTime", ""), v["name"]))
        return tuple(_info(version) for version in found)

    def new_name(self, model: str, names: Sequence[str]) -> str:
        numbers = [int(m[1]) for name in names if (m := _NUMBERED.fullmatch(name))]
        return f"v{max(numbers, default=0) + 1}"

    def create_version(self, model: str, version: str, origin: str) -> str:
        body = {"name": version, "deploymentUri": origin, **self._version_settings()}
        request = self._projects.models().versions().create(parent=self._name(model), body=body)
        return str(self._service.run(request)["name"])

    def wait(self, operation: str, report: Report, step: str) -> str:
        self._service.outcome(lambda: self._projects.operations().get(name=operation), report, step)
        return ""

    def cancel(self, operation: str) -> None:
        self._service.run(self._projects.operations().cancel(name=operation))
        get = self._projects.operations().get(name=operation)
        for done in poll(lambda: self._service.run(get), LONGEST_CANCEL):
            if done:
                return

    def predict(self, model: str, version: str, instances: Sequence[Instance], signature: str = "") -> list[Any]:
        body: dict[str, object] = {"instances": list(instances)}
        if signature:
            body["signature_name"] = signature
        reply = self._service.run(self._projects.predict(name=self._name(model, version), body=body))
        return predictions_of(reply, len(instances), self._service.address)

    def try_out(self, info: VersionInfo, model: str, instances: Sequence[Instance], report: Report) -> list[Any]:
        return self.predict(model, info.name, instances)

    def set_default(self, model: str, version: str, report: Report) -> None:
        name = self._name(model, version)
        self._service.run(self._projects.models().versions().setDefault(name=name, body={}))

    def set_traffic(self, model: str, split: Mapping[str, int], report: Report) -> None:
        raise no_traffic(self._target.kind)

    def tidy(self, model: str, origin: str) -> None:
        """Does nothing: a push creates nothing but the version here."""

    def delete_version(self, model: str, version: str) -> None:
        self._delete(self._projects.models().versions(), self._name(model, version))

    def delete_model(self, model: str) -> None:
        self._delete(self._projects.models(), self._name(model))

    def _delete(self, methods: Any, name: str) -> None:
        """Delete a resource, and repeat the request only if the resource still exists.

        A blind repeat after a lost reply would report that it never existed.
        """

        def gone() -> bool:
            try:
                self._service.run(methods.get(name=name))
            except TargetRefused as err:
                if err.code != NOT_FOUND:
                    raise
                return True
            return False

        reply = self._service.once(lambda: methods.delete(name=name), gone)
        if reply is not None:
            self.wait(str(reply["name"]), silent, "")

    def fetch(self, info: VersionInfo, path: str) -> bytes:
        place = urlsplit(info.origin)
        with self._staging(place.netloc) as staging:
            return staging.download(f"{place.path.strip('/')}/{path}")

    def notes(self) -> tuple[str, ...]:
        return ()

    def _version_settings(self) -> dict[str, Any]:
        """A version's fields that depend on its target: `ml.v1` Version."""
        return {"framework": "TENSORFLOW"}

    def submit(self, order: BatchOrder) -> BatchInfo:
        return self._jobs.submit(order)

    def batch(self, resource: str) -> BatchInfo:
        return self._jobs.get(resource)

    def cancel_batch(self, resource: str) -> None:
        self._jobs.cancel(resource)

    def _name(self, model: str, version: str = "") -> str:
        name = f"projects/{self._target.project}/models/{model}"
        return f"{name}/versions/{version}" if version else name


class LocalPort(_MlPort):
    """The port of the local target."""


class MlEnginePort(_MlPort):
    """The port of ML Engine and every compatible endpoint."""

    def __init__(self, target: MlEngineTarget, session: Any | None = None) -> None:
        super().__init__(target, session)
        self._settings = target

    def notes(self) -> tuple[str, ...]:
        if not self._settings.is_closed():
            return ()
        return ("Google shut ML Engine down on 31 January 2025; use a vertex target.",)

    def _version_settings(self) -> dict[str, Any]:
        return version_settings(self._settings)


def version_settings(target: MlEngineTarget) -> dict[str, Any]:
    """A version's fields by the settings of an ML Engine target."""
    auto, manual, gpu = target.auto_scaling, target.manual_scaling, target.accelerator
    scaling: dict[str, Any] = {}
    if auto is not None:
        scaling = {"minNodes": auto.min_nodes, "maxNodes": auto.max_nodes}
        scaling = {key: value for key, value in scaling.items() if value}
        if auto.cpu:
            scaling["metrics"] = [{"name": "CPU_USAGE", "target": auto.cpu}]
    found = {
        "framework": target.framework,
        "runtimeVersion": target.runtime,
        "pythonVersion": target.python_version,
        "machineType": target.machine_type,
        "autoScaling": scaling,
        "manualScaling": {"nodes": manual.nodes} if manual else {},
        # int64 is a string in Google's JSON.
        "acceleratorConfig": {"type": gpu.type, "count": str(gpu.count)} if gpu else {},
        "serviceAccount": target.service_account,
        "labels": target.labels,
        "description": target.description,
    }
    return {key: value for key, value in found.items() if value}


def _info(version: dict[str, Any]) -> VersionInfo:
    resource = str(version["name"])
    return VersionInfo(
        name=resource.rpartition("/")[2],
        resource=resource,
        state=str(version.get("state", "UNKNOWN")),
        default=bool(version.get("isDefault", False)),
        created=str(version.get("createTime", "")),
        origin=str(version.get("deploymentUri", "")),
        error=str(version.get("errorMessage", "")),
    )


def _elsewhere(model: str, address: str) -> WorkbenchError:
    text = f"The model '{model}' exists but is not visible here: it was created at another regional endpoint."
    hint = "Set the target's region to the one where it was created, or choose another model name."
    return WorkbenchError("WRONG_REGION", text, where=address, hint=hint)
