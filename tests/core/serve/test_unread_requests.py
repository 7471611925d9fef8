"""Across modules. What a route of the local target does not read is refused by name, never ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from http_requests import Http
from starlette.routing import Route

from workbench.core.serve.app import create_app
from workbench.core.serve.run import running


@pytest.fixture(scope="module")
def send(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """One server for the whole file."""
    with running(tmp_path_factory.mktemp("shared")) as url:
        yield Http(url)


@pytest.fixture
def routes(tmp_path: Path) -> list[tuple[str, str]]:
    """Method and path of every route, with something in place of its names."""
    app = create_app(tmp_path / "other")
    found = [route for route in app.routes if isinstance(route, Route)]
    assert len(found) == len(app.routes)
    return [(method, re.sub(r"{[^}]+}", "x", route.path)) for route in found for method in sorted(route.methods or ())]


def message(reply: bytes) -> str:
    error = json.loads(reply)["error"]
    return str(error["message"] if isinstance(error, dict) else error)


def test_every_route_refuses_a_parameter_that_it_does_not_read(send: Http, routes: list[tuple[str, str]]) -> None:
    assert len(routes) > 80
    for method, path in routes:
        if method == "HEAD":
            continue
        for name, status in (("nobodyKnows", 400), ("kmsKeyName", 501)):
            found, _, reply = send(method, f"{path}?{name}=1")
            assert (found, name in message(reply)) == (status, True), (method, path, reply)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-encoding": "br"},
        {"x-http-method-override": "GET"},
        {"x-goog-encryption-key": "AAAA"},
        {"x-goog-nobody-knows": "1"},
    ],
)
def test_a_header_that_would_change_the_meaning_is_refused_by_name(send: Http, headers: dict[str, str]) -> None:
    status, _, reply = send("POST", "/storage/v1/b", b'{"name": "unmade"}', headers)
    assert (status, next(iter(headers)) in message(reply).lower()) == (501, True)
    assert send("GET", "/storage/v1/b/unmade")[0] == 404
