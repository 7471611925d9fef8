"""Batch prediction through `ml` v1's jobs."""

from __future__ import annotations

from typing import Any, Final

from workbench.core.deploy.googleapi import ApiClient
from workbench.core.deploy.port import ALREADY_EXISTS, TargetRefused
from workbench.spec.batch import BatchFormat, BatchInfo, BatchOrder, BatchState
from workbench.spec.targets.local import LocalTarget
from workbench.spec.targets.mlengine import MlEngineTarget

_FORMATS: Final[dict[BatchFormat, str]] = {
    "jsonl": "JSON",
    "jsonl.gz": "JSON",
    "tfrecord": "TF_RECORD",
    "tfrecord.gz": "TF_RECORD_GZIP",
}
"""`ml.v1` PredictionInput.dataFormat; gzipped JSON files are recognised by their names."""

_STATES: Final[dict[str, BatchState]] = {
    "QUEUED": "queued",
    "PREPARING": "queued",
    "RUNNING": "running",
    "CANCELLING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}


class MlJobs:
    """`projects.jobs` of one target."""

    def __init__(self, service: ApiClient, target: LocalTarget | MlEngineTarget) -> None:
        self._service = service
        self._target = target
        self._methods: Any = service.root.projects().jobs()

    def submit(self, order: BatchOrder) -> BatchInfo:
        """Start a job. An existing job of this name is this one: every name is generated only once."""
        parent = f"projects/{self._target.project}"
        body = {"jobId": order.name, "predictionInput": self._input(order)}
        try:
            reply = self._service.run(self._methods.create(parent=parent, body=body))
        except TargetRefused as err:
            if err.code != ALREADY_EXISTS:
                raise
            return self.get(f"{parent}/jobs/{order.name}")
        return self._info(reply, f"{parent}/jobs/{order.name}")

    def _input(self, order: BatchOrder) -> dict[str, Any]:
        model = f"projects/{self._target.project}/models/{order.model}"
        which = {"versionName": f"{model}/versions/{order.version}"} if order.version else {"modelName": model}
        found = {
            **which,
            "dataFormat": _FORMATS[order.format],
            "inputPaths": list(order.inputs),
            "outputPath": order.output,
            "region": getattr(self._target, "region", "") or "us-central1",
        }
        runtime = self._target.runtime
        return (
            found
            | ({"runtimeVersion": runtime} if runtime else {})
            | ({"signatureName": order.signature} if order.signature else {})
        )

    def get(self, resource: str) -> BatchInfo:
        """The current state of a job."""
        return self._info(self._service.run(self._methods.get(name=resource)), resource)

    def cancel(self, resource: str) -> None:
        """Request a job to stop."""
        self._service.run(self._methods.cancel(name=resource, body={}))

    def _info(self, job: dict[str, Any], resource: str) -> BatchInfo:
        out = job.get("predictionOutput", {})
        # int64 is a string in Google's JSON.
        done, failed = int(out.get("predictionCount", -1)), int(out.get("errorCount", -1))
        return BatchInfo(
            name=resource.rpartition("/")[2],
            resource=resource,
            state=_STATES.get(str(job.get("state", "")), "queued"),
            done=done,
            failed=failed,
            output=str(out.get("outputPath") or job.get("predictionInput", {}).get("outputPath", "")),
            created=str(job.get("createTime", "")),
            ended=str(job.get("endTime", "")),
            error=str(job.get("errorMessage", "")),
        )
