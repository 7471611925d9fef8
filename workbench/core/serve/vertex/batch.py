"""Batch prediction of `aiplatform` v1: instances in the job's format, results together with their instances.

A model with schemata for instances and predictions gets `predictions_0001.jsonl` and `errors_0001.jsonl`, as in the
API's description; other models, which includes custom models, get `prediction.results-*` and
`prediction.errors_stats-*`, as observed in runs of the service.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from workbench.core.serve.batch.inputs import (
    BadRecord,
    batches,
    encoded,
    json_lines,
    listed_files,
    matching,
    records,
)
from workbench.core.serve.batch.jobs import JobControl, JobRow, Jobs
from workbench.core.serve.batch.outputs import ResultShards, shard_name
from workbench.core.serve.replies import ApiError
from workbench.core.serve.serving.model_cache import ModelCache, ModelLease
from workbench.core.serve.storage.object_types import StoredObject
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.tfserving.predict import predict
from workbench.core.serve.vertex.background_work import BackgroundWork
from workbench.core.serve.vertex.names import VertexLocation, model_ref
from workbench.core.serve.vertex.registry import ModelRegistry, ModelVersion

API: Final = "vertex"

_BATCH: Final = 64
_INVALID: Final = 3
"""google.rpc.Code INVALID_ARGUMENT."""


class VertexBatch:
    """Runs the batch prediction jobs of `aiplatform` v1."""

    def __init__(
        self, objects: Objects, models: ModelRegistry, work: BackgroundWork, shelf: ModelCache, jobs: Jobs
    ) -> None:
        self._objects = objects
        self._models = models
        self._work = work
        self._shelf = shelf
        jobs.register(API, self.run)

    def run(self, row: JobRow, control: JobControl) -> dict[str, Any]:
        """The job's counts and the location of its output. Raises `ApiError` and `WorkbenchError`."""
        _, project, _, location = row.place.split("/")
        version = self._models.find(model_ref(row.body["model"], VertexLocation(project, location), "model"))
        field = "input_config.gcs_source"
        uris = row.body["inputConfig"]["gcsSource"]["uris"]
        files = [stored for uri in uris for stored in matching(self._objects, uri, field)]
        directory = (
            f"{row.body['outputConfig']['gcsDestination']['outputUriPrefix'].rstrip('/')}/{_folder(row, version)}"
        )
        size = int(row.body.get("manualBatchTuningParameters", {}).get("batchSize") or _BATCH)
        with self._shelf.lease(self._work.servable(version)) as lease, ResultShards(self._objects, directory) as shards:
            work = _VertexBatchWriter(lease, shards, _names(version, len(files)), row.body)
            for number, file in enumerate(files):
                for batch in batches(_instances(self._objects, file, row.body["inputConfig"]["instancesFormat"]), size):
                    work.run(batch, number)
                    control.report(work.counts())
            shards.commit()
            return work.counts() | {"directory": directory}


def _folder(row: JobRow, version: ModelVersion) -> str:
    # Milliseconds and a Z: YYYY-MM-DDThh:mm:ss.sssZ, as in the API's description.
    return f"prediction-{version.body['displayName']}-{row.created[:23]}Z"


def _names(version: ModelVersion, files: int) -> tuple[list[str], str]:
    """Names of the result shards, one per input file, and of the file of errors."""
    schemata = version.body.get("predictSchemata", {})
    if schemata.get("instanceSchemaUri") and schemata.get("predictionSchemaUri"):
        return [f"predictions_{n:04}.jsonl" for n in range(1, files + 1)], "errors_0001.jsonl"
    return [shard_name("prediction.results", n, files) for n in range(files)], shard_name(
        "prediction.errors_stats", 0, 1
    )


def _instances(objects: Objects, file: StoredObject, form: str) -> Iterator[Any]:
    if form == "jsonl":
        return json_lines(objects, file)
    if form == "file-list":
        return listed_files(objects, file)
    return (encoded(record) for record in records(objects, file))


class _VertexBatchWriter:
    """Sends input rows to the model and writes the results to the shards."""

    def __init__(
        self, lease: ModelLease, shards: ResultShards, names: tuple[list[str], str], body: dict[str, Any]
    ) -> None:
        self._lease = lease
        self._shards = shards
        self._results, self._errors = names
        self._config: dict[str, Any] = body.get("instanceConfig", {})
        self._done = self._failed = 0
        for name in (*self._results, self._errors) if self._errors.startswith("prediction.") else self._results:
            shards.open(name)

    def run(self, rows: list[Any], number: int) -> None:
        """Predict a batch; if it fails, predict each of its rows alone, so that only the bad ones are errors."""
        sent = [self._sent(row) for row in rows]
        predictions = None if any(isinstance(one, BadRecord) for one in sent) else self._predicted(sent)
        for index, (row, instance) in enumerate(zip(rows, sent, strict=True)):
            if isinstance(predictions, list):
                self._write(row, instance, predictions[index], number)
            else:
                self._run_alone(row, instance, number)

    def _run_alone(self, row: Any, instance: Any, number: int) -> None:
        found = str(instance) if isinstance(instance, BadRecord) else self._predicted([instance])
        if isinstance(found, list):
            self._write(row, instance, found[0], number)
            return
        self._failed += 1
        shown = getattr(instance, "line", instance)
        error = {"error": {"code": _INVALID, "message": found}}
        self._shards.write(self._errors, _line(self._identity(row, shown) | error))

    def _predicted(self, instances: list[Any]) -> list[Any] | str:
        try:
            reply = predict(self._lease, json.dumps({"instances": instances}).encode())
        except ApiError as err:
            return err.message
        found: list[Any] = reply["predictions"]
        return found if len(found) == len(instances) else f"The model answered {len(found)} predictions."

    def _write(self, row: Any, instance: Any, prediction: Any, number: int) -> None:
        self._done += 1
        line = self._identity(row, instance) | {"prediction": prediction}
        self._shards.write(self._results[number], _line(line))

    def _sent(self, row: Any) -> Any:
        """The row as the instance that the model receives."""
        if isinstance(row, BadRecord) or not self._config:
            return row
        if not isinstance(row, dict):
            return BadRecord("With an instance_config each line must be an object.", json.dumps(row))
        included, excluded = self._config.get("includedFields"), set(self._config.get("excludedFields", []))
        key = self._config.get("keyField")
        kept = included or [name for name in row if name not in excluded and name != key]
        if missing := [name for name in (*kept, *([key] if key else [])) if name not in row]:
            return BadRecord(f"The instance has no field '{missing[0]}'.", json.dumps(row))
        if self._config.get("instanceType") == "array":
            return [row[name] for name in kept]
        return {name: row[name] for name in kept}

    def _identity(self, row: Any, instance: Any) -> dict[str, Any]:
        """What identifies the line's prediction: its key if it has one, else the instance and the excluded fields."""
        if (key := self._config.get("keyField")) and isinstance(row, dict) and key in row:
            return {"key": row[key]}
        excluded = self._config.get("excludedFields", []) if isinstance(row, dict) else []
        return {"instance": instance} | {name: row[name] for name in excluded if name in row}

    def counts(self) -> dict[str, Any]:
        return {"successfulCount": str(self._done), "failedCount": str(self._failed)}


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)
