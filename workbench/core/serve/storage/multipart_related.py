"""Parses a `multipart/related` upload as it arrives: JSON metadata first, then the content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from workbench.core.serve.replies import ApiError, decode_object

MAX_HEAD: Final = 1 << 20
"""Bytes of metadata and headers before the content."""


class MultipartHead(msgspec.Struct, frozen=True):
    """What stands before the content: the object's metadata and the content's own type."""

    metadata: dict[str, object]
    content_type: str


def boundary_of(content_type: str) -> bytes:
    """The boundary of a `multipart/related` header. Raises `ApiError` when there is none."""
    kind, *parameters = [part.strip() for part in content_type.split(";")]
    found = dict(p.partition("=")[::2] for p in parameters)
    boundary = found.get("boundary", "").strip("\"'")
    if kind.lower() != "multipart/related" or not boundary:
        raise ApiError(400, "A multipart upload needs the header Content-Type: multipart/related; boundary=...")
    return boundary.encode()


class RelatedReader:
    """First `await head()`, then iterate `content()`. Raises `ApiError` when the body is not of this form."""

    def __init__(self, stream: AsyncIterator[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._line = b"--" + boundary
        self._buffer = b""

    async def head(self) -> MultipartHead:
        """Read up to the first byte of the content."""
        while (found := self._split()) is None:
            if len(self._buffer) > MAX_HEAD:
                raise ApiError(400, "The metadata of this multipart upload has no end.")
            chunk = await anext(self._stream, None)
            if chunk is None:
                raise _broken()
            self._buffer += chunk
        first, second, self._buffer = found
        return MultipartHead(decode_object(first.partition(b"\r\n\r\n")[2]), _type_in(second))

    def _split(self) -> tuple[bytes, bytes, bytes] | None:
        """First part (headers and JSON), headers of the second part, start of the content."""
        opening = self._line + b"\r\n"
        if not self._buffer.startswith(opening[: len(self._buffer)]):
            raise _broken()
        first, middle, rest = self._buffer[len(opening) :].partition(b"\r\n" + opening)
        headers, end, content = rest.partition(b"\r\n\r\n")
        return (first, headers, content) if middle and end else None

    async def content(self) -> AsyncIterator[bytes]:
        """The content's bytes. The end of the body is held back until it is known to be the last boundary."""
        closing = b"\r\n" + self._line + b"--"
        held = self._buffer
        async for chunk in self._stream:
            held += chunk
            # Room for the closing line and the line end that some clients put after it.
            ready = len(held) - len(closing) - 2
            if ready > 0:
                yield held[:ready]
                held = held[ready:]
        held = held.removesuffix(b"\r\n") if held.endswith(closing + b"\r\n") else held
        if not held.endswith(closing):
            raise _broken()
        yield held.removesuffix(closing)


def _type_in(headers: bytes) -> str:
    for line in headers.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            return value.strip()
    return ""


def _broken() -> ApiError:
    return ApiError(400, "The body is not multipart/related with two parts: JSON metadata, then the content.")
