"""Across modules. Faults on purpose, seen by the real clients: every action, counted and seeded."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from google.api_core import exceptions as api
from googleapiclient.errors import HttpError

from workbench.core.serve.faults import (
    ClockSkew,
    CutConnection,
    DelayRequest,
    DenyPermission,
    DiskFull,
    FailOperation,
    FaultInjector,
    Faults,
    FixedStatus,
    HangOperation,
    Rule,
    SlowTransfer,
    read_faults,
)
from workbench.core.serve.run import running
from workbench.spec.errors import WorkbenchError

MODEL = "projects/p/models/m"
Faulty = Callable[..., tuple[str, FaultInjector]]


@pytest.fixture
def faulty(root: Path) -> Iterator[Faulty]:
    """A running local target that follows rules; its URL and what has been hit."""
    with ExitStack() as stack:

        def start(*rules: Rule, seed: int = 0) -> tuple[str, FaultInjector]:
            injector = FaultInjector(Faults(rules=rules, seed=seed))
            return stack.enter_context(running(root, faults=injector)), injector

        yield start


def get(url: str, path: str = "/storage/v1/b") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read()


def test_a_connection_cut_before_anything_is_done_leaves_nothing(faulty: Faulty, storage_at: Any) -> None:
    url, injector = faulty(Rule(match="POST /upload", nth=1, action=CutConnection()))
    bucket = storage_at(url).create_bucket("workbench")
    with pytest.raises(requests.exceptions.ConnectionError):
        bucket.blob("x").upload_from_string("abc", if_generation_match=0, retry=None)
    assert bucket.get_blob("x") is None
    bucket.blob("x").upload_from_string("abc", if_generation_match=0, retry=None)
    assert [fired.request.split("?")[0] for fired in injector.fired] == ["POST /upload/storage/v1/b/workbench/o"]


def test_a_lost_reply_means_that_all_was_done(faulty: Faulty, storage_at: Any) -> None:
    url, _ = faulty(Rule(match="POST /upload", nth=1, action=CutConnection(when="after")))
    bucket = storage_at(url).create_bucket("workbench")
    # The client sends the upload again by itself and meets its own object.
    with pytest.raises(api.PreconditionFailed):
        bucket.blob("x").upload_from_string("abc", if_generation_match=0)
    assert bucket.blob("x").download_as_bytes() == b"abc"


def test_a_connection_cut_in_the_body_keeps_nothing_of_it(faulty: Faulty, storage_at: Any, root: Path) -> None:
    url, _ = faulty(Rule(match="POST /upload", nth=1, action=CutConnection(when="body", bytes=100_000)))
    bucket = storage_at(url).create_bucket("workbench")
    with pytest.raises(requests.exceptions.ConnectionError):
        bucket.blob("x").upload_from_string(b"x" * 4_000_000, retry=None)
    assert bucket.get_blob("x") is None
    assert list((root / "content").iterdir()) == []


def test_a_reply_cut_in_the_middle_is_noticed(faulty: Faulty) -> None:
    url, _ = faulty(Rule(match="GET /storage", action=CutConnection(when="reply", bytes=5)))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(url)
    assert caught.value.partial == b'{"kin'


def test_a_storm_of_refusals_ends_and_the_client_gets_through(faulty: Faulty, ml_at: Any) -> None:
    url, injector = faulty(
        Rule(match="GET .*models", nth=1, times=2, action=FixedStatus(code=503)),
        Rule(match="GET .*models", nth=4, action=FixedStatus(code=429, message="Quota exceeded.", retry_after=7)),
    )
    ml = ml_at(url)
    assert ml.models().list(parent="projects/p").execute(num_retries=3) == {}
    with pytest.raises(HttpError) as caught:
        ml.models().list(parent="projects/p").execute()
    error = json.loads(caught.value.content)["error"]
    assert (error["status"], error["message"], caught.value.resp["retry-after"]) == (
        "RESOURCE_EXHAUSTED",
        "Quota exceeded.",
        "7",
    )
    assert [fired.rule for fired in injector.fired] == [0, 0, 1]


def test_a_body_of_ones_own_comes_with_its_status(faulty: Faulty) -> None:
    url, _ = faulty(Rule(action=FixedStatus(code=502, body="<html>Bad gateway</html>")))
    assert get(url) == (502, b"<html>Bad gateway</html>")


def test_a_permission_that_is_denied_is_named(faulty: Faulty, storage_at: Any) -> None:
    url, _ = faulty(Rule(match="GET .*/o/x", action=DenyPermission(permission="storage.objects.get")))
    bucket = storage_at(url).create_bucket("workbench")
    with pytest.raises(api.Forbidden, match=r"storage\.objects\.get"):
        bucket.get_blob("x")


def test_a_delay_and_a_slow_body_take_their_time(faulty: Faulty) -> None:
    url, _ = faulty(
        Rule(match="GET /storage", action=DelayRequest(seconds=0.3)),
        Rule(match="GET /$", action=SlowTransfer(per_second=400)),
    )
    for path in ("/storage/v1/b", "/"):
        start = time.monotonic()
        assert get(url, path)[0] == 200
        assert time.monotonic() - start > 0.15


def create(ml: Any, bucket: Any, saved_model: Path, upload: Any) -> dict[str, Any]:
    uri = upload(bucket, saved_model, "m")
    ml.models().create(parent="projects/p", body={"name": "m"}).execute()
    body = {"name": "v1", "deploymentUri": uri}
    operation: dict[str, Any] = ml.models().versions().create(parent=MODEL, body=body).execute()
    return operation


def test_an_operation_fails_as_told_and_the_next_one_does_not(
    faulty: Faulty, ml_at: Any, storage_at: Any, saved_model: Path, upload: Any, settle: Any
) -> None:
    url, _ = faulty(Rule(match="POST .*/versions", nth=1, action=FailOperation(message="Too big.", code=9)))
    ml, bucket = ml_at(url), storage_at(url).create_bucket("workbench")
    done = settle(ml, create(ml, bucket, saved_model, upload))
    assert done["error"] == {"code": 9, "message": "Too big."}
    version = ml.models().versions().get(name=f"{MODEL}/versions/v1").execute()
    assert (version["state"], version["errorMessage"]) == ("FAILED", "Too big.")
    body = {"name": "v2", "deploymentUri": "gs://workbench/m"}
    assert "response" in settle(ml, ml.models().versions().create(parent=MODEL, body=body).execute())


@pytest.mark.parametrize("heeded", [True, False])
def test_an_operation_that_never_ends_ends_only_by_a_cancel_that_is_heeded(
    faulty: Faulty, ml_at: Any, storage_at: Any, saved_model: Path, upload: Any, settle: Any, heeded: bool
) -> None:
    url, _ = faulty(Rule(match="POST .*/versions", action=HangOperation(cancellable=heeded)))
    ml, bucket = ml_at(url), storage_at(url).create_bucket("workbench")
    operation = create(ml, bucket, saved_model, upload)
    ml.operations().cancel(name=operation["name"]).execute()
    if heeded:
        assert settle(ml, operation)["error"]["code"] == 1
    else:
        assert "done" not in ml.operations().get(name=operation["name"]).execute()


def test_a_small_operation_fails_or_hangs_too_and_then_nothing_is_done(faulty: Faulty, ml_at: Any, settle: Any) -> None:
    url, _ = faulty(
        Rule(match="DELETE", nth=1, action=FailOperation(message="No.", code=7)),
        Rule(match="DELETE", nth=2, action=HangOperation()),
    )
    ml = ml_at(url)
    ml.models().create(parent="projects/p", body={"name": "m"}).execute()
    assert ml.models().delete(name=MODEL).execute()["error"] == {"code": 7, "message": "No."}
    hanging = ml.models().delete(name=MODEL).execute()
    assert "done" not in ml.operations().get(name=hanging["name"]).execute()
    ml.operations().cancel(name=hanging["name"]).execute()
    assert settle(ml, hanging)["error"]["code"] == 1
    assert ml.models().get(name=MODEL).execute()["name"] == MODEL
    assert "response" in settle(ml, ml.models().delete(name=MODEL).execute())


def test_a_full_disk_refuses_the_upload_and_keeps_nothing(faulty: Faulty, storage_at: Any, root: Path) -> None:
    full = Rule(match="(POST|PUT) /upload", nth=2, times=2, action=DiskFull(after_bytes=2))
    url, _ = faulty(full)
    bucket = storage_at(url).create_bucket("workbench")
    for name, kept in {"one": True, "two": False, "three": False, "four": True}.items():
        if kept:
            bucket.blob(name).upload_from_string("abc", retry=None)
            continue
        with pytest.raises(api.GoogleAPICallError, match="disk of the local target is full"):
            bucket.blob(name).upload_from_string("abc", retry=None)
    assert [blob.name for blob in bucket.client.list_blobs(bucket)] == ["four", "one"]
    assert (len(list((root / "content").iterdir())), list((root / "incoming").iterdir())) == (2, [])


def test_a_disk_that_fills_while_a_version_is_copied_fails_the_version(
    faulty: Faulty, ml_at: Any, storage_at: Any, saved_model: Path, upload: Any, settle: Any, root: Path
) -> None:
    url, _ = faulty(Rule(match="POST .*/versions", action=DiskFull()))
    ml, bucket = ml_at(url), storage_at(url).create_bucket("workbench")
    done = settle(ml, create(ml, bucket, saved_model, upload))
    assert "No space left on device" in done["error"]["message"]
    assert list((root / "versions").iterdir()) == []


def test_a_clock_that_is_off_shows_in_the_reported_times(faulty: Faulty, storage_at: Any) -> None:
    url, _ = faulty(Rule(action=ClockSkew(seconds=-86400)))
    created = storage_at(url).create_bucket("workbench").time_created
    assert timedelta(hours=23) < datetime.now(UTC) - created < timedelta(hours=25)


def hits(seed: int, probability: float = 0.5) -> list[int]:
    injector = FaultInjector(
        Faults(rules=(Rule(match="GET", probability=probability, action=CutConnection()),), seed=seed)
    )
    return [number for number in range(200) if injector.actions(f"GET /{number % 10}")]


def test_chance_is_repeated_by_its_seed() -> None:
    assert hits(1) == hits(1)
    assert hits(1) != hits(2)
    assert 60 < len(hits(3)) < 140
    assert (hits(4, 0.0), hits(4, 1.0)) == ([], list(range(200)))


def test_requests_that_race_keep_the_luck_of_their_own_path() -> None:
    rules = (Rule(probability=0.5, action=CutConnection()),)
    forwards, backwards = FaultInjector(Faults(rules=rules)), FaultInjector(Faults(rules=rules))
    one = {path: [bool(forwards.actions(path)) for _ in range(5)] for path in ("GET /a", "GET /b", "PUT /a")}
    two = {path: [bool(backwards.actions(path)) for _ in range(5)] for path in ("PUT /a", "GET /b", "GET /a")}
    assert one == two


def test_each_path_can_be_counted_for_itself() -> None:
    injector = FaultInjector(Faults(rules=(Rule(nth=2, each_path=True, action=CutConnection()),)))
    paths = ["GET /a", "GET /b", "GET /b?x=1", "GET /a", "GET /a"]
    assert [bool(injector.actions(path)) for path in paths] == [False, False, True, True, False]


def test_rules_are_read_from_a_file_and_from_the_command_line(tmp_path: Path) -> None:
    expected = Faults(
        seed=3,
        rules=(
            Rule(match="POST", nth=2, times=0, action=FixedStatus(code=429)),
            Rule(action=DelayRequest(seconds=0.5)),
        ),
    )
    text = (
        '{"seed": 3, "rules": [{"match": "POST", "nth": 2, "times": 0, "action": {"kind": "status", "code": 429}},'
        ' {"action": {"kind": "delay", "seconds": 0.5}}]}'
    )
    (tmp_path / "f.json").write_text(text)
    (tmp_path / "f.toml").write_text(
        'seed = 3\n[[rules]]\nmatch = "POST"\nnth = 2\ntimes = 0\naction = {kind = "status", code = 429}\n'
        '[[rules]]\naction = {kind = "delay", seconds = 0.5}\n'
    )
    for source in (text, str(tmp_path / "f.json"), str(tmp_path / "f.toml")):
        assert read_faults(source) == expected
    assert read_faults(text, 9).seed == 9


@pytest.mark.parametrize(
    "text",
    [
        "no-such-file",
        "{",
        '{"rulez": []}',
        '{"rules": [{"action": {"kind": "explode"}}]}',
        '{"rules": [{"match": "(", "action": {"kind": "cut"}}]}',
        '{"rules": [{"action": {"kind": "status", "code": 200}}]}',
        '{"rules": [{"probability": 2, "action": {"kind": "cut"}}]}',
    ],
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        read_faults(text)
    assert caught.value.code == "BAD_FAULTS"
