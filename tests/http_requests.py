"""Plain HTTP requests, as bytes, to a server under test."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import urlsplit


class Http:
    """One request a call, over a connection of its own."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url).netloc

    def __call__(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection(self.address, timeout=10)) as connection:
            connection.request(method, path, body or None, dict(headers or {}))
            reply = connection.getresponse()
            return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
