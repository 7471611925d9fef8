"""TensorFlow Serving's routes over the models of `ml` v1: `/v1/models/...`."""

from __future__ import annotations

import re
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.api_route import ApiRoute
from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.predict import MAX_PREDICT, compact
from workbench.core.serve.ml.registry import CREATING, FAILED, READY, VersionRow
from workbench.core.serve.replies import ApiError, read_body
from workbench.core.serve.serving.model_cache import ModelLease
from workbench.core.serve.serving.server_limits import AdmissionQueue
from workbench.core.serve.tfserving.examples import examples
from workbench.core.serve.tfserving.predict import predict
from workbench.core.serve.tfserving.servables import Servables, number_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import SignatureSpec, TensorSpec

_PATH: Final = re.compile(
    r"([^/:]+)(?:/versions/([^/:]+)|/labels/([^/:]+))?(?:/(metadata)|:(classify|regress|predict))?"
)
_STATES: Final = {CREATING: "LOADING", READY: "AVAILABLE", FAILED: "END"}


def tfserving_routes(servables: Servables, models: VersionLoader, turns: AdmissionQueue) -> list[Route]:
    """The routes of `/v1/models`. TensorFlow Serving has no projects: a model is found by its name alone."""
    api = _TfServingApi(servables, models, turns)
    return [
        ApiRoute("/v1/models", api.nameless, methods=["GET"], query=()),
        ApiRoute("/v1/models/{rest:path}", api.get, methods=["GET"], query=()),
        ApiRoute("/v1/models/{rest:path}", api.post, methods=["POST"], query=()),
    ]


class _TfServingApi:
    def __init__(self, servables: Servables, models: VersionLoader, turns: AdmissionQueue) -> None:
        self._servables = servables
        self._models = models
        self._turns = turns
        self._threads = anyio.CapacityLimiter(turns.limit)

    def nameless(self, request: Request) -> Response:
        raise ApiError(400, "Missing model name in request.")

    def get(self, request: Request) -> Response:
        match = _matched(request)
        if match[5]:
            raise _malformed(request)
        if match[4]:
            return JSONResponse(self._metadata(match))
        return JSONResponse(self._status(match))

    async def post(self, request: Request) -> Response:
        match = _matched(request)
        if not match[5]:
            raise _malformed(request)
        # A place in the queue is taken only when the whole request has arrived: a slow sender blocks nobody.
        body = await read_body(request, MAX_PREDICT)
        with self._turns.turn():
            return await anyio.to_thread.run_sync(self._answer, match, body, limiter=self._threads)

    def _answer(self, match: re.Match[str], body: bytes) -> Response:
        row = self._servables.find(match[1], match[2], match[3])
        try:
            with self._models.lease(row.key) as lease:
                return compact(_called(lease, match[5], body))
        except WorkbenchError as err:
            raise ApiError(503, err.message) from err

    def _status(self, match: re.Match[str]) -> dict[str, Any]:
        rows = self._servables.versions(match[1])
        if match[2]:
            rows = [row for row in rows if match[2] in (row.key.name, number_of(row))]
            if not rows:
                raise ApiError(404, f"Could not find version {match[2]} of model {match[1]}")
        if match[3]:
            rows = [self._servables.find(match[1], match[2], match[3])]
        if not rows:
            raise ApiError(404, f"Could not find any versions of model {match[1]}")
        # The newest first, as TensorFlow Serving lists them.
        return {"model_version_status": [_version_status(row) for row in reversed(rows)]}

    def _metadata(self, match: re.Match[str]) -> dict[str, Any]:
        row = self._servables.find(match[1], match[2], match[3])
        with self._models.lease(row.key) as lease:
            signatures = {name: _signature(spec) for name, spec in lease.signatures.items()}
        spec = {"name": match[1], "signature_name": "", "version": number_of(row)}
        return {"model_spec": spec, "metadata": {"signature_def": {"signature_def": signatures}}}


def _matched(request: Request) -> re.Match[str]:
    match = _PATH.fullmatch(request.path_params["rest"])
    if match is None:
        raise _malformed(request)
    return match


def _malformed(request: Request) -> ApiError:
    return ApiError(400, f"Malformed request: {request.method} {request.scope['path']}")


def _called(lease: ModelLease, method: str, body: bytes) -> dict[str, Any]:
    return predict(lease, body) if method == "predict" else examples(lease, body, method)


def _version_status(row: VersionRow) -> dict[str, Any]:
    status = {"error_code": "UNKNOWN" if row.error else "OK", "error_message": row.error}
    return {"version": number_of(row), "state": _STATES[row.state], "status": status}


def _signature(spec: SignatureSpec) -> dict[str, Any]:
    sides = {"inputs": spec.inputs, "outputs": spec.outputs}
    shown: dict[str, Any] = {side: {a: _tensor(t) for a, t in found.items()} for side, found in sides.items()}
    return shown | {"method_name": spec.method_name}


def _tensor(tensor: TensorSpec) -> dict[str, Any]:
    dims = [{"size": str(size), "name": ""} for size in tensor.shape or ()]
    shape = {"dim": dims, "unknown_rank": tensor.shape is None}
    return {"dtype": tensor.dtype, "tensor_shape": shape, "name": tensor.name}
