"""Across modules. What real clients sent is answered as it was when they could read it.

The recordings are made by `make test-clients`, which drives the clients themselves; every request is sent again byte
for byte, with the headers that change its meaning. Only the ids of uploads and the
generations of objects are today's.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from client_model import deploy, write
from http_requests import Http

from workbench.core.serve.run import running

FOLDER: Final = Path(__file__).parents[2] / "data" / "clients"
RECORDED: Final = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "tfserving")
GENERATION: Final = re.compile(r"(?<=[?&]generation=)\d{10,}")
UPLOAD: Final = re.compile(r"(?<=upload_id=)[^&]+")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("model") / "m")


@pytest.fixture
def send(tmp_path: Path, model: Path) -> Iterator[Http]:
    """A server such as the clients met."""
    with running(tmp_path / "root") as url:
        http = Http(url)
        deploy(http, model)
        http("POST", "/storage/v1/b", b'{"name": "aio"}')
        yield http


class Sessions:
    """The ids of uploads: those of the recording in the order in which they came, those of today."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._new: list[str] = []

    def begun(self, headers: dict[str, str]) -> None:
        """A reply may begin a session."""
        found = UPLOAD.search(headers.get("location", ""))
        if found:
            self._new.append(found[0])

    def today(self, path: str) -> str:
        """The path with today's id."""
        found = UPLOAD.search(path)
        if not found:
            return path
        if found[0] not in self._ids:
            self._ids[found[0]] = self._new[len(self._ids)]
        return UPLOAD.sub(self._ids[found[0]], path)


def with_generation(send: Http, path: str) -> str:
    """The path with the generation that its object has today."""
    if not GENERATION.search(path):
        return path
    told = json.loads(send("GET", path.partition("?")[0])[2])
    return GENERATION.sub(told["generation"], path)


@pytest.mark.parametrize("client", RECORDED)
def test_a_recorded_request_is_answered_as_it_was(send: Http, client: str) -> None:
    requests: list[dict[str, Any]] = json.loads((FOLDER / f"{client}.json").read_text(encoding="utf-8"))
    assert len(requests) > 4
    sessions = Sessions()
    for one in requests:
        body = base64.b64decode(one["body"])
        path = with_generation(send, sessions.today(one["path"]))
        status, headers, reply = send(one["method"], path, body, one["headers"])
        assert status == one["status"], (one["path"], reply)
        if "reply" in one:
            assert reply == base64.b64decode(one["reply"]), one["path"]
        sessions.begun(headers)
