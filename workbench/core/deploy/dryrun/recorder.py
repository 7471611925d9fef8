"""A session for Google's clients that opens no connection: it records requests and returns replies from memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import requests
import requests.adapters
import urllib3

from workbench.spec.release import RestCall


class RecordedRequest(msgspec.Struct, frozen=True):
    """One request: its path without the host, its query, and its body as it would be sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    data: bytes

    def document(self) -> dict[str, Any]:
        """The JSON body; empty if there is none."""
        found = json.loads(self.data) if self.data else {}
        return found if isinstance(found, dict) else {}


class FakeResponse(msgspec.Struct, frozen=True):
    """The fake target's reply; `told` describes the request's content if it is not JSON."""

    status: int
    body: dict[str, Any] | bytes
    headers: dict[str, str] = {}
    told: str = ""
    metadata: dict[str, Any] | None = None


class RecordingSession:
    """Has the methods of `requests.Session` that the clients use. `calls` lists their requests in order."""

    def __init__(self, imagine: Callable[[RecordedRequest], FakeResponse]) -> None:
        self._imagine = imagine
        self.calls: list[RestCall] = []

    def request(self, method: str, url: str, data: Any = None, headers: Any = None, **_: Any) -> requests.Response:
        """Record and answer one request. Headers are omitted: they contain nothing secret here, and nothing useful."""
        parts = urlsplit(url)
        content = data.read() if hasattr(data, "read") else data
        raw = content.encode() if isinstance(content, str) else bytes(content or b"")
        query = dict(parse_qsl(parts.query))
        asked = RecordedRequest(method, unquote(parts.path), query, dict(headers or {}), raw)
        answer = self._imagine(asked)
        body = answer.metadata if answer.told else (asked.document() or None)
        self.calls.append(RestCall(method, url, body, answer.told))
        return _response(method, url, answer)

    def close(self) -> None:
        """Does nothing: no connection is open."""


def _response(method: str, url: str, answer: FakeResponse) -> requests.Response:
    """A response as requests creates it from a connection."""
    content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    headers = {"content-type": "application/json", "content-length": str(len(content)), **answer.headers}
    came = urllib3.HTTPResponse(io.BytesIO(content), headers, answer.status, preload_content=False)
    return requests.adapters.HTTPAdapter().build_response(requests.Request(method, url).prepare(), came)


def missing(text: str) -> FakeResponse:
    """A 404 in Google's form."""
    return FakeResponse(404, {"error": {"code": 404, "message": text, "status": "NOT_FOUND"}})
