"""`projects.jobs` of `ml` v1 over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.api_route import JSON_ONLY, ApiRoute
from workbench.core.serve.batch.inputs import split_uri
from workbench.core.serve.batch.jobs import ENDED, JobRow, Jobs
from workbench.core.serve.listing import Listed, paged
from workbench.core.serve.ml.bodies import Labels, RequestBody, camel, check_new_name, check_project, read_body_as
from workbench.core.serve.ml.jobs import API, named_version
from workbench.core.serve.ml.registry import READY, Registry
from workbench.core.serve.replies import ApiError, decode_object, precondition, read_body

_JOBS: Final = Listed(("job_id", "state", "create_time", "start_time", "end_time", "labels", "prediction_input"))
_ALT: Final = JSON_ONLY
_MAX_BODY: Final = 1 << 20
_Count = Annotated[str, msgspec.Meta(pattern=r"^[1-9]\d{0,8}$")] | Annotated[int, msgspec.Meta(ge=1)]


class PredictionInput(RequestBody, frozen=True):
    """Input and output of a prediction job. 64-bit integers arrive as strings."""

    data_format: Literal["", "JSON", "TEXT", "TF_RECORD", "TF_RECORD_GZIP"] = ""
    output_data_format: Literal["", "JSON"] = ""
    input_paths: tuple[str, ...] = ()
    output_path: str = ""
    region: str = ""
    model_name: str = ""
    version_name: str = ""
    uri: str = ""
    runtime_version: str = ""
    signature_name: str = ""
    batch_size: _Count | None = None
    max_worker_count: _Count | None = None


class JobBody(RequestBody, frozen=True):
    """`projects.jobs.create`. Output-only fields are accepted and ignored."""

    job_id: str = ""
    prediction_input: PredictionInput | None = None
    labels: Labels = msgspec.field(default_factory=dict)
    etag: str = ""
    training_input: Any = None
    state: Any = None
    create_time: Any = None


def job_routes(registry: Registry, jobs: Jobs) -> list[Route]:
    """The routes of `/v1/projects/P/jobs`."""
    api = _JobsApi(registry, jobs)
    project = "/v1/projects/{project}/jobs"
    job = project + "/{job}"
    return [
        ApiRoute(project, api.create, methods=["POST"], query=_ALT),
        ApiRoute(project, api.list_all, methods=["GET"], query=("filter", "pageSize", "pageToken", *_ALT)),
        ApiRoute(f"{job}:cancel", api.cancel, methods=["POST"], query=_ALT),
        ApiRoute(job, api.get, methods=["GET"], query=_ALT),
        ApiRoute(job, api.patch, methods=["PATCH"], query=("updateMask", *_ALT)),
    ]


class _JobsApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, registry: Registry, jobs: Jobs) -> None:
        self._registry = registry
        self._jobs = jobs

    async def create(self, request: Request) -> Response:
        project = request.path_params["project"]
        check_project(project)
        job = read_body_as(JobBody, camel_within(decode_object(await read_body(request, _MAX_BODY))))
        check_new_name("job", job.job_id)
        wish = _checked(job)
        return JSONResponse(await run_in_threadpool(self._create, project, job, wish))

    def _create(self, project: str, job: JobBody, wish: dict[str, Any]) -> dict[str, Any]:
        if "uri" not in wish:
            key = named_version(self._registry, wish)
            if self._registry.version(key).state != READY:
                raise precondition("prediction_input", f"The version {key.name} is not READY.")
        body = {"predictionInput": wish} | ({"labels": job.labels} if job.labels else {})
        return _resource(self._jobs.add(API, project, job.job_id, body))

    def list_all(self, request: Request) -> Response:
        found = [_resource(row) for row in self._jobs.all(API, request.path_params["project"])]
        return JSONResponse(paged(request, "jobs", found, _JOBS))

    def _asked(self, request: Request) -> JobRow:
        return self._jobs.get(API, request.path_params["project"], request.path_params["job"])

    def get(self, request: Request) -> Response:
        return JSONResponse(_resource(self._asked(request)))

    def cancel(self, request: Request) -> Response:
        row = self._asked(request)
        if row.state in ENDED:
            raise precondition("name", f"The job has ended: it is {row.state}.")
        self._jobs.cancel(row)
        return JSONResponse({})

    async def patch(self, request: Request) -> Response:
        job = read_body_as(JobBody, decode_object(await read_body(request, _MAX_BODY)))
        mask = request.query_params.get("updateMask", "")
        if mask != "labels":
            raise ApiError(400, f"updateMask must be labels; it is '{mask}'.", field="update_mask")
        return JSONResponse(await run_in_threadpool(self._label, request, job))

    def _label(self, request: Request, job: JobBody) -> dict[str, Any]:
        row = self._asked(request)
        if job.etag and job.etag != _etag(row):
            raise ApiError(409, "The etag does not match: the job was changed meanwhile.", status="ABORTED")
        return _resource(self._jobs.write(row, body=row.body | {"labels": job.labels}))


def _checked(job: JobBody) -> dict[str, Any]:
    """The prediction input as it is stored. Raises the service's 400s."""
    wish = job.prediction_input
    if wish is None:
        text = "The local target runs prediction jobs only: prediction_input is required."
        raise ApiError(400, text, field="prediction_input")
    named = [name for name in ("model_name", "version_name", "uri") if getattr(wish, name)]
    if len(named) != 1:
        raise ApiError(400, "Exactly one of model_name, version_name and uri must be set.", field="prediction_input")
    for name in ("data_format", "input_paths", "output_path", "region"):
        if not getattr(wish, name):
            raise ApiError(400, "Required field is not set.", field=f"prediction_input.{name}")
    for path in [*wish.input_paths, wish.output_path.rstrip("/") + "/x"]:
        split_uri(path, "prediction_input")
    document: dict[str, Any] = msgspec.to_builtins(wish)
    return {k: v for k, v in document.items() if v not in (None, "")}


def camel_within(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the names inside `predictionInput` as in the schema."""
    key = "predictionInput" if "predictionInput" in body else "prediction_input"
    inner = body.get(key)
    return body | {key: camel(inner)} if isinstance(inner, dict) else body


def _etag(row: JobRow) -> str:
    return f"job{row.changes:06d}"


def _resource(row: JobRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"jobId": row.id, **row.body, "createTime": row.created, "state": row.state}
    times = {"startTime": row.started, "endTime": row.ended}
    shown |= {name: time for name, time in times.items() if time}
    output = {"outputPath": row.body["predictionInput"]["outputPath"]}
    counts = {name: row.result[name] for name in ("predictionCount", "errorCount") if name in row.result}
    shown |= {"predictionOutput": output | counts} if row.started else {}
    shown |= {"errorMessage": row.result["error"]} if "error" in row.result else {}
    return shown | {"etag": _etag(row)}
