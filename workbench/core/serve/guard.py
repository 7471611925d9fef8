"""Protects the loopback server: rejects requests with a foreign Host or Origin header.

A web page can make a browser send requests to loopback. It cannot choose the Host header (which therefore shows a
rebound DNS name) and cannot hide its Origin.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.core.serve.replies import ApiError, ml_error

_FORMS: Final = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
"""Content types that a page may have a browser send anywhere without a preflight request (Fetch, 2.2.2)."""

_MAX_DRAINED: Final = 64 << 20

LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def host_rule(bound_to: str) -> Callable[[str], bool]:
    """Which names the Host header may have for a server bound to this address.

    Loopback: only the loopback names. A specific address: that address as well. A wildcard address: any plain IP
    address too, since a rebinding attack needs a DNS name.
    """
    try:
        wildcard = ipaddress.ip_address(bound_to).is_unspecified
    except ValueError:
        wildcard = False
    return lambda name: name in LOOPBACK_NAMES or name == bound_to.lower() or (wildcard and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _BodyDrain:
    """Reads what the client still sends before the reply is sent.

    A server that replies and closes while the client is sending resets the connection: the client then sees a network
    error instead of the rejection, and sends everything again.
    """

    def __init__(self, receive: Receive, send: Send, headers: Headers) -> None:
        self._receive = receive
        self._send = send
        self._more = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers

    async def receive(self) -> Message:
        message = await self._receive()
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        drained = 0
        while message["type"] == "http.response.start" and self._more and drained < _MAX_DRAINED:
            drained += len((await self.receive()).get("body", b""))
        await self._send(message)


class HostGuard:
    """ASGI middleware: 403 for a foreign Host or Origin; everything else passes."""

    def __init__(self, app: ASGIApp, allowed: Callable[[str], bool]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            refusal = self._refusal(scope["path"], headers)
            app = self._app if refusal is None else ml_error(refusal)
            drained = _BodyDrain(receive, send, headers)
            receive, send = drained.receive, drained.send
        await app(scope, receive, send)

    def _refusal(self, path: str, headers: Headers) -> ApiError | None:
        host = headers.get("host", "")
        if not self._allowed(_name(f"//{host}")):
            return ApiError(403, f"The Host header '{host}' is not a name of this server. Use its loopback address.")
        origin = headers.get("origin")
        foreign = origin is not None and origin.lower() != f"http://{host.lower()}"
        if foreign or headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return ApiError(403, "This server refuses requests from web pages of other sites or ports.")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in _FORMS and not _takes_any_body(path):
            return ApiError(415, f"A body of type {kind} is not read here; send application/json.")
        return None


def _takes_any_body(path: str) -> bool:
    """Paths that accept form bodies: uploads, and predictions, which change nothing (TensorFlow Serving's examples
    use forms)."""
    return path.startswith(("/upload/", "/v1/models", "/v2/")) or path.endswith(":rawPredict")


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
