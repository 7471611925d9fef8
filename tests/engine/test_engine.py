"""The engine as its parent sees it: a real child process, every way a job and the child can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support import REFERENCE

from workbench.core.export import export
from workbench.core.model import inspect
from workbench.core.savedmodel.opening import why_python
from workbench.spec import messages as m
from workbench.spec.defaults import default_project
from workbench.spec.model import ModelFacts, Row
from workbench.spec.project import Project
from workbench.spec.reply_keys import ReplyKeys, first_lines

CHILD = Path(__file__).with_name("engine_child.py")


class Parent:
    """The other end of the wire."""

    def __init__(self, *command: str) -> None:
        pipe = subprocess.PIPE
        self.child = subprocess.Popen([sys.executable, *command], stdin=pipe, stdout=pipe, stderr=pipe)

    def send(self, *requests: m.AnyRequest) -> None:
        assert self.child.stdin
        self.child.stdin.write(b"".join(m.encode(r) for r in requests))
        self.child.stdin.flush()

    def read(self) -> m.AnyEvent:
        assert self.child.stdout
        line = self.child.stdout.readline()
        assert line, "the wire ended"
        return m.decode_event(line)

    def ending(self, job: int) -> m.AnyEvent:
        while True:
            event = self.read()
            if event.id == job and isinstance(event, m.ENDINGS):
                return event

    def stop(self) -> int:
        assert self.child.stdin
        assert self.child.stdout
        assert self.child.stderr
        self.child.stdin.close()
        code = self.child.wait(20)
        self.child.stdout.close()
        self.child.stderr.close()
        return code


@pytest.fixture
def parent() -> Iterator[Parent]:
    made = Parent(str(CHILD))
    assert isinstance(made.read(), m.Ready)
    yield made
    if made.child.poll() is None:
        made.child.kill()
    made.child.stdin and not made.child.stdin.closed and made.stop()


def test_a_job_that_is_done_answers_once(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="fine"), m.Inspect(id=2, path="fine"))
    assert isinstance(parent.ending(1), m.ModelFactsRead)
    assert isinstance(parent.ending(2), m.ModelFactsRead)
    assert parent.stop() == 0


def test_a_job_that_fails_says_what_where_and_what_to_do(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="fail"))
    failed = parent.ending(1)
    assert isinstance(failed, m.Failed)
    assert failed.error.sentence() == "a.h5: gone look again"


def test_a_fault_of_ours_ends_the_job_and_not_the_engine(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="mistake"), m.Inspect(id=2, path="fine"))
    failed = parent.ending(1)
    assert isinstance(failed, m.Failed)
    assert failed.error.code == "INTERNAL"
    assert "oops" in failed.error.message
    assert isinstance(parent.ending(2), m.ModelFactsRead)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("untellable", "UNTELLABLE"),
        ("untellable step", "UNTELLABLE"),
        ("untellable error", "NO_FILE"),
        ("mistake of no text", "INTERNAL"),
    ],
)
def test_what_cannot_be_told_fails_its_own_job_and_no_later_one(parent: Parent, path: str, code: str) -> None:
    parent.send(m.Inspect(id=1, path=path), m.Inspect(id=2, path="fine"))
    failed = parent.ending(1)
    assert isinstance(failed, m.Failed)
    assert failed.error.code == code
    assert isinstance(parent.ending(2), m.ModelFactsRead)


def test_a_request_that_cannot_be_read_ends_the_job_it_names(parent: Parent) -> None:
    assert parent.child.stdin
    parent.child.stdin.write(b'{"type":"Inspect","id":7,"path":[]}\n{"id":"x"}\nno json\n' + b"[" * 5000 + b"\n")
    parent.send(m.Inspect(id=8, path="fine"))
    failed = parent.ending(7)
    assert isinstance(failed, m.Failed)
    assert failed.error.code == "BAD_MESSAGE"
    assert isinstance(parent.ending(8), m.ModelFactsRead)


def test_a_cancelled_job_ends_at_its_next_step(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="slow"))
    assert isinstance(parent.read(), m.JobProgress)
    parent.send(m.Cancel(id=1))
    assert isinstance(parent.ending(1), m.Cancelled)
    parent.send(m.Inspect(id=2, path="fine"))
    assert isinstance(parent.ending(2), m.ModelFactsRead)


def test_a_job_cancelled_before_its_turn_never_starts(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="slow"), m.Inspect(id=2, path="die"), m.Cancel(id=2), m.Cancel(id=1))
    assert isinstance(parent.ending(1), m.Cancelled)
    assert isinstance(parent.ending(2), m.Cancelled)


def test_a_slow_look_for_credentials_holds_no_job_up_and_can_be_cancelled(parent: Parent) -> None:
    parent.send(m.CheckAccess(id=1, project=Project(model="m.h5")), m.Inspect(id=2, path="fine"))
    assert isinstance(parent.ending(2), m.ModelFactsRead)
    parent.send(m.Cancel(id=1))
    assert isinstance(parent.ending(1), m.Cancelled)


def test_a_job_that_ignores_cancel_can_be_killed(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="stubborn"))
    assert isinstance(parent.read(), m.JobProgress)
    parent.send(m.Cancel(id=1))
    parent.child.terminate()
    assert parent.child.wait(10) == -signal.SIGTERM


def test_a_child_that_is_killed_ends_the_wire(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="die"))
    assert parent.child.stdout
    assert parent.child.stdout.readline() == b""
    assert parent.child.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("job", ["", "stubborn"])
def test_the_engine_goes_when_its_parent_goes_even_in_the_middle_of_a_job(parent: Parent, job: str) -> None:
    if job:
        parent.send(m.Inspect(id=1, path=job))
        assert isinstance(parent.read(), m.JobProgress)
    start = time.monotonic()
    assert parent.stop() == 0
    assert time.monotonic() - start < 10


def test_the_engine_goes_when_its_parent_is_killed(tmp_path: Path) -> None:
    """A parent that dies without a word: the kernel closes its end of the pipe."""
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, time, pathlib\n"
        f"child = subprocess.Popen([sys.executable, {str(CHILD)!r}], stdin=subprocess.PIPE)\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    between = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    while not (note.is_file() and note.read_text()):
        time.sleep(0.02)
    engine = int(note.read_text())
    between.kill()
    between.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _alive(engine):
        time.sleep(0.05)
    assert not _alive(engine)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # A zombie has ended; only nobody has asked for its exit code yet.
    return not (status.is_file() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def test_prints_and_writes_of_libraries_do_not_damage_the_wire(parent: Parent) -> None:
    parent.send(m.Inspect(id=1, path="noise"))
    assert isinstance(parent.read(), m.ModelFactsRead)


def test_a_line_that_is_no_request_is_answered_and_passed_over(parent: Parent) -> None:
    assert parent.child.stdin
    parent.child.stdin.write(b'{"type":"Dance","id":1}\nnot json\n')
    parent.send(m.Inspect(id=1, path="fine"))
    for _ in range(2):
        failed = parent.read()
        assert isinstance(failed, m.Failed)
        assert failed.error.code == "BAD_MESSAGE"
    assert isinstance(parent.ending(1), m.ModelFactsRead)


def test_the_real_engine_warms_up_and_predicts(tmp_path: Path) -> None:
    real = Parent("-m", "workbench", "engine")
    project = default_project(inspect(REFERENCE / "tiny_cnn.h5"), "tiny_cnn.h5", reader="tf1")
    (tmp_path / "bad.jpg").write_text("no image")
    reading = ReplyKeys("classes")
    where: dict[str, Any] = {"project": project, "base": str(REFERENCE)}
    good = str(REFERENCE / "images" / "img00.jpg")
    inputs = (good, str(tmp_path / "bad.jpg"))
    real.send(
        m.Inspect(id=1, path=str(REFERENCE / "tiny_cnn.h5")),
        m.Predict(id=2, results=str(tmp_path / "1.jsonl"), reading=reading, compare=True, inputs=inputs, **where),
        m.PreviewInput(id=3, source=good, folder=str(tmp_path), **where),
        m.ReadReach(id=4, **where),
    )
    seen: list[m.AnyEvent] = []
    while not {m.RowsDone, m.TensorFlowReady, m.ReachRead} <= {
        type(e) for e in seen
    }:  # Which comes first is the machine's choice.
        seen.append(real.read())
    assert real.stop() == 0
    assert isinstance(seen[0], m.Ready)
    facts = next(e.facts for e in seen if isinstance(e, m.ModelFactsRead))
    assert isinstance(facts, ModelFacts)
    briefs = [brief for e in seen if isinstance(e, m.RowSummaries) for brief in e.briefs]
    whole = [msgspec.json.decode(line, type=Row) for line in (tmp_path / "1.jsonl").read_bytes().splitlines()]
    assert whole[0].prediction
    assert briefs[0].lines == tuple(first_lines(whole[0].prediction, reading))
    assert (briefs[0].at, briefs[1].at) == (0, briefs[0].size + 1)
    assert briefs[1].error == whole[1].error
    assert briefs[1].error
    assert briefs[1].error.code == "NOT_AN_IMAGE"
    assert briefs[0].compared  # The same picture, read by the functions of training, by the model itself.
    assert briefs[0].compared.difference < 1e-5
    looked = next(e.seen for e in seen if isinstance(e, m.InputPreviewed))
    assert Path(looked[0].path).read_bytes().startswith(b"\x89PNG")
    assert next(e.reach for e in seen if isinstance(e, m.ReachRead)).oldest == "1.15"
    done = next(e for e in seen if isinstance(e, m.RowsDone))
    assert (done.rows, done.failed) == (2, 1)


@pytest.mark.skipif(bool(why_python()), reason="exports run in TensorFlow's Python here")
def test_a_fresh_engine_predicts_with_a_cached_export_before_it_imports_tensorflow(tmp_path: Path) -> None:
    project = default_project(inspect(REFERENCE / "tiny_cnn.h5"), "tiny_cnn.h5", reader="tf1")
    export(project, REFERENCE)
    images = tuple(str(REFERENCE / "images" / f"img0{n}.jpg") for n in range(3))
    fresh = Parent(str(CHILD), "warm")
    fresh.send(
        m.Predict(id=1, project=project, base=str(REFERENCE), inputs=images, results=str(tmp_path / "1.jsonl")),
    )
    try:
        done = fresh.ending(1)
        assert isinstance(done, m.RowsDone)
        assert (done.rows, done.failed) == (3, 0)
        assert fresh.child.stderr
        assert fresh.child.stderr.readline() == b"3 rows, tensorflow False\n"
    finally:
        code = fresh.stop()
    assert code == 0
