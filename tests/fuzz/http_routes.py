"""Every route of the local target: a request as text in, an answer below 500 or an honest 501 out."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from starlette.routing import Route

from workbench.core.serve.app import LocalTargetApp

BODY: Final = json.dumps(
    {
        "name": "m", "deploymentUri": "gs://b/m", "labels": {"a": "b"}, "instances": [{"image": {"b64": "AAAA"}}],
        "inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1.5, 2]}], "displayName": "m",
        "model": {"displayName": "m", "artifactUri": "gs://b/m", "containerSpec": {"imageUri": "i"}},
        "deployedModel": {"model": "projects/p/locations/r/models/1"}, "trafficSplit": {"0": 100},
        "jobId": "j", "predictionInput": {"dataFormat": "JSON", "inputPaths": ["gs://b/*"], "outputPath": "gs://b/o"},
        "sourceObjects": [{"name": "o"}], "permissions": ["x"], "id": "j", "timeout": "0s",
    }
)  # fmt: skip
"""A body of which every route finds something to read."""

QUERIES: Final = ("", "?uploadType=media&name=o", "?uploadType=resumable&name=o&upload_id=u", "?pageSize=2&pageToken=x")


def requests() -> list[bytes]:
    """One request for every method and path, as the bytes of HTTP/1.1.

    `HEAD` goes where `GET` goes, and below `/ui` are the routes below `/v1` again.
    """
    with tempfile.TemporaryDirectory() as place:
        target = LocalTargetApp(Path(place) / "root")
        found = [route for route in target.app.routes if isinstance(route, Route)]
        target.close()
    routes = [route for route in found if not route.path.startswith("/ui/")]
    made = []
    for number, route in enumerate(routes):
        path = re.sub(r"{(\w)\w*(:path)?}", r"\1", route.path) + QUERIES[number % len(QUERIES)]
        for method in sorted((route.methods or set()) - {"HEAD"}):
            head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            made.append(f"{head}x-upload-content-type: image/png\r\nrange: bytes=0-9\r\n\r\n{BODY}".encode())
    return made


def answer(place: Path) -> int:
    """Send a request to a new target with one bucket and one model; the status.

    Raises `AssertionError` for an answer that is no answer of the API, and whatever escapes from the server.
    """
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        target = LocalTargetApp(Path(folder) / "root")
        try:
            return asyncio.run(_answered(target, place.read_bytes()))
        finally:
            target.close()


async def _answered(target: LocalTargetApp, data: bytes) -> int:
    for path in (b"/storage/v1/b", b"/v1/projects/p/models"):
        await _sent(target, b"POST %s HTTP/1.1\r\nhost: localhost\r\n\r\n" % path + b'{"name": "m"}')
    status, body = await _sent(target, data)
    assert status < 500 or status == 501, f"{status}: {body[:300]!r}"
    if status >= 400 and not data.startswith(b"HEAD"):
        assert "error" in json.loads(body), body[:300]
    assert (await _sent(target, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"))[0] == 200
    return status


async def _sent(target: LocalTargetApp, data: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to a request, by ASGI, as uvicorn would hand it over."""
    scope, body = _scope(data)
    waiting: list[dict[str, Any]] = [
        {"type": "http.request", "body": body, "more_body": False},
        {"type": "http.disconnect"},
    ]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    async def send(message: Any) -> None:
        told.append(message)

    await target.app(scope, receive, send)
    return told[0]["status"], b"".join(part.get("body", b"") for part in told[1:])


def _scope(data: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    method, _, rest = first.partition(b" ")
    raw, _, query = rest.partition(b" ")[0].partition(b"?")
    pairs = [line.partition(b":") for line in lines]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "",
        "method": method.decode("ascii", "replace").upper(), "raw_path": raw, "query_string": query,
        # As uvicorn: the path in UTF-8 where it is UTF-8.
        "path": "/" + unquote_to_bytes(raw).decode("utf-8", "replace").lstrip("/"),
        "headers": [(name.strip().lower(), value.strip()) for name, _, value in pairs],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip
    return scope, body
