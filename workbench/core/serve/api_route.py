"""Routes that declare what they read: a query parameter that a route does not know is rejected by name, never
ignored."""

from __future__ import annotations

import functools
import importlib.resources
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from workbench.core.serve.replies import ApiError

Handler = Callable[[Request], Any]

UNMEANING: Final = frozenset(
    {"access_token", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp", "userProject", "$.xgafv"}
)
"""Parameters without effect here: identity of the client, quota, and JSON layout."""

JSON_ONLY: Final = frozenset({"alt", "$alt"})
"""Parameters that a route reads if it returns only JSON."""

_JSON: Final = ("json", "json;enum-encoding=string")
_CHANGING: Final = ("x-http-method-override", "x-goog-fieldmask")
_GOOGLE: Final = frozenset(
    "x-goog-api-client x-goog-api-key x-goog-authuser x-goog-gcs-idempotency-token x-goog-hash x-goog-request-params "
    "x-goog-request-reason x-goog-user-project".split()
)
"""Google's own headers that are read here, or that only describe the client and the transport."""

_DESCRIPTIONS: Final = ("aiplatform.v1.json", "ml.v1.json", "storage.v1.json")


class ApiRoute(Route):
    """A route and the query parameters that it reads; any other is rejected with `ApiError` 400 or 501.

    `handler` is a coroutine function, or a plain function that runs in a worker thread.
    """

    def __init__(
        self, path: str, handler: Handler, *, methods: list[str], query: Iterable[str] = (), json_only: bool = True
    ) -> None:
        self.query = frozenset(query)

        async def answer(request: Request) -> Response:
            refuse_unread(request, self.query, json_only=json_only)
            return await called(handler, request)

        super().__init__(path, answer, methods=methods)


async def called(handler: Handler, request: Request) -> Response:
    """The handler's response."""
    if inspect.iscoroutinefunction(handler):
        response: Response = await handler(request)
        return response
    return await run_in_threadpool(handler, request)


def refuse_unread(request: Request, known: frozenset[str], *, json_only: bool = False) -> None:
    """Raise `ApiError` for a parameter that is neither known nor without effect.

    Status 501 if one of the APIs has it and this server does not, 400 if no API has it.
    """
    _refuse_headers(request)
    if json_only:
        wrong = [request.query_params[n] for n in JSON_ONLY if request.query_params.get(n, "json") not in _JSON]
        if wrong:
            raise ApiError(501, f"alt={wrong[0][:80]} is not supported by the local target here.")
    for name in request.query_params:
        if name in known or name in UNMEANING:
            continue
        if name in _described():
            raise ApiError(501, f"The query parameter '{name[:80]}' is not supported by the local target here.")
        text = f'Unknown name "{name[:80]}": Cannot bind query parameter.'
        raise ApiError(400, f"Invalid JSON payload received. {text} No method of this path has it.")


def _refuse_headers(request: Request) -> None:
    """Raise `ApiError` 501 for a header that would change the meaning of the request and is not read here."""
    for name, value in request.headers.items():
        if name == "content-encoding" and value.strip().lower() not in ("", "identity"):
            raise ApiError(501, f"Content-Encoding: {value[:80]} is not supported by the local target.")
        unread = name in _CHANGING or (name.startswith("x-goog-") and name not in _GOOGLE)
        if unread or name.startswith(("x-goog-encryption-", "x-goog-copy-source-")):
            raise ApiError(501, f"The header {name[:80]} is not supported by the local target.")


@functools.cache
def _described() -> frozenset[str]:
    """Every query parameter of the three APIs, according to their discovery documents."""
    files = importlib.resources.files("googleapiclient.discovery_cache.documents")
    found: set[str] = set()
    for name in _DESCRIPTIONS:
        found |= set(_parameters(msgspec.json.decode((files / name).read_bytes())))
    return frozenset(found)


def _parameters(resource: dict[str, Any]) -> Iterable[str]:
    for holder in (resource, *resource.get("methods", {}).values()):
        yield from (name for name, one in holder.get("parameters", {}).items() if one.get("location") == "query")
    for inner in resource.get("resources", {}).values():
        yield from _parameters(inner)
