"""Batch prediction of `ml` v1, as the service's own pipeline did it.

That pipeline (google.cloud.ml.dataflow, batch_prediction_pipeline) ran batches of records: a batch that fails is
counted as a whole; results are JSON lines in `prediction.results-*`, and each error text with the number of its batches
is a line of `prediction.errors_stats-*`.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from workbench.core.serve.batch.inputs import BadRecord, batches, json_lines, matching, records
from workbench.core.serve.batch.jobs import JobControl, JobRow, Jobs
from workbench.core.serve.batch.outputs import ResultShards, shard_name
from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.registry import Registry, VersionKey
from workbench.core.serve.replies import ApiError
from workbench.core.serve.serving.gcloud import answer
from workbench.core.serve.serving.model_cache import ModelCache, ModelLease
from workbench.core.serve.storage.object_types import StoredObject
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.store import TargetStore, new_id
from workbench.core.serve.version_files import copy_parts, deployment
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import SERVING_DEFAULT

API: Final = "ml"
RESULTS: Final = "prediction.results"
ERRORS: Final = "prediction.errors_stats"

_BATCH: Final = 64
_WORKERS: Final = 10


class MlBatch:
    """Runs the prediction jobs of `ml` v1."""

    def __init__(
        self,
        store: TargetStore,
        objects: Objects,
        registry: Registry,
        models: VersionLoader,
        shelf: ModelCache,
        jobs: Jobs,
    ) -> None:
        self._store = store
        self._objects = objects
        self._registry = registry
        self._models = models
        self._shelf = shelf
        jobs.register(API, self.run)

    def run(self, row: JobRow, control: JobControl) -> dict[str, Any]:
        """The job's counts. Raises `ApiError` and `WorkbenchError`."""
        wish = row.body["predictionInput"]
        field = "prediction_input.input_paths"
        files = [stored for path in wish["inputPaths"] for stored in matching(self._objects, path, field)]
        with self._lease(row.place, wish) as lease, ResultShards(self._objects, wish["outputPath"]) as shards:
            count = min(len(files), int(wish.get("maxWorkerCount") or _WORKERS))
            work = _MlBatchWriter(lease, wish.get("signatureName") or None, shards)
            for number in range(count):
                shards.open(shard_name(RESULTS, number, count))
            for number, file in enumerate(files):
                for batch in batches(self._instances(file, wish), int(wish.get("batchSize") or _BATCH)):
                    work.run(batch, shard_name(RESULTS, number % count, count))
                    control.report(work.counts())
            work.write_errors()
            shards.commit()
            return work.counts()

    @contextmanager
    def _lease(self, project: str, wish: dict[str, Any]) -> Iterator[ModelLease]:
        if uri := wish.get("uri"):
            folder = self._store.versions / new_id()
            try:
                copy_parts(self._objects, deployment(self._objects, uri, "prediction_input.uri"), folder)
                with self._shelf.lease(folder) as lease:
                    yield lease
            finally:
                self._shelf.forget(folder)
                shutil.rmtree(folder, ignore_errors=True)
            return
        with self._models.lease(named_version(self._registry, wish)) as lease:
            yield lease

    def _instances(self, file: StoredObject, wish: dict[str, Any]) -> Iterator[Any]:
        if wish["dataFormat"].startswith("TF_RECORD"):
            return records(self._objects, file)
        return json_lines(self._objects, file)


class _MlBatchWriter:
    """Writes the predictions of batches to the shards and counts them."""

    def __init__(self, lease: ModelLease, signature: str | None, shards: ResultShards) -> None:
        self._lease = lease
        self._signature = signature
        self._shards = shards
        self._done = self._failed = 0
        self._errors: Counter[str] = Counter()

    def run(self, batch: list[Any], shard: str) -> None:
        try:
            found = answer(self._lease, [self._instance(one) for one in batch], self._signature)
        except (BadRecord, WorkbenchError) as err:
            self._failed += len(batch)
            self._errors[getattr(err, "detail", str(err))] += 1
            return
        for prediction in found:
            self._shards.write(shard, json.dumps(prediction, ensure_ascii=False))
        self._done += len(batch)

    def _instance(self, record: Any) -> Any:
        """The instance of a line. If it is not JSON, the line itself is the instance of a model with one string input.

        Raises `BadRecord`.
        """
        if not isinstance(record, BadRecord):
            return record
        spec = self._lease.signatures.get(self._signature or SERVING_DEFAULT)
        if spec is None or [tensor.dtype for tensor in spec.inputs.values()] != ["DT_STRING"]:
            raise record
        return record.line

    def write_errors(self) -> None:
        name = shard_name(ERRORS, 0, 1)
        self._shards.open(name)
        for text, count in sorted(self._errors.items()):
            # A pair as Python prints it: Beam's WriteToText of `Count.PerKey`.
            self._shards.write(name, repr((text, count)))

    def counts(self) -> dict[str, Any]:
        return {"predictionCount": str(self._done), "errorCount": str(self._failed)}


def named_version(registry: Registry, wish: dict[str, Any]) -> VersionKey:
    """The version that a job names, directly or as the default of its model. Raises `ApiError`."""
    name = str(wish.get("versionName") or wish.get("modelName") or "")
    steps = name.split("/")
    if steps[::2] == ["projects", "models", "versions"] and len(steps) == 6:
        return VersionKey(steps[1], steps[3], steps[5])
    if steps[::2] != ["projects", "models"] or len(steps) != 4:
        raise ApiError(400, f"'{name}' is not a model or version name.", field="prediction_input")
    key = registry.default_version(steps[1], steps[3])
    if key is None:
        raise ApiError(400, f"The model {name} has no default version.", field="prediction_input.model_name")
    return key
