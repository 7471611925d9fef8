"""Regions, and the operations below models, endpoints, jobs and regions, over HTTP."""

from __future__ import annotations

import re
import time
from typing import Any, Final

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.listing import Listed, paged
from workbench.core.serve.replies import ApiError
from workbench.core.serve.vertex.background_work import BackgroundWork
from workbench.core.serve.vertex.discovery import check_location, locations
from workbench.core.serve.vertex.names import PREFIXES, VertexLocation, place_of, project_number
from workbench.core.serve.vertex.routing import OPERATION, OPERATIONS, vertex_route

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)s")
_LIST: Final = ("filter", "pageSize", "pageToken")
_REGIONS: Final = Listed(("location_id",))
_OPERATIONS: Final = Listed(("name", "done", "metadata", "error"))
_LONGEST_WAIT: Final = 60.0
_LOOK: Final = 0.02
"""Seconds between two polls of an operation that a client waits for."""


def operation_routes(work: BackgroundWork) -> list[Route]:
    """The routes of `.../operations` and of `/v1/projects/P/locations`.

    Also under `/ui`, where the `http_options` of google-cloud-aiplatform's REST transports look for operations first.
    An operation may be below any resource of the service, at a depth of one or two names.
    """
    api = _OperationsApi(work)
    routes: list[Route] = []
    for prefix in PREFIXES:
        every = f"{prefix}/projects/{{project}}/locations"
        routes += [
            vertex_route(every, api.locations, "GET", *_LIST),
            vertex_route(every + "/{location}", api.location, "GET"),
        ]
        for parent in ("", "/{noun}/{parent}", "/{noun}/{parent}/{noun2}/{parent2}"):
            routes += _below(f"{every}/{{location}}{parent}/operations", api)
    return routes


def _below(every: str, api: _OperationsApi) -> list[Route]:
    one = every + "/{operation}"
    return [
        vertex_route(every, api.list_all, "GET", *_LIST, reply=OPERATIONS),
        vertex_route(f"{one}:wait", api.wait, "POST", "timeout", reply=OPERATION),
        vertex_route(f"{one}:cancel", api.cancel, "POST"),
        vertex_route(one, api.get, "GET", reply=OPERATION),
        vertex_route(one, api.delete, "DELETE"),
    ]


class _OperationsApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, work: BackgroundWork) -> None:
        self._work = work
        self._operations = work.operations

    def locations(self, request: Request) -> Response:
        number = project_number(request.path_params["project"])
        return JSONResponse(paged(request, "locations", [_location(number, name) for name in locations()], _REGIONS))

    def location(self, request: Request) -> Response:
        name = request.path_params["location"]
        check_location(name)
        return JSONResponse(_location(project_number(request.path_params["project"]), name))

    def list_all(self, request: Request) -> Response:
        place, parent, _ = _asked(request)
        return JSONResponse(paged(request, "operations", self._operations.all(place, parent), _OPERATIONS))

    def get(self, request: Request) -> Response:
        return JSONResponse(self._operations.get(*_named(request)))

    async def wait(self, request: Request) -> Response:
        """The operation once it is done, or as it is when the time is up."""
        named = _named(request)
        until = time.monotonic() + _seconds(request.query_params.get("timeout", ""))
        operation = self._operations.get(*named)
        while not operation.get("done") and time.monotonic() < until:
            await anyio.sleep(_LOOK)
            operation = self._operations.get(*named)
        return JSONResponse(operation)

    def cancel(self, request: Request) -> Response:
        place, number, parent = _named(request)
        self._operations.get(place, number, parent)
        self._work.cancel(place, number)
        return JSONResponse({})

    def delete(self, request: Request) -> Response:
        place, number, parent = _named(request)
        self._operations.get(place, number, parent)
        self._operations.delete(place, number)
        return JSONResponse({})


def _asked(request: Request) -> tuple[VertexLocation, str, str]:
    params = request.path_params
    parts = [params[name] for name in ("noun", "parent", "noun2", "parent2") if name in params]
    return place_of(request), "/".join(parts), params.get("operation", "")


def _named(request: Request) -> tuple[VertexLocation, str, str]:
    place, parent, number = _asked(request)
    return place, number, parent


def _location(number: str, name: str) -> dict[str, Any]:
    return {"name": f"projects/{number}/locations/{name}", "locationId": name}


def _seconds(text: str) -> float:
    match = _DURATION.fullmatch(text or "30s")
    if match is None:
        raise ApiError(400, f"Invalid timeout: '{text}'. A duration is like 30s.")
    return min(float(match[1]), _LONGEST_WAIT)
