"""Buckets of the Cloud Storage JSON API v1 over HTTP."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from workbench.core.serve.api_route import ApiRoute
from workbench.core.serve.listing import place_asked
from workbench.core.serve.replies import ApiError, decode_object, read_body
from workbench.core.serve.storage.api import listing, page_size
from workbench.core.serve.storage.content import Conditions
from workbench.core.serve.storage.objects import Objects
from workbench.core.serve.storage.routing import BUCKET_CONDITIONS, storage_route

_MAX_BODY: Final = 1 << 20
_KEPT: Final = ("location", "storageClass", "labels", "iamConfiguration", "cors", "website")
"""Fields of a bucket that are stored and returned, without effect here."""

_SAID: Final = frozenset(
    "name kind id etag generation metageneration owner selfLink projectNumber timeCreated updated locationType "
    "satisfiesPZI satisfiesPZS".split()
)
"""Fields that a client may send back with the others: only the server sets them."""

_OFF: Final[dict[str, tuple[object, ...]]] = {
    "versioning": ({"enabled": False},),
    "softDeletePolicy": ({"retentionDurationSeconds": "0"}, {"retentionDurationSeconds": 0}),
    "rpo": ("DEFAULT",),
}
"""Values that switch a feature off which the local target does not have; an empty value does so, too."""

_ACCESS: Final = ("predefinedAcl", "predefinedDefaultObjectAcl")
_PUBLIC: Final = ("authenticatedRead", "publicRead", "publicReadWrite")
"""Predefined access lists that let others in. The rest keep a bucket to its project, which is all there is here."""


def bucket_routes(objects: Objects) -> list[ApiRoute]:
    """The routes of buckets."""
    api = _BucketsApi(objects)
    every = "/storage/v1/b"
    one = every + "/{bucket}"
    return [
        storage_route(every, api.create, "POST", "project", "enableObjectRetention", *_ACCESS),
        storage_route(every, api.list_all, "GET", "project", "prefix", "maxResults", "pageToken"),
        storage_route(one, api.get, "GET", *BUCKET_CONDITIONS),
        storage_route(one, api.patch, "PATCH", *BUCKET_CONDITIONS),
        storage_route(one, api.patch, "PUT", *BUCKET_CONDITIONS),
        storage_route(one, api.delete, "DELETE", *BUCKET_CONDITIONS),
        # The prefix only matters for permission checks, of which there are none here.
        storage_route(f"{one}/storageLayout", api.get_layout, "GET", "prefix"),
    ]


class _BucketsApi:
    """Handlers; plain functions run in a worker thread."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def create(self, request: Request) -> Response:
        _refuse_wishes(request)
        body = decode_object(await read_body(request, _MAX_BODY))
        row = await run_in_threadpool(self._objects.create_bucket, str(body.get("name", "")), _kept(body))
        return JSONResponse(_shown(request, row))

    def list_all(self, request: Request) -> Response:
        limit = page_size(request)
        prefix = request.query_params.get("prefix", "")
        rows = self._objects.buckets(prefix, place_asked(request), limit + 1)
        items = [_shown(request, row) for row in rows[:limit]]
        more = rows[limit - 1]["name"] if len(rows) > limit else ""
        return JSONResponse(listing("storage#buckets", items, [], more))

    def get(self, request: Request) -> Response:
        row = self._objects.bucket(request.path_params["bucket"])
        Conditions.read(request.query_params).check_metageneration(_metageneration(row), reading=True)
        return JSONResponse(_shown(request, row))

    async def patch(self, request: Request) -> Response:
        """PATCH changes the fields that are present; PUT also removes the others."""
        body = decode_object(await read_body(request, _MAX_BODY))
        row = await run_in_threadpool(self._change, request, _kept(body, patch=True))
        return JSONResponse(_shown(request, row))

    def _change(self, request: Request, fields: dict[str, Any]) -> sqlite3.Row:
        conditions = Conditions.read(request.query_params)

        def change(row: sqlite3.Row) -> dict[str, Any]:
            number = _metageneration(row)
            conditions.check_metageneration(number)
            former = json.loads(row["body"])
            kept = {"location": former["location"]} if "location" in former else {}
            merged = _merged(former if request.method == "PATCH" else kept, fields)
            return merged | {"metageneration": str(number + 1)}

        return self._objects.change_bucket(request.path_params["bucket"], change)

    def delete(self, request: Request) -> Response:
        conditions = Conditions.read(request.query_params)
        row = self._objects.bucket(request.path_params["bucket"])
        conditions.check_metageneration(_metageneration(row))
        self._objects.delete_bucket(request.path_params["bucket"])
        return Response(status_code=204)

    def get_layout(self, request: Request) -> Response:
        """What gcloud queries before it copies: there are no folders here, only names."""
        shown = _shown(request, self._objects.bucket(request.path_params["bucket"]))
        kept = {name: shown[name] for name in ("location", "locationType")}
        return JSONResponse({"kind": "storage#storageLayout", "bucket": shown["name"], **kept})


def _refuse_wishes(request: Request) -> None:
    """Raise `ApiError` 501 for access that the local target, which has no accounts, cannot give, and for retention."""
    for name in ("enableObjectRetention", *_ACCESS):
        value = request.query_params.get(name, "")
        if value in (*_PUBLIC, "true"):
            raise ApiError(501, f"{name}={value} is not supported by the local target.")


def _kept(body: dict[str, Any], *, patch: bool = False) -> dict[str, Any]:
    """The fields of a bucket resource that are stored. Raises `ApiError` 501 for any that would change how the
    bucket works."""
    # Fields that are off or empty ask for nothing; a patch with null removes one.
    asked = body if patch else {name: value for name, value in body.items() if value not in (None, False, {}, [])}
    fields = {name: value for name, value in asked.items() if name not in _SAID}
    for name, value in fields.items():
        off = (None, False, {}, [], *_OFF.get(name, ()))
        if name not in _KEPT and value not in off:
            raise ApiError(501, f"The bucket field '{name[:80]}' is not supported by the local target.")
    if patch and fields.pop("location", None) is not None:
        raise ApiError(400, "The location of a bucket cannot be changed.")
    return {name: value for name, value in fields.items() if name in _KEPT}


def _merged(former: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """The former fields with `fields` merged over them; null removes one, inside an object too (RFC 7396)."""
    found = dict(former)
    for name, value in fields.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict):
            inner = found.get(name)
            found[name] = _merged(inner if isinstance(inner, dict) else {}, value)
        else:
            found[name] = value
    return found


def _metageneration(row: sqlite3.Row) -> int:
    return int(json.loads(row["body"]).get("metageneration", 1))


def _shown(request: Request, row: sqlite3.Row) -> dict[str, Any]:
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
