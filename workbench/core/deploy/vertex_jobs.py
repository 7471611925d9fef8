"""Batch prediction through `aiplatform` v1's batchPredictionJobs."""

from __future__ import annotations

from typing import Any, Final

from workbench.core.deploy.googleapi import ApiClient
from workbench.core.deploy.port import NOT_POSSIBLE_NOW, TargetRefused
from workbench.spec.batch import BatchFormat, BatchInfo, BatchOrder, BatchState
from workbench.spec.targets.vertex import VertexTarget

_FORMATS: Final[dict[BatchFormat, str]] = {
    "jsonl": "jsonl",
    "tfrecord": "tf-record",
    "tfrecord.gz": "tf-record-gzip",
}

_STATES: Final[dict[str, BatchState]] = {
    "JOB_STATE_QUEUED": "queued",
    "JOB_STATE_PENDING": "queued",
    "JOB_STATE_RUNNING": "running",
    "JOB_STATE_CANCELLING": "running",
    "JOB_STATE_UPDATING": "running",
    "JOB_STATE_PAUSED": "running",
    "JOB_STATE_SUCCEEDED": "succeeded",
    "JOB_STATE_PARTIALLY_SUCCEEDED": "succeeded",
    "JOB_STATE_FAILED": "failed",
    "JOB_STATE_EXPIRED": "failed",
    "JOB_STATE_CANCELLED": "cancelled",
}


class VertexJobs:
    """The batch jobs of one project and region."""

    def __init__(self, service: ApiClient, locations: Any, target: VertexTarget) -> None:
        self._service = service
        self._target = target
        self._methods: Any = locations.batchPredictionJobs()
        self._parent = f"projects/{target.project}/locations/{target.region}"

    def submit(self, order: BatchOrder, model: str) -> BatchInfo:
        """Start a job; if the reply is lost, the job is looked up by its name before an error is raised."""
        if order.format not in _FORMATS:
            hint = "Decompress the files: Vertex AI reads uncompressed JSON lines only."
            raise TargetRefused(NOT_POSSIBLE_NOW, "Vertex AI does not read gzipped JSON lines.", hint=hint)
        if order.signature:
            hint = "A batch prediction job uses serving_default."
            raise TargetRefused(
                NOT_POSSIBLE_NOW, "Batch prediction jobs of Vertex AI cannot choose a signature.", hint=hint
            )
        create, body = self._methods.create, self._body(order, model)
        found: list[dict[str, Any]] = []

        def done() -> bool:
            found.extend(job for job in [self._named(order.name)] if job is not None)
            return bool(found)

        reply = self._service.once(lambda: create(parent=self._parent, body=body), done)
        return self._info(reply if reply is not None else found[0])

    def _body(self, order: BatchOrder, model: str) -> dict[str, Any]:
        machine: dict[str, Any] = {"machineType": self._target.machine_type}
        if gpu := self._target.accelerator:
            machine |= {"acceleratorType": gpu.type, "acceleratorCount": gpu.count}
        return {
            "displayName": order.name,
            "model": model,
            "inputConfig": {"instancesFormat": _FORMATS[order.format], "gcsSource": {"uris": list(order.inputs)}},
            "outputConfig": {"predictionsFormat": "jsonl", "gcsDestination": {"outputUriPrefix": order.output}},
            "dedicatedResources": {"machineSpec": machine, "startingReplicaCount": self._target.min_replicas},
        }

    def _named(self, display: str) -> dict[str, Any] | None:
        arguments = {"parent": self._parent, "filter": f'display_name="{display}"'}
        for job in self._service.pages(self._methods, "batchPredictionJobs", **arguments):
            if job.get("displayName") == display:
                return job
        return None

    def get(self, resource: str) -> BatchInfo:
        """The current state of a job."""
        return self._info(self._service.run(self._methods.get(name=resource)))

    def cancel(self, resource: str) -> None:
        """Request a job to stop."""
        self._service.run(self._methods.cancel(name=resource, body={}))

    def _info(self, job: dict[str, Any]) -> BatchInfo:
        stats = job.get("completionStats", {})
        counts = {key: int(stats.get(key, -1)) for key in ("successfulCount", "failedCount", "incompleteCount")}
        left = counts["incompleteCount"]
        prefix = job.get("outputConfig", {}).get("gcsDestination", {}).get("outputUriPrefix", "")
        return BatchInfo(
            name=str(job.get("displayName", "")),
            resource=str(job["name"]),
            state=_STATES.get(str(job.get("state", "")), "queued"),
            done=counts["successfulCount"],
            failed=counts["failedCount"],
            total=sum(max(0, n) for n in counts.values()) if left >= 0 else -1,
            output=str(job.get("outputInfo", {}).get("gcsOutputDirectory") or prefix),
            created=str(job.get("createTime", "")),
            ended=str(job.get("endTime", "")),
            error=str(job.get("error", {}).get("message", "")),
        )
