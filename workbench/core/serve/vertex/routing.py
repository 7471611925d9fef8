"""Routes of `aiplatform` v1: the parameters they read, and replies in the form that the client requests."""

from __future__ import annotations

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workbench.core.serve.api_route import ApiRoute, Handler, called
from workbench.core.serve.replies import ApiError
from workbench.core.serve.vertex.discovery import SCHEMAS, with_enum_numbers

LIST: Final = ("filter", "orderBy", "pageSize", "pageToken")
"""Parameters of the lists of models and endpoints."""

OPERATION: Final = "GoogleLongrunningOperation"
OPERATIONS: Final = "GoogleLongrunningListOperationsResponse"
_AS_NUMBERS: Final = "enum-encoding=int"
_AS_NAMES: Final = "enum-encoding=string"
_ALT: Final = ("$alt", "alt")


def vertex_route(path: str, handler: Handler, method: str, *query: str, reply: str = "") -> ApiRoute:
    """A route with the parameters that it reads; `reply` is the message that it returns, such as `Model`."""
    schema = reply if reply in ("", OPERATION, OPERATIONS) else SCHEMAS + reply

    async def answer(request: Request) -> Response:
        numbers = _asks_numbers(request)
        response = await called(handler, request)
        if not numbers or not schema:
            return response
        return JSONResponse(with_enum_numbers(schema, json.loads(bytes(response.body))))

    return ApiRoute(path, answer, methods=[method], query=(*_ALT, *query), json_only=False)


def _asks_numbers(request: Request) -> bool:
    """Whether enums are to be numbers. Raises `ApiError` 501 for a form of reply other than JSON."""
    found = False
    for name in _ALT:
        form, *options = request.query_params.get(name, "json").split(";")
        if form != "json" or not {*options} <= {_AS_NUMBERS, _AS_NAMES}:
            raise ApiError(501, f"{name}={request.query_params[name][:80]} is not supported by the local target.")
        found = found or _AS_NUMBERS in options
    return found
