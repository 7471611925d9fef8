"""Changing methods of the Cloud Storage JSON API v1: metadata, copies, rewrites and compositions."""

from __future__ import annotations

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.replies import ApiError, decode_object, read_body, whole_number
from workbench.core.serve.storage.api import describe, exact
from workbench.core.serve.storage.changes import (
    MAX_COMPONENTS,
    compose,
    copied_wish,
    copy,
    described_by,
    source_of,
)
from workbench.core.serve.storage.content import Conditions
from workbench.core.serve.storage.object_types import ObjectWrite, StoredObject
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.storage.routing import GENERATIONS, storage_route

_MOVES: Final = (*GENERATIONS[1:], *(name.replace("if", "ifSource", 1) for name in GENERATIONS[1:]))
_COPIES: Final = (*_MOVES, "sourceGeneration")
_MAX_BODY: Final = 1 << 20


def change_routes(objects: Objects) -> list[Route]:
    """The routes that change objects or create objects from others."""
    api = _ChangeApi(objects)
    item = "/storage/v1/b/{bucket}/o/{name:path}"
    target = "b/{to_bucket}/o/{to_name:path}"
    return [
        # The maximum per call applies to copies between locations; here is only one location.
        storage_route(f"{item}/rewriteTo/{target}", api.rewrite, "POST", *_COPIES, "maxBytesRewrittenPerCall"),
        storage_route(f"{item}/copyTo/{target}", api.copy, "POST", *_COPIES),
        storage_route(f"{item}/moveTo/o/{{to_name:path}}", api.move, "POST", *_MOVES),
        storage_route(f"{item}/compose", api.compose, "POST", "ifGenerationMatch", "ifMetagenerationMatch"),
        storage_route(item, api.patch, "PATCH", *GENERATIONS),
        storage_route(item, api.patch, "PUT", *GENERATIONS),
    ]


class _ChangeApi:
    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def patch(self, request: Request) -> Response:
        """PATCH changes the fields that are present; PUT also removes the others."""
        body = decode_object(await read_body(request, _MAX_BODY))
        change = described_by(body, replace=request.method == "PUT")
        params = request.path_params
        place = (params["bucket"], params["name"])
        stored = await run_in_threadpool(self._objects.change, *place, exact(request), change)
        return JSONResponse(describe(request, stored))

    async def copy(self, request: Request) -> Response:
        return JSONResponse(describe(request, await self._copied(request)))

    def move(self, request: Request) -> Response:
        """Rename an object within its bucket, in one step."""
        params, query = request.path_params, request.query_params
        target = ObjectWrite(params["bucket"], params["to_name"], "", {}, Conditions.read(query))
        stored = self._objects.move(params["name"], Conditions.read(query, "Source"), target)
        return JSONResponse(describe(request, stored))

    async def rewrite(self, request: Request) -> Response:
        """Always done in one call: the content stays on the same disk."""
        stored = await self._copied(request)
        size = str(stored.size)
        answer = {"kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size, "done": True}
        return JSONResponse(answer | {"resource": describe(request, stored)})

    async def _copied(self, request: Request) -> StoredObject:
        body = decode_object(await read_body(request, _MAX_BODY))
        return await run_in_threadpool(self._copy, request, body)

    def _copy(self, request: Request, body: dict[str, Any]) -> StoredObject:
        params, query = request.path_params, request.query_params
        source = self._objects.get(params["bucket"], params["name"])
        wanted = whole_number(query, "sourceGeneration")
        if wanted is not None and wanted != source.generation:
            raise ApiError(404, f"No such object: {source.bucket}/{source.name}#{wanted}")
        Conditions.read(query, "Source").check_object(source)
        wish = copied_wish(source, params["to_bucket"], params["to_name"], body, Conditions.read(query))
        return copy(self._objects, source, wish)

    async def compose(self, request: Request) -> Response:
        body = decode_object(await read_body(request, _MAX_BODY))
        stored, count = await run_in_threadpool(self._compose, request, body)
        return JSONResponse(describe(request, stored) | {"componentCount": count})

    def _compose(self, request: Request, body: dict[str, Any]) -> tuple[StoredObject, int]:
        bucket, name = request.path_params["bucket"], request.path_params["name"]
        parts = body.get("sourceObjects", [])
        if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_COMPONENTS:
            raise ApiError(400, f"The number of source components must be 1 to {MAX_COMPONENTS}.")
        sources = [source_of(self._objects, bucket, part) for part in parts]
        described = body.get("destination") or {}
        wish = copied_wish(sources[0], bucket, name, described, Conditions.read(request.query_params))
        if not described:
            wish = ObjectWrite(bucket, name, sources[0].content_type, {}, wish.conditions)
        return compose(self._objects, sources, wish), len(sources)
