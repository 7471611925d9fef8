"""Reading methods of the Cloud Storage JSON API v1 (buckets, listings, metadata, downloads), and deletion."""

from __future__ import annotations

import re
from typing import IO, Any, Final
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from workbench.core.serve.listing import place_asked, token_for
from workbench.core.serve.replies import ApiError, whole_number
from workbench.core.serve.storage.content import Conditions, etags_of
from workbench.core.serve.storage.downloads import contents
from workbench.core.serve.storage.object_types import Listing, StoredObject
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.storage.routing import GENERATIONS, storage_route

_MAX_BODY: Final = 1 << 20
_MAX_PAGE: Final = 1000
_NOT_HERE: Final = ("softDeleted", "includeFoldersAsPrefixes")
_LISTING: Final = (
    *("delimiter", "endOffset", "includeFoldersAsPrefixes", "includeTrailingDelimiter", "matchGlob", "maxResults"),
    *("pageToken", "prefix", "softDeleted", "startOffset", "versions"),
)
_BUCKET: Final = "/storage/v1/b/{bucket}"

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def storage_routes(objects: Objects) -> list[Route]:
    """The routes that read objects, and the one that deletes them."""
    api = _StorageApi(objects)
    item = _BUCKET + "/o/{name:path}"
    return [
        storage_route(f"{_BUCKET}/o", api.list_objects, "GET", *_LISTING),
        storage_route(item, api.get_object, "GET", *GENERATIONS, media=True),
        storage_route(item, api.delete_object, "DELETE", *GENERATIONS),
        storage_route("/download" + item, api.download, "GET", *GENERATIONS, media=True),
    ]


class _StorageApi:
    """Handlers. Plain functions run in a worker thread, so that the disk never blocks the event loop."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def list_objects(self, request: Request) -> Response:
        query = request.query_params
        for name in _NOT_HERE:
            if _flag(request, name):
                raise ApiError(501, f"{name} is not supported by the local target.")
        # No bucket here keeps older generations, so `versions` lists the live ones only.
        _flag(request, "versions")
        wanted = Listing(
            prefix=query.get("prefix", ""),
            delimiter=query.get("delimiter", ""),
            limit=page_size(request),
            after=place_asked(request),
            start=query.get("startOffset", ""),
            end=query.get("endOffset", ""),
            glob=query.get("matchGlob", ""),
            trailing=_flag(request, "includeTrailingDelimiter"),
        )
        page = self._objects.page(request.path_params["bucket"], wanted)
        items = [describe(request, stored) for stored in page.objects]
        return JSONResponse(listing("storage#objects", items, page.prefixes, page.last))

    def get_object(self, request: Request) -> Response:
        if request.query_params.get("alt") == "media":
            return self.download(request)
        return JSONResponse(describe(request, self._found(request)))

    def delete_object(self, request: Request) -> Response:
        params = request.path_params
        self._objects.delete(params["bucket"], params["name"], exact(request))
        return Response(status_code=204)

    def download(self, request: Request) -> Response:
        try:
            stored = self._found(request)
        except ApiError as err:
            if err.code != 404:
                raise
            return PlainTextResponse(err.message, 404)
        return contents(request, stored, self._open(stored))

    def _open(self, stored: StoredObject) -> IO[bytes]:
        # An open file outlives its name: a download continues while the object is replaced or deleted.
        try:
            return self._objects.path(stored).open("rb")
        except FileNotFoundError as err:
            raise ApiError(404, f"No such object: {stored.bucket}/{stored.name}") from err

    def _found(self, request: Request) -> StoredObject:
        stored = self._objects.get(request.path_params["bucket"], request.path_params["name"])
        wanted = whole_number(request.query_params, "generation")
        if wanted is not None and wanted != stored.generation:
            raise ApiError(404, f"No such object: {stored.bucket}/{stored.name}#{wanted}")
        Conditions.of(request).check_object(stored, reading=True)
        return stored


def describe(request: Request, stored: StoredObject) -> dict[str, Any]:
    """The object resource. 64-bit integers are strings, as in every Google JSON API."""
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
        "etag": etags_of(stored)[0],
        "timeCreated": stored.created,
        "updated": stored.updated or stored.created,
    }
    resource |= {"md5Hash": stored.md5} if stored.md5 else {}
    return resource | stored.extra | ({"metadata": stored.metadata} if stored.metadata else {})


def listing(kind: str, items: list[dict[str, Any]], prefixes: list[str], last: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"kind": kind}
    if items:
        answer["items"] = items
    if prefixes:
        answer["prefixes"] = prefixes
    if last:
        answer["nextPageToken"] = token_for(last)
    return answer


def page_size(request: Request) -> int:
    asked = whole_number(request.query_params, "maxResults")
    return min(asked or _MAX_PAGE, _MAX_PAGE)


def exact(request: Request) -> Conditions:
    """The preconditions of a change, and the generation that it applies to."""
    conditions = Conditions.of(request)
    generation = whole_number(request.query_params, "generation")
    return conditions if generation is None else msgspec.structs.replace(conditions, exact=generation)


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false").lower()
    if text not in ("true", "false"):
        raise ApiError(400, f"Invalid value for {name}: '{text[:80]}' is neither true nor false.")
    return text == "true"
