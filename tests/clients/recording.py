"""A proxy between a client and the local target that writes down every request and the status of its reply."""

from __future__ import annotations

import base64
import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

MEANING: Final = ("content-type", "content-encoding", "content-range", "range", "inference-header-content-length")
"""Headers that change what a request means. The others carry versions, dates and random numbers of the client."""

_ANSWERS: Final = re.compile(r"/infer$|alt=media")
"""Paths whose replies have nothing of the day in them, and are kept as well."""

HOP: Final = ("connection", "transfer-encoding", "keep-alive")


class Recorder:
    """What passed, in order."""

    def __init__(self, server: str) -> None:
        self.server = urlsplit(server).netloc
        self.requests: list[dict[str, Any]] = []


@contextmanager
def recording(server: str) -> Iterator[tuple[str, Recorder]]:
    """The proxy's URL, and what it has seen."""
    recorder = Recorder(server)
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Proxy,), {"recorder": recorder}))
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}", recorder
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recorder: Recorder

    def _pass_on(self) -> None:
        body = self._body()
        kept = [(k, v) for k, v in self.headers.items() if k.lower() not in (*HOP, "content-length")]
        with closing(http.client.HTTPConnection(self.recorder.server, timeout=60)) as connection:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in kept:
                connection.putheader(name, value)
            if body or self.command in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            reply = connection.getresponse()
            content = reply.read()
            self._record(body, reply.status, content)
            self._answer(reply, content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass_on

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _record(self, body: bytes, status: int, content: bytes) -> None:
        headers = {k.lower(): v for k, v in self.headers.items() if k.lower() in MEANING}
        text = base64.b64encode(body).decode()
        one = {"method": self.command, "path": self.path, "headers": headers, "body": text, "status": status}
        if _ANSWERS.search(self.path):
            one["reply"] = base64.b64encode(content).decode()
        self.recorder.requests.append(one)

    def _answer(self, reply: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response(reply.status)
        here = f"http://{self.headers.get('host', '')}"
        for name, value in reply.getheaders():
            if name.lower() not in (*HOP, "content-length"):
                self.send_header(name, re.sub(r"http://[\w.:]+(?=/)", here, value) if name == "location" else value)
        head = self.command == "HEAD"
        self.send_header("Content-Length", reply.getheader("content-length", "0") if head else str(len(content)))
        self.end_headers()
        if not head:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the run prints its own table."""
