"""The reading half of the Cloud Storage JSON API v1: buckets, listings, metadata, downloads, deletes."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from typing import IO, Any, Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from workbench.core.serve.listing import place_asked, token_for
from workbench.core.serve.replies import ApiError, decode_object, read_body, whole_number
from workbench.core.serve.storage.content import BLOCK, Conditions
from workbench.core.serve.storage.object_types import Listing, StoredObject
from workbench.core.serve.storage.objects import Objects

_MAX_BODY: Final = 1 << 20
_MAX_PAGE: Final = 1000
_NOT_HERE: Final = ("versions", "softDeleted", "includeFoldersAsPrefixes")
_BUCKET_FIELDS: Final = ("location", "storageClass", "labels")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def storage_routes(objects: Objects) -> list[Route]:
    """The routes of buckets and objects, uploads excepted."""
    api = _StorageApi(objects)
    item = "/storage/v1/b/{bucket}/o/{name:path}"
    return [
        Route("/storage/v1/b", api.create_bucket, methods=["POST"]),
        Route("/storage/v1/b", api.list_buckets, methods=["GET"]),
        Route("/storage/v1/b/{bucket}", api.get_bucket, methods=["GET"]),
        Route("/storage/v1/b/{bucket}", api.delete_bucket, methods=["DELETE"]),
        Route("/storage/v1/b/{bucket}/storageLayout", api.get_layout, methods=["GET"]),
        Route("/storage/v1/b/{bucket}/o", api.list_objects, methods=["GET"]),
        Route(item, api.get_object, methods=["GET"]),
        Route(item, api.delete_object, methods=["DELETE"]),
        Route("/download" + item, api.download, methods=["GET"]),
    ]


class _StorageApi:
    """Handlers. Plain functions run in a worker thread, so the disk never holds up the event loop."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def create_bucket(self, request: Request) -> Response:
        body = decode_object(await read_body(request, _MAX_BODY))
        kept = {name: value for name, value in body.items() if name in _BUCKET_FIELDS}
        row = await run_in_threadpool(self._objects.create_bucket, str(body.get("name", "")), kept)
        return JSONResponse(_bucket(request, row))

    def list_buckets(self, request: Request) -> Response:
        query = request.query_params
        limit = _page_size(request)
        rows = self._objects.buckets(query.get("prefix", ""), place_asked(request), limit + 1)
        items = [_bucket(request, row) for row in rows[:limit]]
        more = rows[limit - 1]["name"] if len(rows) > limit else ""
        return JSONResponse(_listing("storage#buckets", items, [], more))

    def get_bucket(self, request: Request) -> Response:
        return JSONResponse(_bucket(request, self._objects.bucket(request.path_params["bucket"])))

    def get_layout(self, request: Request) -> Response:
        """What gcloud asks before it copies: no folders here, only names."""
        shown = _bucket(request, self._objects.bucket(request.path_params["bucket"]))
        kept = {name: shown[name] for name in ("location", "locationType")}
        return JSONResponse({"kind": "storage#storageLayout", "bucket": shown["name"], **kept})

    def delete_bucket(self, request: Request) -> Response:
        self._objects.delete_bucket(request.path_params["bucket"])
        return Response(status_code=204)

    def list_objects(self, request: Request) -> Response:
        query = request.query_params
        for name in _NOT_HERE:
            if query.get(name, "false") != "false":
                raise ApiError(501, f"{name} is not supported by the local target.")
        listing = Listing(
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            limit=_page_size(request),
            after=place_asked(request),
            start=query.get("startOffset", ""),
            end=query.get("endOffset", ""),
            glob=query.get("matchGlob", ""),
        )
        page = self._objects.page(request.path_params["bucket"], listing)
        items = [describe(request, stored) for stored in page.objects]
        return JSONResponse(_listing("storage#objects", items, page.prefixes, page.last))

    def get_object(self, request: Request) -> Response:
        if request.query_params.get("alt") == "media":
            return self.download(request)
        return JSONResponse(describe(request, self._found(request)))

    def delete_object(self, request: Request) -> Response:
        params = request.path_params
        self._objects.delete(params["bucket"], params["name"], Conditions.read(request.query_params))
        return Response(status_code=204)

    def download(self, request: Request) -> Response:
        try:
            stored = self._found(request)
        except ApiError as err:
            if err.code != 404:
                raise
            return PlainTextResponse(err.message, 404)
        return _contents(stored, self._open(stored), request.headers.get("range", ""))

    def _open(self, stored: StoredObject) -> IO[bytes]:
        # An open file outlives its name: a download goes on while the object is replaced or deleted.
        try:
            return self._objects.path(stored).open("rb")
        except FileNotFoundError as err:
            raise ApiError(404, f"No such object: {stored.bucket}/{stored.name}") from err

    def _found(self, request: Request) -> StoredObject:
        stored = self._objects.get(request.path_params["bucket"], request.path_params["name"])
        wanted = whole_number(request.query_params, "generation")
        if wanted is not None and wanted != stored.generation:
            raise ApiError(404, f"No such object: {stored.bucket}/{stored.name}#{wanted}")
        Conditions.read(request.query_params).check_object(stored)
        return stored


