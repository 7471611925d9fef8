"""Upload methods of the Cloud Storage JSON API v1: media, multipart and resumable uploads."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from workbench.core.serve.faults import points
from workbench.core.serve.replies import ApiError, decode_object, read_body
from workbench.core.serve.storage.api import describe
from workbench.core.serve.storage.changes import kept_fields
from workbench.core.serve.storage.content import Checksums, Conditions, IncomingFile, claimed, compare, measure
from workbench.core.serve.storage.multipart_related import MAX_HEAD, RelatedReader, boundary_of
from workbench.core.serve.storage.object_types import ObjectWrite, StoredObject
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.storage.routing import GENERATIONS, storage_route
from workbench.core.serve.storage.uploads import Uploads, UploadSession

MAX_OBJECT: Final = 10 << 30
"""Largest object in bytes: that of the largest model directory that ML Engine accepted (10 GB on N1 machines)."""

_READ: Final = ("uploadType", "upload_id", "name", "contentEncoding", *GENERATIONS[1:])
"""Parameters of an upload; a session's URI repeats all parameters of the request that began it."""

_CONTENT_RANGE = re.compile(r"bytes (?:\*|(\d{1,18})-(\d{1,18}))/(?:\*|(\d{1,18}))")


def upload_routes(objects: Objects, uploads: Uploads, max_object: int) -> list[Route]:
    """The routes of `/upload`."""
    api = _UploadApi(objects, uploads, max_object)
    path = "/upload/storage/v1/b/{bucket}/o"
    return [
        storage_route(path, api.begin, "POST", *_READ),
        storage_route(path, api.resume, "PUT", *_READ),
        storage_route(path, api.cancel, "DELETE", *_READ),
    ]


class ContentRange(msgspec.Struct, frozen=True):
    """A Content-Range: where this request's bytes begin (`None`: it has none) and how many there will be in total.

    `total` is `None` while the client does not know it; `whole` is a request without the header: all bytes at once.
    """

    start: int | None
    total: int | None
    whole: bool = False


