"""Parses a `multipart/related` upload as it arrives: JSON metadata first, then the content.

The grammar is RFC 2046's (5.1.1), which allows a part without header lines; lines may also end in a bare LF, as several
clients write them. The content is reproduced byte for byte, or the upload is rejected.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.message import Message
from typing import Final

import msgspec

from workbench.core.serve.replies import ApiError, decode_object

MAX_HEAD: Final = 1 << 20
"""Maximum number of bytes of metadata and headers before the content."""

_MAX_TAIL: Final = 64
"""Maximum number of bytes of white space and line ends after the last boundary."""

_HEADERS: Final = re.compile(rb"((?:[^\r\n]+\r?\n)*)\r?\n")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:|[ \t]")
_PLAIN: Final = ("", "binary", "8bit", "7bit")


class MultipartHead(msgspec.Struct, frozen=True):
    """What precedes the content: the object's metadata and the content's own type."""

    metadata: dict[str, object]
    content_type: str


class _Split(msgspec.Struct, frozen=True):
    """A complete head: the first part, the headers of the second part, the first bytes of the content."""

    first: bytes
    headers: bytes
    content: bytes
    line_end: bytes


def boundary_of(content_type: str) -> bytes:
    """The boundary of a `multipart/related` header. Raises `ApiError` if there is none."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary("").strip("'")
    if message.get_content_type() != "multipart/related" or not boundary:
        raise ApiError(400, "A multipart upload needs the header Content-Type: multipart/related; boundary=...")
    return boundary.encode()


class RelatedReader:
    """First `await head()`, then iterate `content()`. Raises `ApiError` if the body does not have this form."""

    def __init__(self, stream: AsyncIterator[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._line = b"--" + boundary
        self._delimiter = re.compile(rb"(?:\A|\r?\n)" + re.escape(self._line) + rb"[ \t]*(\r?\n)")
        self._buffer = b""
        self._line_end = b""

    async def head(self) -> MultipartHead:
        """Read up to the first byte of the content."""
        while (found := self._split()) is None:
            if len(self._buffer) > MAX_HEAD:
                raise ApiError(400, "The metadata of this multipart upload has no end.")
            chunk = await anext(self._stream, None)
            if chunk is None:
                raise _broken()
            self._buffer += chunk
        self._buffer, self._line_end = found.content, found.line_end
        described = _HEADERS.match(found.first)
        if described is None:
            raise _broken()
        _read(described[1])
        return MultipartHead(decode_object(found.first[described.end() :]), _read(found.headers))

    def _split(self) -> _Split | None:
        """The head, or `None` while it is incomplete."""
        if not self._buffer.startswith(self._line[: len(self._buffer)]):
            raise _broken()
        opening = self._delimiter.match(self._buffer)
        middle = self._delimiter.search(self._buffer, opening.end()) if opening else None
        headers = _HEADERS.match(self._buffer, middle.end()) if middle else None
        if opening is None or middle is None or headers is None:
            return None
        first = self._buffer[opening.end() : middle.start()]
        return _Split(first, headers[1], self._buffer[headers.end() :], middle[1])

    async def content(self) -> AsyncIterator[bytes]:
        """The content's bytes. The end of the body is withheld until it is known to be the last boundary.

        The line end before that boundary is not part of the content; it is the line end that the content's own boundary
        line has, so that content that ends in CR keeps it.
        """
        closing = self._line_end + self._line + b"--"
        # A part may end with its headers: their last line end is then the one before the boundary (RFC 2046, 5.1.1).
        held = self._line_end + self._buffer
        skipped = len(self._line_end)
        async for chunk in self._stream:
            held += chunk
            ready = len(held) - len(closing) - _MAX_TAIL
            if ready > skipped:
                yield held[skipped:ready]
                held, skipped = held[ready:], 0
        end = held.rfind(closing)
        if end < 0 or held[end + len(closing) :].strip(b" \t\r\n"):
            raise _broken()
        yield held[skipped:end]


def _read(headers: bytes) -> str:
    """The content type that a part's header lines name. Raises `ApiError` for malformed header lines.

    Content read as headers would be lost silently; so would an encoding that is not decoded.
    """
    kind = ""
    for line in headers.decode("latin-1").splitlines():
        if not _HEADER.match(line):
            raise _broken()
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-type":
            kind = value.strip()
        if name.strip().lower() == "content-transfer-encoding" and value.strip().lower() not in _PLAIN:
            raise ApiError(501, f"Content-Transfer-Encoding: {value.strip()[:80]} is not supported by this server.")
    return kind


def _broken() -> ApiError:
    return ApiError(400, "The body is not multipart/related with two parts: JSON metadata, then the content.")
