"""`projects.locations.batchPredictionJobs` over HTTP."""

from __future__ import annotations

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.batch.inputs import split_uri
from workbench.core.serve.batch.jobs import QUEUED, JobRow, Jobs
from workbench.core.serve.listing import Listed, paged
from workbench.core.serve.replies import ApiError
from workbench.core.serve.vertex.background_work import BackgroundWork
from workbench.core.serve.vertex.batch import API
from workbench.core.serve.vertex.bodies import check_display_name, read_request, required
from workbench.core.serve.vertex.names import VertexLocation, model_ref, new_number, place_of
from workbench.core.serve.vertex.operations import EMPTY
from workbench.core.serve.vertex.registry import ModelRegistry
from workbench.core.serve.vertex.routing import OPERATION, vertex_route

_FORMATS: Final = ("jsonl", "tf-record", "tf-record-gzip", "file-list")
_LIST: Final = ("filter", "pageSize", "pageToken")
_JOBS: Final = Listed(("display_name", "state", "create_time", "labels", "model"))
_OUTPUTS: Final = ("jsonl",)


def batch_routes(models: ModelRegistry, work: BackgroundWork, jobs: Jobs) -> list[Route]:
    """The routes of `/v1/projects/P/locations/L/batchPredictionJobs`."""
    api = _BatchApi(models, work, jobs)
    place = "/v1/projects/{project}/locations/{location}/batchPredictionJobs"
    job = place + "/{job}"
    return [
        vertex_route(place, api.create, "POST", reply="BatchPredictionJob"),
        vertex_route(place, api.list_all, "GET", *_LIST, reply="ListBatchPredictionJobsResponse"),
        vertex_route(f"{job}:cancel", api.cancel, "POST"),
        vertex_route(job, api.get, "GET", reply="BatchPredictionJob"),
        vertex_route(job, api.delete, "DELETE", reply=OPERATION),
    ]


class _BatchApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, models: ModelRegistry, work: BackgroundWork, jobs: Jobs) -> None:
        self._models = models
        self._work = work
        self._jobs = jobs

    async def create(self, request: Request) -> Response:
        place = place_of(request)
        body = await read_request(request, "BatchPredictionJob")
        _check(body)
        return JSONResponse(await run_in_threadpool(self._create, place, body))

    def _create(self, place: VertexLocation, body: dict[str, Any]) -> dict[str, Any]:
        version = self._models.find(model_ref(body["model"], place, "model"))
        # The version that the name denotes now: the job must not depend on what an alias means later.
        exact = {"model": f"{version.name}@{version.version}", "modelVersionId": str(version.version)}
        return _resource(self._jobs.add(API, place.name, new_number(), body | exact))

    def list_all(self, request: Request) -> Response:
        found = [_resource(row) for row in self._jobs.all(API, place_of(request).name)]
        return JSONResponse(paged(request, "batchPredictionJobs", found, _JOBS))

    def _asked(self, request: Request) -> JobRow:
        return self._jobs.get(API, place_of(request).name, request.path_params["job"])

    def get(self, request: Request) -> Response:
        return JSONResponse(_resource(self._asked(request)))

    def cancel(self, request: Request) -> Response:
        self._jobs.cancel(self._asked(request))
        return JSONResponse({})

    def delete(self, request: Request) -> Response:
        row = self._asked(request)

        def apply() -> dict[str, Any]:
            self._jobs.delete(row)
            return EMPTY

        parent = f"batchPredictionJobs/{row.id}"
        return JSONResponse(self._work.quick(place_of(request), parent, "DeleteOperationMetadata", apply))


def _check(body: dict[str, Any]) -> None:
    """Raise the service's 400s for a job that could not run."""
    check_display_name(body, "batch_prediction_job")
    required(body, "model", "batch_prediction_job.model")
    given = required(body, "inputConfig", "batch_prediction_job.input_config")
    wanted = required(body, "outputConfig", "batch_prediction_job.output_config")
    _one_of(given.get("instancesFormat"), _FORMATS, "input_config.instances_format")
    _one_of(wanted.get("predictionsFormat"), _OUTPUTS, "output_config.predictions_format")
    source = required(given, "gcsSource", "input_config.gcs_source")
    destination = required(wanted, "gcsDestination", "output_config.gcs_destination")
    for uri in required(source, "uris", "input_config.gcs_source.uris"):
        split_uri(uri, "input_config.gcs_source.uris")
    prefix = required(destination, "outputUriPrefix", "output_config.gcs_destination.output_uri_prefix")
    split_uri(f"{prefix.rstrip('/')}/x", "output_config.gcs_destination.output_uri_prefix")
    machines = required(body, "dedicatedResources", "batch_prediction_job.dedicated_resources")
    required(machines.get("machineSpec", {}), "machineType", "dedicated_resources.machine_spec.machine_type")
    config = body.get("instanceConfig", {})
    if config and given["instancesFormat"] != "jsonl":
        raise ApiError(400, "The local target has instance_config for jsonl only.", field="instance_config")
    if config.get("includedFields") and config.get("excludedFields"):
        raise ApiError(400, "Only one of included_fields and excluded_fields may be set.", field="instance_config")


def _one_of(value: Any, known: tuple[str, ...], field: str) -> None:
    if value not in known:
        raise ApiError(400, f"'{value}' is not supported here; use one of {', '.join(known)}.", field=field)


def _resource(row: JobRow) -> dict[str, Any]:
    state = "PENDING" if row.state == QUEUED else row.state
    shown = {
        **row.body,
        "name": f"{row.place}/batchPredictionJobs/{row.id}",
        "model": row.body["model"].partition("@")[0],
        "state": f"JOB_STATE_{state}",
        "createTime": row.created,
        "updateTime": row.ended or row.started or row.created,
    }
    times = {"startTime": row.started, "endTime": row.ended}
    shown |= {name: time for name, time in times.items() if time}
    counts = {name: row.result[name] for name in ("successfulCount", "failedCount") if name in row.result}
    shown |= {"completionStats": counts} if counts else {}
    if "directory" in row.result:
        shown["outputInfo"] = {"gcsOutputDirectory": row.result["directory"]}
    if "error" in row.result:
        shown["error"] = {"code": 1 if row.state == "CANCELLED" else 9, "message": row.result["error"]}
    return shown
