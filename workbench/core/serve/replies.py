"""Error replies in the shapes of Google's two APIs, and request bodies read within a limit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import anyio
import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workbench.spec.errors import DECODE_ERRORS

BODY_SECONDS: Final = 60.0
"""Seconds within which the body of a small request must arrive."""

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_STATUS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    416: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    507: "RESOURCE_EXHAUSTED",
}
"""The google.rpc code that corresponds to an HTTP status."""

_REASON: Final = {
    400: "invalid",
    401: "required",
    403: "forbidden",
    404: "notFound",
    405: "methodNotAllowed",
    409: "conflict",
    412: "conditionNotMet",
    413: "uploadTooLarge",
    416: "requestedRangeNotSatisfiable",
    429: "rateLimitExceeded",
    500: "internalError",
    501: "notImplemented",
    503: "backendError",
    504: "gatewayTimeout",
    507: "quotaExceeded",
}
"""The word that the storage API writes in `errors[].reason`."""


class ApiError(Exception):
    """An error reply to the client. `field` names the part of the body that is wrong.

    `retry_after`: seconds that the client is told to wait; 0 sends no such header.
    """

    def __init__(self, code: int, message: str, *, field: str = "", status: str = "", retry_after: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = f"Field: {field} Error: {message}" if field else message
        self.status = status or _STATUS.get(code, "UNKNOWN")
        self.field = field
        self.description = message
        self.headers = {"retry-after": str(retry_after)} if retry_after else {}


def precondition(field: str, message: str) -> ApiError:
    """The `ml` API's error for a well-formed request that the current state does not permit."""
    return ApiError(400, message, field=field, status="FAILED_PRECONDITION")


def ml_error(error: ApiError) -> Response:
    """A google.rpc status; a wrong field is repeated in `details`, as in the service."""
    body: dict[str, Any] = {"code": error.code, "message": error.message, "status": error.status}
    if error.field:
        violation = {"field": error.field, "description": error.description}
        body["details"] = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    return JSONResponse({"error": body}, error.code, error.headers)


def storage_error(error: ApiError) -> Response:
    """The JSON API's older shape, with a list of `errors`."""
    first = {"message": error.message, "domain": "global", "reason": _REASON.get(error.code, "unknown")}
    body = {"code": error.code, "message": error.message, "errors": [first]}
    return JSONResponse({"error": body}, error.code, error.headers)


def error_response(path: str, error: ApiError) -> Response:
    """The error in the shape of the API that the path belongs to."""
    if path.startswith(("/v1/models", "/v2")):
        return JSONResponse({"error": error.message}, error.code, error.headers)
    if error.code == 304:
        return Response(status_code=304)
    storage = path.startswith(("/storage/", "/upload/", "/download/", "/batch/"))
    return storage_error(error) if storage else ml_error(error)


async def read_body(request: Request, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body.

    Raises `ApiError` 400 if it is longer than `limit` bytes, without reading on, and 408 if it has not arrived after
    `seconds`.
    """
    with anyio.move_on_after(seconds):
        return await _read_body(request, limit)
    raise ApiError(408, f"The request's body did not arrive within {seconds:g} seconds.")


async def _read_body(request: Request, limit: int) -> bytes:
    too_long = ApiError(400, f"Request payload size exceeds the limit: {limit} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_long
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_long
        parts.append(chunk)
    return b"".join(parts)


def decode_object(body: bytes) -> dict[str, Any]:
    """A JSON object; an empty body is an empty object. Raises `ApiError`."""
    try:
        document = msgspec.json.decode(body or b"{}", type=dict[str, Any])
        check_text(body, document)
    except (*DECODE_ERRORS, ValueError) as err:
        # ValueError: an integer with more digits than Python converts.
        raise ApiError(400, f"Invalid JSON payload received. {err}") from err
    return document


def check_text(body: bytes, document: object) -> None:
    """Raise `ValueError` for a document with a lone surrogate: no Unicode encoding can represent it."""
    if _SURROGATE.search(body):
        try:
            json.dumps(document, ensure_ascii=False).encode()
        except UnicodeEncodeError as err:
            raise ValueError("A string has a surrogate without its other half.") from err


def whole_number(query: Mapping[str, str], name: str) -> int | None:
    """A query parameter that must be an integer of at least 0, or `None` if it is absent. Raises `ApiError`."""
    text = query.get(name)
    if text is None or text == "":
        return None
    # 18 digits fit a signed 64-bit integer, the type of the APIs and SQLite.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ApiError(400, f"Invalid value for {name}: '{text}' is not a whole number.")
    return int(text)
