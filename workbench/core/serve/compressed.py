"""Request bodies with `Content-Encoding: gzip` or `deflate`, unpacked while they arrive."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.core.serve.replies import ApiError

_BLOCK: Final = 1 << 16
"""Bytes that are unpacked at a time: a reader with a limit stops long before a bomb is in memory."""

_WINDOWS: Final = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
"""zlib's number for each encoding (RFC 9110, 8.4.1)."""

_STORED: Final = ("/upload/", "/batch/")
"""Paths whose bodies are kept or taken apart as they are: there an encoding stays with the route, which refuses it."""


class CompressedRequests:
    """ASGI middleware: routes get the body unpacked and a request without its Content-Encoding and Content-Length.

    A body that does not unpack is `ApiError` 400, raised where the route reads it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_STORED):
            name = Headers(scope=scope).get("content-encoding", "").strip().lower()
            if name in _WINDOWS:
                scope = {**scope, "headers": list(scope["headers"])}
                headers = MutableHeaders(scope=scope)
                del headers["content-encoding"]
                del headers["content-length"]
                receive = _Unpacked(receive, name).receive
        await self._app(scope, receive, send)


class _Unpacked:
    """`receive` of ASGI, with the blocks of the body unpacked."""

    def __init__(self, receive: Receive, name: str) -> None:
        self._receive = receive
        self._name = name
        self._messages = self._read()

    async def receive(self) -> Message:
        """The next message; those after the body are the server's own."""
        return await anext(self._messages, None) or await self._receive()

    async def _read(self) -> AsyncIterator[Message]:
        unpacker = _Unpacker(self._name)
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                yield message
                return
            more = message.get("more_body", False)
            for block in unpacker.unpack(message.get("body", b"")):
                yield {"type": "http.request", "body": block, "more_body": True}
        unpacker.finish()
        yield {"type": "http.request", "body": b"", "more_body": False}


class _Unpacker:
    """One stream, or several gzip members behind one another (RFC 1952, 2.2)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream = zlib.decompressobj(_WINDOWS[name])

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """The content of the next bytes, in blocks. Raises `ApiError` 400."""
        full = False
        while data or full:
            if self._stream.eof:
                if not data:
                    return
                self._stream = zlib.decompressobj(_WINDOWS[self._name])
            try:
                block = self._stream.decompress(data, _BLOCK)
            except zlib.error as err:
                raise self._broken(str(err)) from err
            # A full block may have left more of the content within zlib, with no byte of input to go with it.
            full = len(block) == _BLOCK
            data = self._stream.unconsumed_tail or self._stream.unused_data
            if block:
                yield block

    def finish(self) -> None:
        """Raise `ApiError` 400 where the stream has no end."""
        if not self._stream.eof:
            raise self._broken("it ends too early")

    def _broken(self, reason: str) -> ApiError:
        return ApiError(400, f"The body is not what Content-Encoding: {self._name} says: {reason}.")