def byte_range(size: int, header: str) -> tuple[int, int] | None:
    """The first byte and the byte after the last that a Range header asks for; `None` = no such bytes.

    A header that is no single byte range is passed over and the whole is sent (RFC 9110, 14.2).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


def _contents(stored: StoredObject, file: IO[bytes], header: str) -> Response:
    headers = {
        "x-goog-hash": f"crc32c={stored.crc32c}" + (f",md5={stored.md5}" if stored.md5 else ""),
        "x-goog-generation": str(stored.generation),
        "x-goog-stored-content-length": str(stored.size),
        "x-goog-stored-content-encoding": "identity",
        "accept-ranges": "bytes",
        "etag": f'"{stored.generation}"',
    }
    span = byte_range(stored.size, header)
    if span is None:
        file.close()
        headers["content-range"] = f"bytes */{stored.size}"
        return PlainTextResponse("The requested range cannot be satisfied.", 416, headers)
    first, end = span
    partial = (first, end) != (0, stored.size)
    if partial:
        headers["content-range"] = f"bytes {first}-{end - 1}/{stored.size}"
    headers["content-length"] = str(end - first)
    return StreamingResponse(_blocks(file, first, end), 206 if partial else 200, headers, stored.content_type)


def _blocks(file: IO[bytes], first: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = end - first
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def describe(request: Request, stored: StoredObject) -> dict[str, Any]:
    """The object resource. 64-bit numbers are strings, as in every Google JSON API."""
    base = str(request.base_url).rstrip("/")
    path = f"/storage/v1/b/{stored.bucket}/o/{quote(stored.name, safe='')}"
    resource: dict[str, Any] = {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": base + path,
        "mediaLink": f"{base}/download{path}?generation={stored.generation}&alt=media",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": str(stored.generation),
        "metageneration": str(stored.metageneration),
        "contentType": stored.content_type,
        "storageClass": "STANDARD",
        "size": str(stored.size),
        "crc32c": stored.crc32c,
        "etag": base64.b64encode(f"{stored.generation}/{stored.metageneration}".encode()).decode(),
        "timeCreated": stored.created,
        "updated": stored.updated or stored.created,
    }
    resource |= {"md5Hash": stored.md5} if stored.md5 else {}
    return resource | stored.extra | ({"metadata": stored.metadata} if stored.metadata else {})


def _bucket(request: Request, row: sqlite3.Row) -> dict[str, Any]:
    base = str(request.base_url).rstrip("/")
    body = json.loads(row["body"])
    place = str(body.get("location", "US")).upper()
    kind = "multi-region" if place in ("US", "EU", "ASIA") else "region"
    location = {"location": place, "locationType": kind}
    return {
        "kind": "storage#bucket",
        "id": row["name"],
        "name": row["name"],
        "selfLink": f"{base}/storage/v1/b/{row['name']}",
        "projectNumber": "0",
        "metageneration": "1",
        "location": "US",
        "storageClass": "STANDARD",
        "timeCreated": row["created"],
        "updated": row["created"],
        "etag": "CAE=",
        **body,
        **location,
    }


def _listing(kind: str, items: list[dict[str, Any]], prefixes: list[str], last: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"kind": kind}
    if items:
        answer["items"] = items
    if prefixes:
        answer["prefixes"] = prefixes
    if last:
        answer["nextPageToken"] = token_for(last)
    return answer


def _page_size(request: Request) -> int:
    asked = whole_number(request.query_params, "maxResults")
    return min(asked or _MAX_PAGE, _MAX_PAGE)
