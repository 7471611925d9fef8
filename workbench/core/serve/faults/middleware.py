"""ASGI middleware that applies the fault rules to requests, and the protocol that lets it drop connections."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from workbench.core.serve.faults import points
from workbench.core.serve.faults.injector import FaultInjector
from workbench.core.serve.faults.spec import (
    Action,
    ClockSkew,
    CutConnection,
    DelayRequest,
    DenyPermission,
    DiskFull,
    FailOperation,
    FixedStatus,
    HangOperation,
    SlowTransfer,
)
from workbench.core.serve.replies import ApiError, error_response

_log = logging.getLogger(__name__)

_TICK: Final = 0.05
"""Seconds between two chunks of a slowed body."""


class ConnectionTable:
    """The open connections of a server by the client's address: ASGI itself cannot close a connection."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """The protocol class for uvicorn's `http` setting that registers connections here."""
        lines = self._open

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    lines[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    lines.pop(self.client, None)
                super().connection_lost(exc)

        return Protocol

    def cut(self, client: tuple[str, int]) -> None:
        """Close the connection now and discard what is still to be sent."""
        transport = self._open.get(tuple(client))  # type: ignore[arg-type]
        if transport is not None:
            transport.abort()


class FaultsMiddleware:
    """Wraps an application; see `spec` for the possible faults."""

    def __init__(self, app: ASGIApp, injector: FaultInjector, lines: ConnectionTable) -> None:
        self._app = app
        self._injector = injector
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = f"{scope['method']} {_target(scope)}"
        points.denied.set(self._injector.denied)
        actions = self._injector.actions(request)
        for action in actions:
            _log.info("%s: %s", request, action)
        await _FaultyExchange(self._app, self._lines, scope, receive, send).run(actions)


class _FaultyExchange:
    """One request and its reply, passed through the actions."""

    def __init__(self, app: ASGIApp, lines: ConnectionTable, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._lines, self._scope = app, lines, scope
        self._receive, self._send = receive, send
        self._lost = False

    async def run(self, actions: list[Action]) -> None:
        """Apply the actions in order, up to the first one that ends the exchange."""
        receive, send = self._receive, self._send
        for action in actions:
            match action:
                case DelayRequest(seconds=seconds):
                    await asyncio.sleep(seconds)
                case FixedStatus() | DenyPermission():
                    await _answer(action, self._scope["path"])(self._scope, receive, send)
                    return
                case CutConnection(when="before"):
                    await self._hang_up()
                    return
                case CutConnection(when="body", bytes=size):
                    receive = self._cut_reading(receive, size)
                case CutConnection(bytes=size, when=when):
                    send = self._cut_sending(send, size if when == "reply" else -1)
                case SlowTransfer(per_second=speed):
                    receive, send = _slow_reading(receive, speed), _slow_sending(send, speed)
                case _:
                    _prepare(action)
        await self._app(self._scope, receive, send)
        if self._lost:
            await self._hang_up()

    async def _hang_up(self) -> None:
        self._lines.cut(self._scope["client"])
        # Wait until the server has noticed: it would otherwise report an exchange without a reply.
        while (await self._receive())["type"] != "http.disconnect":
            continue

    def _cut_reading(self, receive: Receive, size: int) -> Receive:
        left = size

        async def read() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left >= 0 and message.get("more_body"):
                return message
            await self._hang_up()
            return {"type": "http.disconnect"}

        return read

    def _cut_sending(self, send: Send, size: int) -> Send:
        """Pass `size` bytes of the reply's body on and discard the rest; -1 discards the head as well."""
        left = size

        async def write(message: Message) -> None:
            nonlocal left
            self._lost = True
            if size < 0:
                return
            if message["type"] == "http.response.body":
                body = message.get("body", b"")[: max(left, 0)]
                left -= len(body)
                message = {"type": "http.response.body", "body": body, "more_body": True}
            await send(message)
            # Give what was sent time to reach the client: closing at once would drop it.
            await asyncio.sleep(_TICK)

        return write


def _target(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _answer(action: FixedStatus | DenyPermission, path: str) -> Response:
    if isinstance(action, DenyPermission):
        text = f"local-target@localhost does not have {action.permission} access. Permission '{action.permission}'"
        return error_response(path, ApiError(403, f"{text} denied on resource (or it may not exist)."))
    headers = {"retry-after": str(action.retry_after)} if action.retry_after else {}
    if action.body:
        kind = "application/json" if action.body.lstrip().startswith("{") else "text/plain"
        return Response(action.body, action.code, headers, kind)
    text = action.message or f"Injected fault {action.code}."
    return error_response(path, ApiError(action.code, text, retry_after=action.retry_after))


def _prepare(action: Action) -> None:
    """Set the injection points that the server's code queries while it handles this request."""
    match action:
        case FailOperation() | HangOperation():
            points.operation.set(action)
        case DiskFull(after_bytes=size):
            points.disk.set(points.DiskQuota(size))
        case ClockSkew(seconds=seconds):
            points.skew.set(timedelta(seconds=seconds))


def _slow_reading(receive: Receive, speed: int) -> Receive:
    async def read() -> Message:
        message = await receive()
        await asyncio.sleep(len(message.get("body", b"")) / speed)
        return message

    return read


def _slow_sending(send: Send, speed: int) -> Send:
    piece = max(1, int(speed * _TICK))

    async def write(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        rest: Any = memoryview(message.get("body", b""))
        while len(rest) > piece:
            await send({"type": "http.response.body", "body": bytes(rest[:piece]), "more_body": True})
            await asyncio.sleep(piece / speed)
            rest = rest[piece:]
        await send({**message, "body": bytes(rest)})

    return write
