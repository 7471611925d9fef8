"""The protocol's routes: `/v2`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench import __version__
from workbench.core.serve.api_route import ApiRoute
from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.registry import READY, VersionRow
from workbench.core.serve.openinference.datatypes import datatype
from workbench.core.serve.openinference.messages import InferRequest, read_request, tensors, write_reply
from workbench.core.serve.openinference.signatures import described, meant
from workbench.core.serve.replies import ApiError, read_body
from workbench.core.serve.serving.model_cache import ModelLease
from workbench.core.serve.serving.server_limits import AdmissionQueue
from workbench.core.serve.tfserving.predict import run
from workbench.core.serve.tfserving.servables import Servables, number_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.tensors import TensorSpec

MAX_INFER: Final = 32 << 20
"""Bytes of a request: 50 images of 224 x 224 x 3 floats. Vertex AI's 1.5 MB hold for its own routes only."""

JSON_LENGTH: Final = "inference-header-content-length"


def inference_routes(servables: Servables, models: VersionLoader, turns: AdmissionQueue) -> list[Route]:
    """The routes of `/v2`. A model's name alone finds it, as in TensorFlow Serving."""
    api = _InferenceApi(servables, models, turns)
    routes = [
        ApiRoute("/v2", _server, methods=["GET"], query=()),
        ApiRoute("/v2/health/live", _live, methods=["GET"], query=()),
        ApiRoute("/v2/health/ready", _ready, methods=["GET"], query=()),
    ]
    for path in ("/v2/models/{model}", "/v2/models/{model}/versions/{version}"):
        routes += [
            ApiRoute(path, api.metadata, methods=["GET"], query=("signature_name",)),
            ApiRoute(f"{path}/ready", api.ready, methods=["GET"], query=()),
            ApiRoute(f"{path}/infer", api.infer, methods=["POST"], query=()),
        ]
    return [*routes]


def _server(request: Request) -> Response:
    extensions = ["binary_tensor_data"]
    return JSONResponse({"name": "keras-export-workbench", "version": __version__, "extensions": extensions})


def _live(request: Request) -> Response:
    return JSONResponse({"live": True})


def _ready(request: Request) -> Response:
    return JSONResponse({"ready": True})


class _InferenceApi:
    def __init__(self, servables: Servables, models: VersionLoader, turns: AdmissionQueue) -> None:
        self._servables = servables
        self._models = models
        self._turns = turns
        self._threads = anyio.CapacityLimiter(turns.limit)

    def ready(self, request: Request) -> Response:
        self._asked(request)
        return JSONResponse({"name": request.path_params["model"], "ready": True})

    def metadata(self, request: Request) -> Response:
        row = self._asked(request)
        with _loading(), self._models.lease(row.key) as lease:
            name = described(lease.signatures, request.query_params.get("signature_name", ""))
            spec = lease.signatures[name]
        numbers = [number_of(one) for one in self._servables.versions(row.key.model) if one.state == READY]
        return JSONResponse(
            {
                "name": row.key.model,
                "versions": numbers,
                "platform": "tensorflow_savedmodel",
                "inputs": [_described(alias, tensor) for alias, tensor in spec.inputs.items()],
                "outputs": [_described(alias, tensor) for alias, tensor in spec.outputs.items()],
                "parameters": {"signature_name": name},
            }
        )

    async def infer(self, request: Request) -> Response:
        # A place is taken only when all of the request is there: a slow sender costs nobody a turn.
        body = await read_body(request, MAX_INFER)
        with self._turns.turn():
            return await anyio.to_thread.run_sync(self._answer, request, body, limiter=self._threads)

    def _answer(self, request: Request, body: bytes) -> Response:
        asked, rest = read_request(body, request.headers.get(JSON_LENGTH, ""))
        row = self._asked(request, asked.model_name, asked.model_version)
        with _loading(), self._models.lease(row.key) as lease:
            content, length = _inferred(lease, row, asked, rest)
        if not length:
            return Response(content, media_type="application/json")
        return Response(content, media_type="application/octet-stream", headers={JSON_LENGTH: str(length)})

    def _asked(self, request: Request, model: str | None = None, version: str | None = None) -> VersionRow:
        """The version of the path; what the body says of it besides must agree."""
        name, number = request.path_params["model"], request.path_params.get("version", "")
        if model not in (None, "", name) or (number and version not in (None, "", number)):
            raise ApiError(400, f"The path asks for {name} {number}, the body for {model} {version or ''}.")
        return self._servables.find(name, number or version or "")


def _inferred(lease: ModelLease, row: VersionRow, asked: InferRequest, rest: bytes) -> tuple[bytes, int]:
    columns = tensors(asked, rest)
    wanted = asked.parameters.get("signature_name", "")
    if not isinstance(wanted, str):
        raise ApiError(400, "The parameter 'signature_name' is not a string.")
    name = meant(lease.signatures, wanted, {one.name: one.datatype for one in asked.inputs})
    spec = lease.signatures[name]
    _check_inputs(asked, spec.inputs)
    sizes = {array.shape[0] for array in columns.values() if array.ndim}
    outputs = run(lease, name, columns, sizes.pop() if len(sizes) == 1 else 0)
    head = {"model_name": row.key.model, "model_version": number_of(row)} | ({"id": asked.id} if asked.id else {})
    return write_reply(asked, head, spec, outputs)


def _check_inputs(asked: InferRequest, inputs: dict[str, TensorSpec]) -> None:
    """Raise `ApiError` 400 for an input that the signature has not, or of another datatype; missing ones fail later."""
    for one in asked.inputs:
        if one.name not in inputs:
            raise ApiError(400, f"There is no input '{one.name}'; there are {', '.join(inputs)}.")
        right = datatype(inputs[one.name].dtype)
        if one.datatype != right:
            raise ApiError(400, f"The input '{one.name}' is {right}, not {one.datatype[:80]}.")


@contextmanager
def _loading() -> Iterator[None]:
    """A version that does not load is a 503."""
    try:
        yield
    except WorkbenchError as err:
        raise ApiError(503, err.message) from err


def _described(alias: str, tensor: TensorSpec) -> dict[str, Any]:
    return {"name": alias, "datatype": datatype(tensor.dtype), "shape": list(tensor.shape or ())}
