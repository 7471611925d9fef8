"""Routes of the storage JSON API: the parameters they read, and replies reduced to the fields that the client
requests."""

from __future__ import annotations

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workbench.core.serve.api_route import ApiRoute, Handler, called
from workbench.core.serve.replies import ApiError
from workbench.core.serve.storage.partial_response import chosen, read_fields

GENERATIONS: Final = (
    "generation",
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "ifMetagenerationNotMatch",
)
"""Parameters of every method of one object."""

BUCKET_CONDITIONS: Final = ("ifMetagenerationMatch", "ifMetagenerationNotMatch")
_EVERY: Final = ("alt", "fields", "projection")
_PROJECTIONS: Final = ("full", "noAcl")
"""Access control lists are omitted in both cases, as for a bucket with uniform access."""


def storage_route(path: str, handler: Handler, method: str, *query: str, media: bool = False) -> ApiRoute:
    """A route with the parameters that it reads besides those of every method; `media`: it supports `alt=media`."""

    async def answer(request: Request) -> Response:
        alt = request.query_params.get("alt", "json")
        if alt != "json" and not (media and alt == "media"):
            raise ApiError(501, f"alt={alt[:80]} is not supported by the local target here.")
        if request.query_params.get("projection", "full") not in _PROJECTIONS:
            raise ApiError(400, "Invalid value for projection: it is full or noAcl.")
        wanted = read_fields(request.query_params.get("fields", ""))
        response = await called(handler, request)
        if not wanted or type(response) is not JSONResponse:
            return response
        return JSONResponse(chosen(json.loads(bytes(response.body)), wanted), response.status_code)

    return ApiRoute(path, answer, methods=[method], query=(*_EVERY, *query), json_only=False)
