"""A local target, exports to push to it, and servers that misbehave."""

from __future__ import annotations

import http.client
import importlib
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from deploying import golden_export, make_bucket, serving
from number_exports import number_export

from workbench.core.serve.run import running
from workbench.spec.model import Progress
from workbench.spec.targets.local import LocalTarget

with warnings.catch_warnings():
    # google.api_core wishes for grpcio-status when TensorFlow has brought grpcio along.
    warnings.simplefilter("ignore", ImportWarning)
    importlib.import_module("google.cloud.storage")


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client waits a random part of 2, 4, 8 seconds before it tries again: here always a hundredth."""
    monkeypatch.setattr("googleapiclient.http.random", SimpleNamespace(random=lambda: 0.01))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def target(root: Path) -> Iterator[LocalTarget]:
    with running(root) as url:
        yield LocalTarget(url=url)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One local target, with the bucket, for a file's tests: each has a model of its own."""
    with running(tmp_path_factory.mktemp("server") / "root") as url:
        make_bucket(url)
        yield url


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two exports: `number` (as text) and `key` in, `scores` and `key` out; the second one doubles."""
    return number_export(tmp_path_factory.mktemp("one"), 1.0), number_export(tmp_path_factory.mktemp("two"), 2.0)


@pytest.fixture(scope="session")
def golden(exports: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same with golden cases."""
    folder = tmp_path_factory.mktemp("golden")
    return golden_export(exports[0], folder, 1.0), golden_export(exports[1], folder, 2.0)


@pytest.fixture
def broken_export(tmp_path: Path) -> Path:
    """A folder that goes up and does not load."""
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"no protobuf")
    return folder


class Steps:
    """A report that remembers, and can stop the work at its n-th step."""

    def __init__(self, stop_at: int = -1, error: BaseException | None = None) -> None:
        self.seen: list[Progress] = []
        self._stop_at = stop_at
        self._error = error

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)
        if len(self.seen) - 1 == self._stop_at and self._error is not None:
            raise self._error

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(progress.step for progress in self.seen))


@pytest.fixture
def steps() -> type[Steps]:
    return Steps


class _Proxy(BaseHTTPRequestHandler):
    """Passes requests on, and loses the first reply to one that `cut` picks."""

    upstream: ClassVar[str]
    cut: ClassVar[Callable[[str, str], bool]]
    lost: ClassVar[list[str]]
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with closing(http.client.HTTPConnection(self.upstream, timeout=30)) as connection:
            connection.request(self.command, self.path, body, dict(self.headers))
            reply = connection.getresponse()
            content = reply.read()
        if not self.lost and type(self).cut(self.command, self.path):
            self.lost.append(f"{self.command} {self.path}")
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _pass_on

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


Losing = Callable[[str, str], tuple[LocalTarget, list[str]]]


@pytest.fixture
def losing(target: LocalTarget) -> Iterator[Losing]:
    """A target in front of the real one that loses one reply: to a method and a piece of the path."""
    with ExitStack() as stack:

        def make(method: str, piece: str) -> tuple[LocalTarget, list[str]]:
            lost: list[str] = []
            members = {
                "upstream": urlsplit(target.endpoint()).netloc,
                "cut": staticmethod(lambda verb, path: verb == method and piece in path),
                "lost": lost,
            }
            return LocalTarget(url=stack.enter_context(serving(type("Proxy", (_Proxy,), members)))), lost

        yield make


Scripted = Callable[[int, object], LocalTarget]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server that answers everything with one status and body (JSON unless it is text)."""
    with ExitStack() as stack:

        def make(status: int, body: object) -> LocalTarget:
            content = body if isinstance(body, str) else json.dumps(body)

            class Handler(BaseHTTPRequestHandler):
                def _answer(self) -> None:
                    self.rfile.read(int(self.headers.get("content-length") or 0))
                    self.send_response_only(status)
                    self.send_header("content-length", str(len(content.encode())))
                    self.end_headers()
                    self.wfile.write(content.encode())

                do_GET = do_POST = do_DELETE = _answer

                def log_message(self, *_: object) -> None:
                    """Tests are quiet."""

            return LocalTarget(url=stack.enter_context(serving(Handler)))

        yield make
