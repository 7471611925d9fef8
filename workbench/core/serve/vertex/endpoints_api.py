"""`projects.locations.endpoints` over HTTP, except for predictions."""

from __future__ import annotations

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.listing import Listed, paged
from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.vertex.background_work import BackgroundWork, Deploy
from workbench.core.serve.vertex.bodies import (
    check_display_name,
    check_replicas,
    check_resources,
    masked,
    read_request,
    required,
)
from workbench.core.serve.vertex.endpoints import EndpointRegistry, StoredEndpoint, check_split
from workbench.core.serve.vertex.names import (
    ModelRef,
    VertexLocation,
    check_deployed_id,
    model_ref,
    new_number,
    place_of,
)
from workbench.core.serve.vertex.operations import EMPTY, typed
from workbench.core.serve.vertex.registry import ModelRegistry
from workbench.core.serve.vertex.routing import LIST, OPERATION, vertex_route

_ORDERS: Final = ("display_name", "create_time", "update_time")
_ENDPOINTS: Final = Listed(("display_name", "labels", "base_model_name"), _ORDERS, "endpoint")
_CHANGEABLE: Final = ("displayName", "description", "labels", "trafficSplit")
_MUTABLE: Final = ("dedicatedResources", "disableContainerLogging")


def endpoint_routes(models: ModelRegistry, endpoints: EndpointRegistry, work: BackgroundWork) -> list[Route]:
    """The routes of `/v1/projects/P/locations/L/endpoints`."""
    api = _EndpointsApi(models, endpoints, work)
    place = "/v1/projects/{project}/locations/{location}/endpoints"
    endpoint = place + "/{endpoint}"
    return [
        vertex_route(place, api.create, "POST", "endpointId", reply=OPERATION),
        vertex_route(place, api.list_all, "GET", *LIST, reply="ListEndpointsResponse"),
        vertex_route(f"{endpoint}:deployModel", api.deploy, "POST", reply=OPERATION),
        vertex_route(f"{endpoint}:undeployModel", api.undeploy, "POST", reply=OPERATION),
        vertex_route(f"{endpoint}:mutateDeployedModel", api.mutate, "POST", reply=OPERATION),
        vertex_route(endpoint, api.get, "GET", reply="Endpoint"),
        vertex_route(endpoint, api.patch, "PATCH", "updateMask", reply="Endpoint"),
        vertex_route(endpoint, api.delete, "DELETE", reply=OPERATION),
    ]


