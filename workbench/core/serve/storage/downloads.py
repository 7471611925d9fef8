"""The content of an object as a reply: whole, a range of it, or decompressed (Cloud Storage's transcoding)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import IO, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from workbench.core.serve.storage.content import BLOCK, etags_of
from workbench.core.serve.storage.object_types import StoredObject

GZIP: Final = 16 + zlib.MAX_WBITS
"""zlib's `wbits` for the gzip format."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_SHOWN: Final = {
    "cacheControl": "cache-control",
    "contentDisposition": "content-disposition",
    "contentEncoding": "content-encoding",
    "contentLanguage": "content-language",
}
"""Metadata of an object that is repeated in a header of its content's reply."""


def byte_range(size: int, header: str) -> tuple[int, int] | None:
    """The first byte and the byte after the last that a Range header requests; `None` if there are no such bytes.

    A header that is not a single byte range is ignored and the whole content is sent (RFC 9110, 14.2).
    """
    if not is_range(header):
        return 0, size
    first, last = _bounds(header)
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


def is_range(header: str) -> bool:
    """Whether a Range header requests one byte range, even if it covers all bytes: the status is then 206."""
    return _bounds(header) != ("", "")


def _bounds(header: str) -> tuple[str, str]:
    match = _RANGE.fullmatch(header.strip())
    return (match[1], match[2]) if match else ("", "")


def contents(request: Request, stored: StoredObject, file: IO[bytes]) -> Response:
    """The reply with the content; it closes the file after sending."""
    headers = _headers(stored)
    if headers.get("content-encoding") == "gzip" and not _takes_gzip(request, stored):
        del headers["content-encoding"]
        return StreamingResponse(_unpacked(file), 200, headers, stored.content_type)
    header = _range_of(request, stored)
    span = byte_range(stored.size, header)
    if span is None:
        file.close()
        headers["content-range"] = f"bytes */{stored.size}"
        return PlainTextResponse("The requested range cannot be satisfied.", 416, headers)
    first, end = span
    if is_range(header):
        headers["content-range"] = f"bytes {first}-{end - 1}/{stored.size}"
    headers["content-length"] = str(end - first)
    return StreamingResponse(_blocks(file, first, end), 206 if is_range(header) else 200, headers, stored.content_type)


def _headers(stored: StoredObject) -> dict[str, str]:
    said = {header: str(stored.extra[name]) for name, header in _SHOWN.items() if stored.extra.get(name)}
    return said | {
        "x-goog-hash": f"crc32c={stored.crc32c}" + (f",md5={stored.md5}" if stored.md5 else ""),
        "x-goog-generation": str(stored.generation),
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-stored-content-length": str(stored.size),
        "x-goog-stored-content-encoding": said.get("content-encoding", "identity"),
        "accept-ranges": "bytes",
        "etag": f'"{stored.generation}"',
    }


def _takes_gzip(request: Request, stored: StoredObject) -> bool:
    """Whether a gzip object is sent as it is stored; otherwise it is decompressed while it is sent."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")]
    return "gzip" in accepted or "no-transform" in str(stored.extra.get("cacheControl", ""))


def _range_of(request: Request, stored: StoredObject) -> str:
    """The Range header, unless `If-Range` names another state of the object (RFC 9110, 13.1.5)."""
    known = request.headers.get("if-range")
    fresh = known is None or known.strip('"') in etags_of(stored)
    return request.headers.get("range", "") if fresh else ""


def _blocks(file: IO[bytes], first: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = end - first
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """The decompressed content; content that only claims to be gzip is sent as it is."""
    with file:
        if file.read(2) != b"\x1f\x8b":
            file.seek(0)
            yield from iter(lambda: file.read(BLOCK), b"")
            return
        file.seek(0)
        unpacker = zlib.decompressobj(GZIP)
        while block := unpacker.unconsumed_tail or file.read(BLOCK):
            yield unpacker.decompress(block, BLOCK)
        yield unpacker.flush()