class _UploadApi:
    def __init__(self, objects: Objects, uploads: Uploads, max_object: int) -> None:
        self._objects = objects
        self._uploads = uploads
        self._limit = max_object

    async def begin(self, request: Request) -> Response:
        """An upload, whole or in chunks; with a session's id the next chunk of it, which some clients send by POST."""
        if "upload_id" in request.query_params:
            return await self.resume(request)
        self._refuse_size(request.headers.get("content-length", ""))
        match request.query_params.get("uploadType"):
            case "multipart":
                return await self._multipart(request)
            case "media":
                return await self._media(request)
            case "resumable":
                return await self._begin_session(request)
            case other:
                raise ApiError(400, f"Invalid uploadType: '{other}'. Use media, multipart or resumable.")

    async def _multipart(self, request: Request) -> Response:
        reader = RelatedReader(request.stream(), boundary_of(request.headers.get("content-type", "")))
        head = await reader.head()
        wish = _wish(request, head.metadata, head.content_type)
        return await self._write(request, wish, _said(request, head.metadata), reader.content())

    async def _media(self, request: Request) -> Response:
        wish = _wish(request, {}, request.headers.get("content-type", ""))
        return await self._write(request, wish, _said(request, {}), request.stream())

    async def _write(
        self, request: Request, wish: ObjectWrite, said: Checksums, body: AsyncIterator[bytes]
    ) -> Response:
        await run_in_threadpool(self._objects.refuse_early, wish)
        incoming = self._objects.incoming()
        try:
            async for block in body:
                self._refuse_size(str(incoming.size + len(block)))
                incoming.write(block)
            stored = await run_in_threadpool(self._keep, wish, said, incoming)
        finally:
            incoming.discard()
        return JSONResponse(describe(request, stored))

    def _keep(self, wish: ObjectWrite, said: Checksums, incoming: IncomingFile) -> StoredObject:
        found = incoming.finish()
        compare(said, found)
        return self._objects.commit(wish, incoming.path, found)

    async def _begin_session(self, request: Request) -> Response:
        metadata = decode_object(await read_body(request, MAX_HEAD))
        wish = _wish(request, metadata, request.headers.get("x-upload-content-type", ""))
        self._refuse_size(request.headers.get("x-upload-content-length", ""))
        await run_in_threadpool(self._objects.refuse_early, wish)
        session = await run_in_threadpool(self._uploads.begin, wish, _said(request, metadata))
        place = request.url.include_query_params(upload_id=session.id)
        return Response(status_code=200, headers={"location": str(place), "x-guploader-uploadid": session.id})

    async def resume(self, request: Request) -> Response:
        """One chunk of a resumable upload, or the query how much has arrived (`Content-Range: bytes */N`)."""
        session = await run_in_threadpool(self._uploads.get, request.query_params.get("upload_id", ""))
        if session.finished:
            return Response(session.finished, media_type="application/json")
        span = _span(request.headers.get("content-range", ""))
        self._refuse_size(str(span.total or 0))
        if span.start is not None and not await self._append(request, session, span.start):
            return Response(status_code=499)
        received = self._uploads.received(session)
        total = received if span.whole else span.total
        if total is None or received < total:
            headers = {"range": f"bytes=0-{received - 1}"} if received else {}
            return Response(status_code=308, headers=headers)
        hashes = request.headers.get("x-goog-hash", "")
        stored = await run_in_threadpool(self._end_session, session, hashes, total)
        reply = json.dumps(describe(request, stored))
        await run_in_threadpool(self._uploads.finish, session, reply)
        return Response(reply, media_type="application/json")

    async def _append(self, request: Request, session: UploadSession, start: int) -> bool:
        """Append the chunk that begins at `start`; what arrived before a lost connection is kept. Returns False if
        it was lost."""
        received = self._uploads.received(session)
        if start > received:
            text = f"According to Content-Range the upload offset is {start} byte(s), which exceeds already uploaded"
            raise ApiError(400, f"Invalid request. {text} size of {received} byte(s).")
        self._uploads.path(session).touch()
        with self._uploads.path(session).open("r+b") as file:
            file.seek(start)
            file.truncate()
            try:
                async for block in request.stream():
                    self._refuse_size(str(file.tell() + len(block)))
                    points.writing(len(block))
                    file.write(block)
            except ClientDisconnect:
                return False
        return True

    def _end_session(self, session: UploadSession, hash_header: str, total: int) -> StoredObject:
        found = measure(self._uploads.path(session))
        try:
            if found.size != total:
                raise ApiError(400, f"Invalid request. {found.size} bytes were sent of {total}.")
            compare(session.said, found)
            compare(claimed({}, hash_header), found)
            return self._objects.commit(session.wish, self._uploads.path(session), found)
        except ApiError:
            self._uploads.cancel(session)
            raise

    def cancel(self, request: Request) -> Response:
        session = self._uploads.get(request.query_params.get("upload_id", ""))
        self._uploads.cancel(session)
        # 499 is Cloud Storage's status for a cancelled upload.
        return Response(status_code=499)

    def _refuse_size(self, text: str) -> None:
        if text.isdigit() and int(text) > self._limit:
            raise ApiError(413, f"An object may have at most {self._limit} bytes here.")


def _wish(request: Request, metadata: Mapping[str, object], content_type: str) -> ObjectWrite:
    name = metadata.get("name") or request.query_params.get("name") or ""
    extra: Any = metadata.get("metadata") or {}
    texts = isinstance(extra, dict) and all(isinstance(v, str) for v in extra.values())
    if not isinstance(name, str) or not texts:
        raise ApiError(400, "Invalid object resource: 'name' is a string and 'metadata' an object of strings.")
    kind = str(metadata.get("contentType") or content_type or "application/octet-stream")
    conditions = Conditions.of(request)
    encoding = request.query_params.get("contentEncoding", "")
    kept = ({"contentEncoding": encoding} if encoding else {}) | kept_fields(metadata)
    return ObjectWrite(request.path_params["bucket"], name, kind, extra, conditions, kept)


def _said(request: Request, metadata: Mapping[str, object]) -> Checksums:
    return claimed(metadata, request.headers.get("x-goog-hash", ""))


def _span(header: str) -> ContentRange:
    if not header:
        return ContentRange(0, None, whole=True)
    match = _CONTENT_RANGE.fullmatch(header.strip())
    if match is None:
        raise ApiError(400, f"Invalid Content-Range: '{header[:80]}'")
    start, _, total = match.groups()
    return ContentRange(None if start is None else int(start), None if total is None else int(total))
