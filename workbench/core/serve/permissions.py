"""`testIamPermissions` and `getIamPolicy` of all three APIs: everything is allowed, but for what a fault denies."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.faults import points
from workbench.core.serve.replies import ApiError, decode_object, read_body

_ML: Final = ("/v1/projects/{project}/models/{model}", "/v1/projects/{project}/jobs/{job}")
_VERTEX: Final = "/v1/projects/{project}/locations/{location}/models/{model}"
_BUCKET: Final = "/storage/v1/b/{bucket}/iam"
_POLICY: Final = {"version": 1, "etag": "ACAB"}


def permission_routes() -> list[Route]:
    """The routes; they come before those of the resources, whose names they end in a verb."""
    routes = [
        Route(f"{_BUCKET}/testPermissions", _test, methods=["GET"]),
        Route(_BUCKET, _policy, methods=["GET"]),
        Route(f"{_VERTEX}:getIamPolicy", _policy, methods=["POST"]),
    ]
    routes += [Route(f"{resource}:testIamPermissions", _test, methods=["POST"]) for resource in (*_ML, _VERTEX)]
    return routes + [Route(f"{resource}:getIamPolicy", _policy, methods=["GET"]) for resource in _ML]


async def _test(request: Request) -> Response:
    asked = request.query_params.getlist("permissions")
    if not asked and request.method == "POST":
        asked = decode_object(await read_body(request, 1 << 16)).get("permissions", [])
    if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
        raise ApiError(400, "'permissions' is a list of strings.")
    denied = points.denied.get()
    held = [one for one in asked if one not in denied]
    return JSONResponse({"permissions": held} if held else {})


def _policy(request: Request) -> Response:
    return JSONResponse(_POLICY)