class _EndpointsApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, models: ModelRegistry, endpoints: EndpointRegistry, work: BackgroundWork) -> None:
        self._models = models
        self._endpoints = endpoints
        self._work = work

    async def create(self, request: Request) -> Response:
        place = place_of(request)
        body = await read_request(request, "Endpoint")
        check_display_name(body, "endpoint")
        if body.get("trafficSplit") or body.get("deployedModels"):
            raise ApiError(400, "Models are deployed to an Endpoint that exists.", field="endpoint.traffic_split")
        name = request.query_params.get("endpointId") or new_number()
        if body.get("dedicatedEndpointEnabled"):
            # The service gives it a host of its own; here it is this server's address.
            body["dedicatedEndpointDns"] = request.headers.get("host", "")

        def apply() -> dict[str, Any]:
            return typed("Endpoint", self._endpoints.create(place, name, body).resource())

        kind = "CreateEndpointOperationMetadata"
        return JSONResponse(await run_in_threadpool(self._work.quick, place, f"endpoints/{name}", kind, apply))

    def list_all(self, request: Request) -> Response:
        found = [endpoint.resource() for endpoint in self._endpoints.all(place_of(request))]
        return JSONResponse(paged(request, "endpoints", found, _ENDPOINTS))

    def get(self, request: Request) -> Response:
        return JSONResponse(self._asked(request).resource())

    def _asked(self, request: Request) -> StoredEndpoint:
        return self._endpoints.get(place_of(request), request.path_params["endpoint"])

    async def patch(self, request: Request) -> Response:
        changes = masked(request, await read_request(request, "Endpoint"), _CHANGEABLE)
        return JSONResponse(await run_in_threadpool(self._change, request, changes))

    def _change(self, request: Request, changes: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._asked(request)
        check_split(changes.get("trafficSplit") or {}, {one["id"] for one in endpoint.deployed})
        return self._endpoints.write(endpoint, changes).resource()

    def delete(self, request: Request) -> Response:
        endpoint = self._asked(request)

        def apply() -> dict[str, Any]:
            self._endpoints.delete(endpoint)
            return EMPTY

        parent = f"endpoints/{endpoint.id}"
        return JSONResponse(self._work.quick(endpoint.place, parent, "DeleteOperationMetadata", apply))

    async def deploy(self, request: Request) -> Response:
        place = place_of(request)
        body = await read_request(request, "DeployModelRequest")
        deployed = required(body, "deployedModel", "deployed_model")
        ref = model_ref(required(deployed, "model", "deployed_model.model"), place, "deployed_model.model")
        check_resources(deployed)
        return JSONResponse(await run_in_threadpool(self._begin_deploy, request, ref, deployed, body))

    def _begin_deploy(
        self, request: Request, ref: ModelRef, deployed: dict[str, Any], body: dict[str, Any]
    ) -> dict[str, Any]:
        endpoint = self._asked(request)
        version = self._models.find(ref)
        known = {one["id"] for one in endpoint.deployed}
        number = deployed.get("id") or new_number()
        if "id" in deployed:
            check_deployed_id(number)
        if number in known:
            raise ApiError(409, f"The DeployedModel {number} already exists in {endpoint.name}.")
        split = body.get("trafficSplit", {})
        check_split(split, known | {"0"})
        kept = {
            **deployed,
            "id": number,
            "model": version.name,
            "modelVersionId": str(version.version),
            "displayName": deployed.get("displayName") or version.body["displayName"],
        }
        exact = ModelRef(version.place, version.model, str(version.version))
        task = Deploy(endpoint.id, exact, kept, split)
        return self._work.slow(endpoint.place, f"endpoints/{endpoint.id}", "DeployModelOperationMetadata", task)

    async def undeploy(self, request: Request) -> Response:
        body = await read_request(request, "UndeployModelRequest")
        number = required(body, "deployedModelId", "deployed_model_id")
        return JSONResponse(await run_in_threadpool(self._undeploy, request, number, body.get("trafficSplit", {})))

    def _undeploy(self, request: Request, number: str, split: dict[str, int]) -> dict[str, Any]:
        endpoint = self._asked(request)
        endpoint.deployed_model(number)
        rest = [one for one in endpoint.deployed if one["id"] != number]
        check_split(split, {one["id"] for one in endpoint.deployed})
        after = {k: v for k, v in (split or endpoint.split).items() if k != number or v}
        if rest and after.get(number, 0):
            text = f"The DeployedModel {number} has {after[number]}% of the traffic; give it to others first."
            raise precondition("traffic_split", text)
        after.pop(number, None)

        def apply() -> dict[str, Any]:
            changes = {"deployedModels": rest, "trafficSplit": after if rest else {}}
            self._endpoints.write(endpoint, changes)
            return typed("UndeployModelResponse", {})

        return self._quick(endpoint.place, endpoint, "UndeployModelOperationMetadata", apply)

    async def mutate(self, request: Request) -> Response:
        body = await read_request(request, "MutateDeployedModelRequest")
        deployed = required(body, "deployedModel", "deployed_model")
        number = required(deployed, "id", "deployed_model.id")
        changes = masked(request, deployed, _MUTABLE, required(body, "updateMask", "update_mask"))
        return JSONResponse(await run_in_threadpool(self._mutate, request, number, changes))

    def _mutate(self, request: Request, number: str, changes: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._asked(request)
        one = endpoint.deployed_model(number)
        resources = one["dedicatedResources"] | (changes.get("dedicatedResources") or {})
        check_replicas(resources)
        if resources.get("machineSpec") != one["dedicatedResources"].get("machineSpec"):
            raise ApiError(400, "machine_spec cannot be changed; deploy the model anew.", field="deployed_model")
        changed = one | changes | {"dedicatedResources": resources}

        def apply() -> dict[str, Any]:
            all_of_them = [changed if other["id"] == number else other for other in endpoint.deployed]
            self._endpoints.write(endpoint, {"deployedModels": all_of_them})
            return typed("MutateDeployedModelResponse", {"deployedModel": changed})

        return self._quick(endpoint.place, endpoint, "MutateDeployedModelOperationMetadata", apply)

    def _quick(self, place: VertexLocation, endpoint: StoredEndpoint, kind: str, apply: Any) -> dict[str, Any]:
        return self._work.quick(place, f"endpoints/{endpoint.id}", kind, apply)
