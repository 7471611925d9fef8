"""Across modules. Targets that are not there, are something else, or are not well: one typed error each."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from deploying import push

from workbench.core.deploy import googleapi, storage
from workbench.core.deploy.call import call
from workbench.core.deploy.releases import list_versions, set_default
from workbench.core.progress import silent
from workbench.core.serve.faults import Faults, FixedStatus, Rule
from workbench.core.serve.run import running
from workbench.spec.errors import ErrorInfo, OutsideError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.targets.local import LocalTarget

Scripted = Callable[[int, object], LocalTarget]


@pytest.fixture(autouse=True)
def _one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(googleapi, "_RETRIES", 0)


def test_no_server_is_told_at_once_by_every_verb(exports: tuple[Path, Path]) -> None:
    nowhere = LocalTarget(url="http://127.0.0.1:1")
    begun = time.monotonic()
    for verb in (
        lambda: push(exports[0], nowhere, model="m", report=silent),
        lambda: list_versions(nowhere, "m"),
        lambda: set_default(nowhere, "m", "v1"),
    ):
        with pytest.raises(OutsideError) as caught:
            verb()
        assert (caught.value.code, caught.value.exit_code) == ("NO_SERVER", 3)
        assert str(caught.value) == "No server responds at http://127.0.0.1:1. Start it with `workbench serve`."
    assert time.monotonic() - begun < 60  # Not a speed: the clients' own retries would go on for minutes.


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1", "http://127.0.0.1:port", "http://[::1"])
def test_an_address_that_is_none_is_a_bad_request(url: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        list_versions(LocalTarget(url=url), "m")
    assert caught.value.code == "BAD_URL"


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<html>It works!</html>"), (200, [1, 2]), (404, "<html>Not found</html>"), (404, {"detail": "x"})],
)
def test_another_program_at_the_address_is_named_as_such(scripted: Scripted, status: int, body: object) -> None:
    with pytest.raises(OutsideError) as caught:
        list_versions(scripted(status, body), "m")
    assert caught.value.code == "NOT_A_TARGET"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "REFUSED"),
        (403, "NO_PERMISSION"),
        (404, "NOT_FOUND"),
        (409, "ALREADY_EXISTS"),
        (429, "TARGET_FAILED"),
        (500, "TARGET_FAILED"),
        (503, "TARGET_FAILED"),
    ],
)
def test_the_target_s_own_words_come_through(scripted: Scripted, status: int, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        list_versions(scripted(status, {"error": {"code": status, "message": "The reason.", "status": "X"}}), "m")
    assert (caught.value.code, caught.value.message) == (code, "The reason.")


def test_a_login_asked_for_is_a_matter_of_permission(scripted: Scripted) -> None:
    with pytest.raises(OutsideError) as caught:
        list_versions(scripted(401, {"error": {"code": 401, "message": "Log in.", "status": "UNAUTHENTICATED"}}), "m")
    assert caught.value.code == "NO_PERMISSION"


def test_a_state_that_forbids_it_is_told_apart_from_a_bad_instance(scripted: Scripted) -> None:
    body = {"error": {"code": 400, "message": "No default version.", "status": "FAILED_PRECONDITION"}}
    with pytest.raises(WorkbenchError, match="No default version"):
        list(call(scripted(400, body), "m", "", [{"n": 1}]))


@pytest.mark.parametrize("status", [200, 400])
def test_a_prediction_error_is_read_from_the_body_whatever_the_status(scripted: Scripted, status: int) -> None:
    (answer,) = call(scripted(status, {"error": "Prediction failed: no."}), "m", "", [{"n": 1}])
    assert answer == ErrorInfo("PREDICTION_FAILED", "Prediction failed: no.")


@pytest.mark.parametrize("body", [{"predictions": [1, 2]}, {"predictions": "x"}, {}])
def test_a_reply_with_another_number_of_predictions_is_an_error(scripted: Scripted, body: object) -> None:
    (answer,) = call(scripted(200, body), "m", "", [{"n": 1}])
    assert isinstance(answer, ErrorInfo)
    assert answer.code == "BAD_REPLY"


def test_a_bare_prediction_gets_a_name(scripted: Scripted) -> None:
    assert list(call(scripted(200, {"predictions": [5]}), "m", "", [{"n": 1}])) == [{"predictions": 5}]


def test_a_server_that_never_answers_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(googleapi, "_TIMEOUT", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent_server:
        port = silent_server.getsockname()[1]
        with pytest.raises(OutsideError) as caught:
            list_versions(LocalTarget(url=f"http://127.0.0.1:{port}"), "m")
    assert caught.value.code == "TIMEOUT"


def test_a_proxy_for_the_outside_world_is_not_asked_for_loopback(
    target: LocalTarget, exports: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert push(exports[0], target, model="m", report=silent).version == "v1"


@pytest.mark.parametrize("word", ["Looking", "Uploading", "Checking", "Creating", "Smoke test", "Making"])
def test_a_target_that_goes_away_during_a_push_is_told_and_the_next_push_succeeds(
    root: Path, exports: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(storage, "_PATIENCE", 0.5)
    smoke: list[dict[str, object]] = [{"number": "1", "key": "k"}]
    with ExitStack() as stack:
        url = stack.enter_context(running(root))

        def stop_server(progress: Progress) -> None:
            if progress.step.startswith(word):
                stack.close()

        with pytest.raises(OutsideError) as caught:
            push(exports[0], LocalTarget(url=url), model="m", default=True, smoke=smoke, report=stop_server)
        assert caught.value.code == "NO_SERVER"
    # At the same address: elsewhere it would be another target, of which the journal knows nothing.
    with running(root, port=urlsplit(url).port or 0) as url:
        result = push(exports[0], LocalTarget(url=url), model="m", default=True, smoke=smoke, report=silent)
        assert [(v.name, v.state, v.default) for v in list_versions(LocalTarget(url=url), "m")] == [
            ("v1", "READY", True)
        ]
        assert result.resumed is (word in ("Creating", "Smoke test", "Making"))
        assert result.repeated is False


def test_a_model_of_another_region_is_told_as_such(exports: tuple[Path, Path], tmp_path: Path) -> None:
    """A regional endpoint lists none, and says of the name that it is taken."""
    rules = Faults(
        rules=(
            Rule(match=r"GET /v1/.*/models/m(\?|/)", nth=0, action=FixedStatus(code=404)),
            Rule(match=r"POST /v1/.*/models\?", nth=0, action=FixedStatus(code=409)),
        )
    )
    with running(tmp_path / "regional", faults=rules) as url, pytest.raises(WorkbenchError) as caught:
        push(exports[0], LocalTarget(url=url), model="m", report=silent)
    assert caught.value.code == "WRONG_REGION"
    assert "region" in caught.value.hint


def test_importing_the_door_imports_no_client() -> None:
    code = (
        "import sys; before = set(sys.modules);"  # Some distributions put their namespaces there at start.
        "import workbench.core.deploy, workbench.core.deploy.push, workbench.core.deploy.call;"
        "heavy = ('googleapiclient', 'google', 'httplib2', 'requests', 'tensorflow', 'numpy');"
        "print([m for m in heavy if m in sys.modules and m not in before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
