"""Online prediction at an endpoint: `predict` and `rawPredict`, routed by the traffic split."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.ml.predict import compact
from workbench.core.serve.replies import ApiError, decode_object, read_body
from workbench.core.serve.serving.model_cache import ModelCache
from workbench.core.serve.serving.server_limits import AdmissionQueue
from workbench.core.serve.tfserving.predict import predict
from workbench.core.serve.vertex.background_work import BackgroundWork
from workbench.core.serve.vertex.endpoints import EndpointRegistry, Router, StoredEndpoint, deployed_ref
from workbench.core.serve.vertex.names import place_of
from workbench.core.serve.vertex.registry import ModelRegistry, ModelVersion
from workbench.core.serve.vertex.routing import vertex_route
from workbench.spec.errors import WorkbenchError

MAX_SHARED: Final = 1_572_864
MAX_DEDICATED: Final = 10_000_000
"""Largest request in bytes: 1.5 MB at the shared address, 10 MB at an endpoint with an address of its own."""

_MEMBERS: Final = ("instances", "parameters", "labels")


def predict_routes(
    models: ModelRegistry, endpoints: EndpointRegistry, work: BackgroundWork, shelf: ModelCache, turns: AdmissionQueue
) -> list[Route]:
    """The routes of predictions."""
    api = _VertexPredictApi(models, endpoints, work, shelf, turns)
    endpoint = "/v1/projects/{project}/locations/{location}/endpoints/{endpoint}"
    return [
        vertex_route(f"{endpoint}:predict", api.predict, "POST"),
        vertex_route(f"{endpoint}:rawPredict", api.raw_predict, "POST"),
    ]


class _VertexPredictApi:
    """Handlers. Each request has a thread in which it waits for its batch."""

    def __init__(
        self,
        models: ModelRegistry,
        endpoints: EndpointRegistry,
        work: BackgroundWork,
        shelf: ModelCache,
        turns: AdmissionQueue,
    ) -> None:
        self._models = models
        self._endpoints = endpoints
        self._work = work
        self._shelf = shelf
        self._turns = turns
        self._router = Router()
        self._threads = anyio.CapacityLimiter(turns.limit)

    async def predict(self, request: Request) -> Response:
        # A place in the queue is taken only when the whole request has arrived: a slow sender blocks nobody.
        endpoint, body = await self._read(request)
        with self._turns.turn():
            return await anyio.to_thread.run_sync(self._predict, endpoint, body, limiter=self._threads)

    async def raw_predict(self, request: Request) -> Response:
        # A place in the queue is taken only when the whole request has arrived: a slow sender blocks nobody.
        endpoint, body = await self._read(request)
        with self._turns.turn():
            return await anyio.to_thread.run_sync(self._raw_predict, endpoint, body, limiter=self._threads)

    async def _read(self, request: Request) -> tuple[StoredEndpoint, bytes]:
        place = place_of(request)
        endpoint = await anyio.to_thread.run_sync(self._endpoints.get, place, request.path_params["endpoint"])
        limit = MAX_DEDICATED if endpoint.body.get("dedicatedEndpointEnabled") else MAX_SHARED
        return endpoint, await read_body(request, limit)

    def _predict(self, endpoint: StoredEndpoint, body: bytes) -> Response:
        document = decode_object(body)
        for name in document:
            if name not in _MEMBERS:
                text = f'Unknown name "{name}": Cannot find field.'
                raise ApiError(400, f"Invalid JSON payload received. {text}")
        if "instances" not in document:
            raise ApiError(400, "Required field is not set.", field="instances")
        deployed, version = self._chosen(endpoint)
        try:
            reply = self._answer(version, json.dumps({"instances": document["instances"]}).encode())
        except ApiError as err:
            # The service passes its container's reply on as the message.
            raise ApiError(err.code, json.dumps({"error": err.message})) from err
        return compact(
            reply
            | {
                "deployedModelId": deployed["id"],
                "model": version.name,
                "modelDisplayName": version.body["displayName"],
                "modelVersionId": str(version.version),
            }
        )

    def _raw_predict(self, endpoint: StoredEndpoint, body: bytes) -> Response:
        """The container's own reply, with its status."""
        content = _content(body)
        deployed, version = self._chosen(endpoint)
        try:
            response = compact(self._answer(version, content))
        except ApiError as err:
            response = JSONResponse({"error": err.message}, err.code)
        response.headers["x-vertex-ai-endpoint-id"] = endpoint.id
        response.headers["x-vertex-ai-deployed-model-id"] = deployed["id"]
        return response

    def _chosen(self, endpoint: StoredEndpoint) -> tuple[dict[str, Any], ModelVersion]:
        deployed = endpoint.deployed_model(self._router.choose(endpoint))
        return deployed, self._models.find(deployed_ref(deployed, endpoint.place))

    def _answer(self, version: ModelVersion, body: bytes) -> dict[str, Any]:
        try:
            with self._shelf.lease(self._work.servable(version)) as lease:
                return predict(lease, body)
        except WorkbenchError as err:
            raise ApiError(503, err.message) from err


def _content(body: bytes) -> bytes:
    """What the container receives: the body itself, or the bytes of `{"httpBody": {"data": base64}}`."""
    if not body.lstrip().startswith(b'{"httpBody"'):
        return body
    data = decode_object(body).get("httpBody", {}).get("data", "")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError) as err:
        raise ApiError(400, "Invalid value at 'http_body.data' (TYPE_BYTES): Base64 decoding failed.") from err
