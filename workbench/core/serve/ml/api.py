"""`ml` v1 over HTTP: models, versions, operations, configuration and online prediction."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.api_route import JSON_ONLY, ApiRoute
from workbench.core.serve.listing import Listed, paged, place_asked, token_for
from workbench.core.serve.ml.bodies import (
    ModelBody,
    VersionBody,
    check_new_name,
    check_project,
    kept,
    read_body_as,
    refuse_unserved,
)
from workbench.core.serve.ml.models import VersionLoader
from workbench.core.serve.ml.operations import MlOperations
from workbench.core.serve.ml.predict import MlPredictApi
from workbench.core.serve.ml.registry import Registry, VersionKey
from workbench.core.serve.replies import ApiError, decode_object, read_body, whole_number

_ALT: Final = JSON_ONLY
_MAX_BODY: Final = 1 << 20
_LISTED: Final = {
    "models": Listed(("name", "description", "labels", "regions")),
    "versions": Listed(("name", "description", "labels", "state", "is_default", "framework", "runtime_version")),
    "operations": Listed(("name", "done", "metadata", "error")),
}
_ALL: Final = 1 << 30
"""A limit above any number of rows."""

_MODEL_MASK: Final = {"description": "description", "default_version.name": "default", "defaultVersion.name": "default"}
_VERSION_MASK: Final = {
    "description": "description",
    "requestLoggingConfig": "requestLoggingConfig",
    "autoScaling.minNodes": "autoScaling",
    "manualScaling.nodes": "manualScaling",
}

_T = TypeVar("_T")


def ml_routes(
    registry: Registry, operations: MlOperations, models: VersionLoader, predicting: MlPredictApi
) -> list[Route]:
    """The routes of `/v1/projects`."""
    api = _MlApi(registry, operations, models)
    project = "/v1/projects/{project}"
    model = project + "/models/{model}"
    version = model + "/versions/{version}"
    return [
        ApiRoute(f"{version}:predict", predicting.predict, methods=["POST"], query=_ALT),
        ApiRoute(f"{model}:predict", predicting.predict, methods=["POST"], query=_ALT),
        ApiRoute(f"{version}:explain", predicting.explain, methods=["POST"], query=_ALT),
        ApiRoute(f"{model}:explain", predicting.explain, methods=["POST"], query=_ALT),
        ApiRoute(f"{version}:setDefault", api.set_default, methods=["POST"], query=_ALT),
        ApiRoute(f"{project}:getConfig", api.get_config, methods=["GET"], query=_ALT),
        ApiRoute(f"{project}/models", api.create_model, methods=["POST"], query=_ALT),
        ApiRoute(
            f"{project}/models", api.list_models, methods=["GET"], query=("filter", "pageSize", "pageToken", *_ALT)
        ),
        ApiRoute(model, api.get_model, methods=["GET"], query=_ALT),
        ApiRoute(model, api.patch_model, methods=["PATCH"], query=("updateMask", *_ALT)),
        ApiRoute(model, api.delete_model, methods=["DELETE"], query=_ALT),
        ApiRoute(f"{model}/versions", api.create_version, methods=["POST"], query=_ALT),
        ApiRoute(
            f"{model}/versions", api.list_versions, methods=["GET"], query=("filter", "pageSize", "pageToken", *_ALT)
        ),
        ApiRoute(version, api.get_version, methods=["GET"], query=_ALT),
        ApiRoute(version, api.patch_version, methods=["PATCH"], query=("updateMask", *_ALT)),
        ApiRoute(version, api.delete_version, methods=["DELETE"], query=_ALT),
        ApiRoute(
            f"{project}/operations",
            api.list_operations,
            methods=["GET"],
            query=("filter", "pageSize", "pageToken", *_ALT),
        ),
        ApiRoute(f"{project}/operations/{{operation}}:cancel", api.cancel_operation, methods=["POST"], query=_ALT),
        ApiRoute(f"{project}/operations/{{operation}}", api.get_operation, methods=["GET"], query=_ALT),
    ]


class _MlApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, registry: Registry, operations: MlOperations, models: VersionLoader) -> None:
        self._registry = registry
        self._operations = operations
        self._models = models

    async def create_model(self, request: Request) -> Response:
        model = read_body_as(ModelBody, await _body(request))
        project = request.path_params["project"]
        check_project(project)
        check_new_name("model", model.name)
        return JSONResponse(await _in_thread(lambda: self._registry.create_model(project, model.name, kept(model))))

    def list_models(self, request: Request) -> Response:
        project = request.path_params["project"]
        return _paged(request, "models", lambda after, n: self._registry.models(project, after, n))

    def get_model(self, request: Request) -> Response:
        params = request.path_params
        return JSONResponse(self._registry.model(params["project"], params["model"]))

    async def patch_model(self, request: Request) -> Response:
        body = await _body(request)
        project, name = request.path_params["project"], request.path_params["model"]

        def apply() -> dict[str, Any]:
            for part in _mask(request, _MODEL_MASK):
                if part == "description":
                    self._registry.describe_model(project, name, read_body_as(ModelBody, body).description)
                else:
                    self._models.set_default(VersionKey(project, name, _default_name(body)))
            return {"@type": "type.googleapis.com/google.cloud.ml.v1.Model"} | self._registry.model(project, name)

        at_once = self._operations.at_once
        return JSONResponse(await _in_thread(lambda: at_once(project, "UPDATE_MODEL", name, apply)))

    def delete_model(self, request: Request) -> Response:
        project, name = request.path_params["project"], request.path_params["model"]
        apply = partial(self._registry.delete_model, project, name)
        return JSONResponse(self._operations.at_once(project, "DELETE_MODEL", name, apply))

    async def create_version(self, request: Request) -> Response:
        body = await _body(request)
        params = request.path_params
        version = read_body_as(VersionBody, body)
        check_new_name("version", version.name)
        refuse_unserved(version)
        key = VersionKey(params["project"], params["model"], version.name)
        # Logging can only be set by a patch; in a new version the service ignores it.
        document = {k: v for k, v in kept(version).items() if k != "requestLoggingConfig"}
        return JSONResponse(await _in_thread(lambda: self._models.create(key, document)))

    def list_versions(self, request: Request) -> Response:
        project, model = request.path_params["project"], request.path_params["model"]

        def rows(after: str, limit: int) -> list[dict[str, Any]]:
            return [row.resource() for row in self._registry.versions(project, model, after, limit)]

        return _paged(request, "versions", rows)

    def get_version(self, request: Request) -> Response:
        return JSONResponse(self._registry.version(_key(request)).resource())

    async def patch_version(self, request: Request) -> Response:
        document = kept(read_body_as(VersionBody, await _body(request)))
        key = _key(request)

        def apply() -> dict[str, Any]:
            changes = {field: document.get(field) for field in _mask(request, _VERSION_MASK)}
            row = self._registry.update_version(key, changes)
            return {"@type": "type.googleapis.com/google.cloud.ml.v1.Version"} | row.resource()

        at_once = self._operations.at_once
        return JSONResponse(await _in_thread(lambda: at_once(key.project, "UPDATE_VERSION", key.model, apply)))

    def delete_version(self, request: Request) -> Response:
        key = _key(request)

        def apply() -> None:
            row = self._registry.delete_version(key)
            self._models.forget(row)
            shutil.rmtree(self._registry.folder(row), ignore_errors=True)

        return JSONResponse(self._operations.at_once(key.project, "DELETE_VERSION", key.model, apply))

    def set_default(self, request: Request) -> Response:
        return JSONResponse(self._models.set_default(_key(request)).resource())

    def get_config(self, request: Request) -> Response:
        check_project(request.path_params["project"])
        return JSONResponse({"serviceAccount": "local-target@localhost", "serviceAccountProject": "0", "config": {}})

    def list_operations(self, request: Request) -> Response:
        project = request.path_params["project"]
        return _paged(request, "operations", lambda after, n: self._operations.page(project, after, n))

    def get_operation(self, request: Request) -> Response:
        params = request.path_params
        return JSONResponse(self._operations.get(params["project"], params["operation"]))

    def cancel_operation(self, request: Request) -> Response:
        self._models.cancel(request.path_params["project"], request.path_params["operation"])
        return JSONResponse({})


def _key(request: Request) -> VersionKey:
    params = request.path_params
    return VersionKey(params["project"], params["model"], params["version"])


async def _body(request: Request) -> dict[str, Any]:
    return decode_object(await read_body(request, _MAX_BODY))


async def _in_thread(work: Callable[[], _T]) -> _T:
    return await anyio.to_thread.run_sync(work)


def _default_name(body: dict[str, Any]) -> str:
    version = body.get("defaultVersion", body.get("default_version"))
    name = version.get("name") if isinstance(version, dict) else None
    if not isinstance(name, str):
        raise ApiError(400, "The body names no version.", field="model.default_version.name")
    return name.rpartition("/")[2]


def _mask(request: Request, allowed: dict[str, str]) -> list[str]:
    asked = [part.strip() for part in request.query_params.get("updateMask", "").split(",") if part.strip()]
    wrong = [part for part in asked if part not in allowed]
    if wrong or not asked:
        text = f"updateMask must name some of {', '.join(allowed)}; it is '{','.join(asked)}'."
        raise ApiError(400, text, field="update_mask")
    return [allowed[part] for part in asked]


def _paged(request: Request, name: str, rows: Callable[[str, int], list[dict[str, Any]]]) -> Response:
    """One page by name; an empty list is `{}`, as in the service."""
    if request.query_params.get("filter"):
        return JSONResponse(paged(request, name, rows("", _ALL), _LISTED[name]))
    size = min(whole_number(request.query_params, "pageSize") or 20, 100)
    found = rows(place_asked(request), size + 1)
    answer: dict[str, Any] = {name: found[:size]} if found else {}
    if len(found) > size:
        last = found[size - 1]["name"].rpartition("/")[2]
        answer["nextPageToken"] = token_for(last)
    return JSONResponse(answer)
