"""`projects.locations.models` over HTTP."""

from __future__ import annotations

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.listing import Listed, paged
from workbench.core.serve.replies import ApiError, precondition
from workbench.core.serve.store import new_id
from workbench.core.serve.vertex.background_work import BackgroundWork, Upload
from workbench.core.serve.vertex.bodies import check_model, masked, read_request, required
from workbench.core.serve.vertex.endpoints import EndpointRegistry
from workbench.core.serve.vertex.names import (
    ModelRef,
    VertexLocation,
    check_alias,
    check_model_id,
    model_in,
    model_ref,
    new_number,
    place_of,
)
from workbench.core.serve.vertex.operations import EMPTY
from workbench.core.serve.vertex.registry import DEFAULT, ModelRegistry, ModelVersion, model_resource
from workbench.core.serve.vertex.routing import LIST, OPERATION, vertex_route

_TIMES: Final = ("create_time", "update_time")
_MODELS: Final = Listed(("display_name", "labels", "base_model_name"), ("display_name", *_TIMES), "model")
_VERSIONS: Final = Listed(("labels",), _TIMES)
_CHANGEABLE: Final = ("displayName", "description", "versionDescription", "labels", "metadata")


def model_routes(models: ModelRegistry, endpoints: EndpointRegistry, work: BackgroundWork) -> list[Route]:
    """The routes of `/v1/projects/P/locations/L/models`."""
    api = _ModelsApi(models, endpoints, work)
    place = "/v1/projects/{project}/locations/{location}/models"
    model = place + "/{model}"
    return [
        vertex_route(f"{place}:upload", api.upload, "POST", reply=OPERATION),
        vertex_route(place, api.list_all, "GET", *LIST, reply="ListModelsResponse"),
        vertex_route(f"{model}:listVersions", api.list_versions, "GET", *LIST, reply="ListModelVersionsResponse"),
        vertex_route(f"{model}:deleteVersion", api.delete_version, "DELETE", reply=OPERATION),
        vertex_route(f"{model}:mergeVersionAliases", api.merge_aliases, "POST", reply="Model"),
        vertex_route(model, api.get, "GET", reply="Model"),
        vertex_route(model, api.patch, "PATCH", "updateMask", reply="Model"),
        vertex_route(model, api.delete, "DELETE", reply=OPERATION),
    ]


class _ModelsApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, models: ModelRegistry, endpoints: EndpointRegistry, work: BackgroundWork) -> None:
        self._models = models
        self._endpoints = endpoints
        self._work = work

    async def upload(self, request: Request) -> Response:
        place = place_of(request)
        body = await read_request(request, "UploadModelRequest")
        check_model(required(body, "model", "model"))
        return JSONResponse(await run_in_threadpool(self._begin_upload, place, body))

    def _begin_upload(self, place: VertexLocation, body: dict[str, Any]) -> dict[str, Any]:
        if parent := body.get("parentModel"):
            model = self._models.find(model_ref(parent, place, "parent_model")).model
            if body.get("modelId", model) != model:
                raise ApiError(400, "model_id and parent_model name different models.", field="model_id")
        else:
            model = body.get("modelId") or new_number()
            self._check_new(place, model, given="modelId" in body)
        upload = Upload(model, self._models.next_version(place, model), new_id(), body["model"])
        return self._work.slow(place, f"models/{model}", "UploadModelOperationMetadata", upload)

    def _check_new(self, place: VertexLocation, model: str, *, given: bool) -> None:
        if given:
            check_model_id(model)
        pending = [one for one in self._work.operations.all(place, f"models/{model}") if not one.get("done")]
        if pending or self._models.exists(place, model):
            raise ApiError(409, f"The Model {place.name}/models/{model} already exists.")

    def list_all(self, request: Request) -> Response:
        found = self._models.models(place_of(request))
        return JSONResponse(paged(request, "models", [self._shown(version) for version in found], _MODELS))

    def list_versions(self, request: Request) -> Response:
        ref = model_in(request)
        found = self._models.versions(ref.place, ref.model)
        return JSONResponse(paged(request, "models", [self._shown(version) for version in found], _VERSIONS))

    def get(self, request: Request) -> Response:
        return JSONResponse(self._shown(self._models.find(model_in(request))))

    def _shown(self, version: ModelVersion) -> dict[str, Any]:
        return model_resource(version, self._endpoints.pointers(version))

    async def patch(self, request: Request) -> Response:
        changes = masked(request, await read_request(request, "Model"), _CHANGEABLE)
        return JSONResponse(await run_in_threadpool(self._change, model_in(request), changes))

    def _change(self, ref: ModelRef, changes: dict[str, Any]) -> dict[str, Any]:
        return self._shown(self._models.change(self._models.find(ref), changes))

    async def merge_aliases(self, request: Request) -> Response:
        ref = model_in(request)
        body = await read_request(request, "MergeVersionAliasesRequest")
        aliases = required(body, "versionAliases", "version_aliases")
        for alias in aliases:
            check_alias(alias.removeprefix("-"))
        version = await run_in_threadpool(lambda: self._models.merge_aliases(self._models.find(ref), aliases))
        return JSONResponse(self._shown(version))

    def delete(self, request: Request) -> Response:
        ref = model_in(request)
        versions = self._models.versions(ref.place, ref.model)
        return JSONResponse(self._delete(ref, versions, "DeleteOperationMetadata"))

    def delete_version(self, request: Request) -> Response:
        ref = model_in(request)
        version = self._models.find(ref)
        if not ref.version:
            raise ApiError(400, "Name the version: models/ID@VERSION.", field="name")
        if len(self._models.versions(ref.place, ref.model)) == 1:
            raise precondition("name", "The only version of a Model cannot be deleted; use DeleteModel.")
        if DEFAULT in version.aliases:
            raise precondition("name", "The default version cannot be deleted; make another one the default first.")
        return JSONResponse(self._delete(ref, [version], "DeleteOperationMetadata"))

    def _delete(self, ref: ModelRef, versions: list[ModelVersion], kind: str) -> dict[str, Any]:
        for version in versions:
            if pointers := self._endpoints.pointers(version):
                where = ", ".join(p["endpoint"] for p in pointers)
                text = f"The Model {version.name}@{version.version} is deployed at {where}; undeploy it first."
                raise precondition("name", text)

        def apply() -> dict[str, Any]:
            self._models.delete(versions)
            return EMPTY

        operation = self._work.quick(ref.place, f"models/{ref.model}", kind, apply)
        if "response" in operation:
            for version in versions:
                self._work.forget(version)
        return operation
