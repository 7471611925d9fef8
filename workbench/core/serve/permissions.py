"""`testIamPermissions` and `getIamPolicy` of all three APIs: everything is allowed except what a fault rule denies."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.api_route import JSON_ONLY, ApiRoute
from workbench.core.serve.faults import points
from workbench.core.serve.replies import ApiError, decode_object, read_body
from workbench.core.serve.storage.routing import storage_route
from workbench.core.serve.vertex.names import PREFIXES

_ML: Final = ("/v1/projects/{project}/models/{model}", "/v1/projects/{project}/jobs/{job}")
_VERTEX: Final = tuple(
    f"{prefix}/projects/{{project}}/locations/{{location}}/{noun}"
    for prefix in PREFIXES
    for noun in ("models/{model}", "endpoints/{endpoint}")
)
_BUCKET: Final = "/storage/v1/b/{bucket}/iam"
_ALT: Final = JSON_ONLY
_VERSION: Final = "options.requestedPolicyVersion"
"""The newest policy version that the client supports; the policy here has no conditions and is version 1."""

_POLICY: Final = {"version": 1, "etag": "ACAB"}


def permission_routes() -> list[Route]:
    """The routes; they precede those of the resources, because their paths are a resource's name followed by a verb."""
    routes: list[Route] = [
        storage_route(f"{_BUCKET}/testPermissions", _test, "GET", "permissions"),
        storage_route(_BUCKET, _policy, "GET", "optionsRequestedPolicyVersion"),
        storage_route(_BUCKET, _not_changed, "PUT"),
    ]
    routes += [
        ApiRoute(f"{resource}:testIamPermissions", _test, methods=["POST"], query=["permissions", *_ALT])
        for resource in (*_ML, *_VERTEX)
    ]
    routes += [
        ApiRoute(f"{resource}:setIamPolicy", _not_changed, methods=["POST"], query=_ALT)
        for resource in (*_ML, *_VERTEX)
    ]
    routes += [
        ApiRoute(f"{resource}:getIamPolicy", _policy, methods=["POST"], query=[_VERSION, *_ALT]) for resource in _VERTEX
    ]
    return routes + [
        ApiRoute(f"{resource}:getIamPolicy", _policy, methods=["GET"], query=[_VERSION, *_ALT]) for resource in _ML
    ]


def _not_changed(request: Request) -> Response:
    raise ApiError(501, "setIamPolicy is not supported by the local target: everything is allowed here.")


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
