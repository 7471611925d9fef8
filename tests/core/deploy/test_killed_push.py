"""Across modules. A push whose process is killed between any two of its steps, and what the next one makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from deploying import clouds, push

from workbench.core.deploy.release_log import lines, log_path, previous_default, release, write_line
from workbench.core.deploy.releases import list_versions
from workbench.core.deploy.state import STATE_VARIABLE, PushEntry, PushJournal, held, state_root
from workbench.core.progress import silent
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.release import TargetIdentity
from workbench.spec.target import VersionInfo

CHILD = Path(__file__).with_name("pushing_child.py")
STEPS = ("staging", "creating-", "creating", "operation", "created", "tried-", "tried", "end")
OTHERS = ("creating", "operation", "created", "tried-", "tried")


def light(steps: tuple[str, ...], *chosen: str) -> list[Any]:
    """All of them, those not chosen only in the long run: each is a process of its own."""
    return [pytest.param(step, marks=() if step in chosen else (pytest.mark.heavy,)) for step in steps]


Golden = tuple[Path, Path]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))


def killed(server: str, kind: str, folder: Path, export: Path, model: str, at: str) -> None:
    """Push in a child that kills itself there."""
    path = os.pathsep.join([str(Path.cwd()), str(Path.cwd() / "tests")])
    command = [sys.executable, str(CHILD), server, kind, str(folder), str(export), model, "default", at]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr


def shown(versions: tuple[VersionInfo, ...]) -> list[tuple[str, bool]]:
    return [(v.name, v.default) for v in versions]


@pytest.mark.parametrize("at", light(STEPS, "staging", "operation", "created", "tried"))
def test_the_same_push_is_finished_by_the_next_one(server: str, golden: Golden, tmp_path: Path, at: str) -> None:
    target = clouds(server, tmp_path)["local"]
    model = f"same_{at}".replace("-", "_before")
    push(golden[1], target, model=model, default=True, report=silent)
    killed(server, "local", tmp_path, golden[0], model, at)
    # Whatever there is, nobody was sent to it unasked and untried.
    assert dict(shown(list_versions(target, model)))["v1"] is (at != "end")
    result = push(golden[0], target, model=model, default=True, report=silent)
    assert (result.version, result.default) == ("v2", True)
    made = at in ("operation", "created", "tried-", "tried", "end")
    assert result.resumed is made
    assert result.tried == (0 if at in ("tried", "end") else 2)
    assert shown(list_versions(target, model)) == [("v1", False), ("v2", True)]
    assert [line.outcome for line in lines(None, model)] == ["done", "resumed" if made else "done"]
    assert list((state_root() / "pushes").glob("*.json")) == []


@pytest.mark.parametrize("at", light(OTHERS, "operation", "tried"))
def test_what_it_left_is_cleared_by_a_push_of_something_else(
    server: str, golden: Golden, tmp_path: Path, at: str
) -> None:
    target = clouds(server, tmp_path)["local"]
    model = f"other_{at}".replace("-", "_before")
    push(golden[1], target, model=model, default=True, report=silent)
    killed(server, "local", tmp_path, golden[0], model, at)
    again = push(golden[1], target, model=model, default=True, report=silent)
    assert (again.version, again.repeated) == ("v1", True)
    kept = [("v1", True), ("v2", False)] if at == "tried" else [("v1", True)]
    assert shown(list_versions(target, model)) == kept
    told = [(line.outcome, "interrupted at" in line.error) for line in lines(None, model)]
    outcome = "interrupted" if at in ("creating", "tried") else "cleared"
    assert told == [("done", False), (outcome, True), ("repeated", False)]


@pytest.mark.parametrize("kind", ["vertex", "disk", pytest.param("bucket", marks=pytest.mark.heavy)])
def test_the_other_targets_finish_it_too(server: str, golden: Golden, tmp_path: Path, kind: str) -> None:
    target = clouds(server, tmp_path)[kind]
    model = f"on_{kind}"
    push(golden[1], target, model=model, default=True, report=silent)
    killed(server, kind, tmp_path, golden[0], model, "operation")
    result = push(golden[0], target, model=model, default=True, report=silent)
    assert (result.version, result.tried, result.default) == ("2", 2, True)
    assert shown(list_versions(target, model)) == [("1", False), ("2", True)]


@pytest.mark.parametrize("kind", ["vertex", "disk"])
def test_the_other_targets_are_cleared_too(server: str, golden: Golden, tmp_path: Path, kind: str) -> None:
    target = clouds(server, tmp_path)[kind]
    model = f"cleared_{kind}"
    push(golden[1], target, model=model, default=True, report=silent)
    killed(server, kind, tmp_path, golden[0], model, "created")
    push(golden[1], target, model=model, report=silent)
    assert shown(list_versions(target, model)) == [("1", True)]
    assert [line.outcome for line in lines(None, model)] == ["done", "cleared", "repeated"]
    if kind == "disk":
        assert sorted(p.name for p in (tmp_path / "repository" / model / ".workbench").iterdir()) == ["1.json"]


def test_two_pushes_of_the_same_at_once_make_one_version(server: str, golden: Golden, tmp_path: Path) -> None:
    target = clouds(server, tmp_path)["local"]
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(push(golden[0], target, model="twice", report=silent)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.version for r in results] == ["v1"] * 3
    assert sorted(r.repeated for r in results) == [False, True, True]
    assert shown(list_versions(target, "twice")) == [("v1", True)]


def test_waiting_for_another_push_can_be_stopped(tmp_path: Path) -> None:
    def stop(_: object) -> None:
        raise CancelledError

    with held("a", silent), pytest.raises(CancelledError), held("a", stop):
        pass


def test_a_journal_that_was_cut_off_is_none(tmp_path: Path) -> None:
    journal = PushJournal(tmp_path / "a.json")
    entry = PushEntry(
        place=TargetIdentity("local", "http://x"),
        model="m",
        asked="",
        digest="d",
        origin="o",
        step="created",
        started="now",
    )
    journal.write(entry)
    assert journal.read() == entry
    (tmp_path / "a.json").write_bytes(msgspec.json.encode(entry)[:40])
    assert journal.read() is None


def test_a_state_folder_that_cannot_be_written_stops_a_push_before_anything_is_sent(
    server: str, golden: Golden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(WorkbenchError) as caught:
        push(golden[0], clouds(server, tmp_path)["local"], model="unwritten", report=silent)
    assert caught.value.code == "NO_JOURNAL"
    with pytest.raises(WorkbenchError, match="not found"):
        list_versions(clouds(server, tmp_path)["local"], "unwritten")


def test_a_log_that_cannot_be_written_is_told_and_takes_no_version_back(
    server: str, golden: Golden, tmp_path: Path
) -> None:
    log_path().mkdir(parents=True)
    result = push(golden[0], clouds(server, tmp_path)["local"], model="unlogged", report=silent)
    assert "The release log cannot be written" in result.notes[-1]
    assert Path(result.receipt).is_file()


def test_the_log_passes_over_a_line_that_was_cut_off_and_going_back_twice_goes_back_two_releases() -> None:
    place = TargetIdentity("local", "http://x")
    for version, before in (("v1", ""), ("v2", "v1"), ("v3", "v2")):
        write_line(release("push", "done", place, "m", version=version, before=before, default=True))
    with log_path().open("ab") as log:
        log.write(b'{"action":"pu\n')
    write_line(release("rollback", "done", place, "m", version="v2", before="v3", default=True))
    assert len(list(lines())) == 4
    assert previous_default(place, "m", "v3") == "v2"
    assert previous_default(place, "m", "v2") == "v1"
    assert previous_default(place, "m", "v1") == ""
    assert previous_default(TargetIdentity("local", "http://y"), "m", "v3") == ""
