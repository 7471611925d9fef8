"""The wire and every way a child can end, with a real child."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.engine.client import EngineClient
from workbench.gui.engine.job import EngineJob
from workbench.gui.engine.state import ENGINE_ENDED, EndKind, EngineState, ProcessEnd
from workbench.spec.messages import (
    AnyEvent,
    Cancelled,
    Failed,
    Inspect,
    ListVersions,
    ModelFactsRead,
    Predict,
    RowsDone,
    RowSummaries,
)
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project

MakeClient = Callable[..., EngineClient]
MakeModel = Callable[[str], Path]
PROJECT = Project(model="digits.h5", preprocess=Preprocess(size=(32, 32)))


def predict(*inputs: str) -> Predict:
    return Predict(id=0, project=PROJECT, base="/tmp", inputs=inputs, results=os.devnull)


def ending(qtbot: QtBot, job: EngineJob) -> AnyEvent:
    qtbot.waitUntil(lambda: not job.is_open)
    assert job.ending is not None
    return job.ending


def end_of(qtbot: QtBot, client: EngineClient, act: Callable[[], object]) -> ProcessEnd:
    with qtbot.waitSignal(client.ended) as blocker:
        act()
    end = blocker.args[0]
    assert isinstance(end, ProcessEnd)
    return end


def test_a_request_starts_the_engine_and_is_answered(
    qtbot: QtBot, make_client: MakeClient, model_file: MakeModel
) -> None:
    client = make_client()
    states: list[EngineState] = []
    client.state_changed.connect(states.append)
    job = client.send(Inspect(id=0, path=str(model_file("digits.h5"))), "Reading")
    answer = ending(qtbot, job)
    assert isinstance(answer, ModelFactsRead)
    assert answer.facts.layers == 9
    assert states == [EngineState.STARTING, EngineState.LOADING, EngineState.PREDICTS, EngineState.READY]


def test_jobs_have_their_own_numbers_and_rows(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client()
    rows: list[RowSummaries] = []
    first, second = client.send(predict("/a.png"), "one"), client.send(predict("/b.png", "/c.png"), "two")
    second.briefs_came.connect(rows.append)
    assert isinstance(ending(qtbot, first), RowsDone)
    done = ending(qtbot, second)
    assert first.number != second.number
    assert isinstance(done, RowsDone)
    assert done.rows == 2
    assert [(event.first, len(event.briefs)) for event in rows] == [(0, 2)]


def test_the_first_ten_thousand_rows_all_arrive(qtbot: QtBot, make_client: MakeClient) -> None:
    job = make_client().send(predict(*(f"/{n}.png" for n in range(10_000))), "many")
    seen: list[int] = []
    job.briefs_came.connect(lambda event: seen.extend(range(event.first, event.first + len(event.briefs))))
    qtbot.waitUntil(lambda: not job.is_open, timeout=20_000)
    assert seen == list(range(10_000))


def test_a_cancelled_job_ends_as_cancelled_and_the_engine_lives(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("--hold", "Predict")
    job = client.send(predict("/a.png"), "held")
    with qtbot.waitSignal(job.briefs_came):
        pass
    job.cancel()
    assert isinstance(ending(qtbot, job), Cancelled)
    assert client.state is EngineState.READY


def test_an_engine_that_ignores_cancel_is_ended_and_the_job_counts_as_cancelled(
    qtbot: QtBot, make_client: MakeClient
) -> None:
    client = make_client("--hold", "Predict", "--hold", "ListVersions", "--ignore-cancel", grace_ms=50)
    other = client.send(ListVersions(id=0, project=PROJECT, model="m"), "other")
    job = client.send(predict("/a.png"), "held")
    with qtbot.waitSignal(job.briefs_came):
        pass
    end = end_of(qtbot, client, job.cancel)
    assert end.how is EndKind.IGNORED_CANCEL
    assert "did not stop when cancelled" in end.sentence()
    assert isinstance(job.ending, Cancelled)
    assert isinstance(other.ending, Failed)
    assert client.state is EngineState.ENDED


def test_a_killed_engine_fails_every_open_job_once_with_one_sentence(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("--hold", "Predict")
    jobs = [client.send(predict("/a.png"), str(n)) for n in range(3)]
    ends: list[ProcessEnd] = []
    client.ended.connect(ends.append)
    with qtbot.waitSignal(jobs[-1].briefs_came):
        pass
    end_of(qtbot, client, lambda: os.kill(client.pid, signal.SIGKILL))
    errors = [job.ending.error for job in jobs if isinstance(job.ending, Failed)]
    assert [error.code for error in errors] == [ENGINE_ENDED] * 3
    assert {error.message for error in errors} == {
        "The engine died (SIGKILL; the system does so when memory runs out)."
    }
    assert len(ends) == 1


def test_an_engine_that_dies_in_a_job_is_started_again_by_the_next_request(
    qtbot: QtBot, make_client: MakeClient, model_file: MakeModel
) -> None:
    client = make_client("--die-on", "Predict")
    job = client.send(predict("/a.png"), "deadly")
    assert isinstance(ending(qtbot, job), Failed)
    again = client.send(Inspect(id=0, path=str(model_file("digits.h5"))), "after")
    assert isinstance(ending(qtbot, again), ModelFactsRead)
    assert again.number > job.number


def test_an_engine_that_fails_at_start_says_its_last_words(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("--die-at-start")
    end = end_of(qtbot, client, client.start)
    assert end.how is EndKind.FAILED
    assert end.sentence() == "The engine ended with exit code 3: cannot open shared object file."


def test_a_program_that_is_not_there_fails_the_job_after_send_returned(qtbot: QtBot) -> None:
    client = EngineClient("The engine", ["/nowhere/python", "-m", "x"])
    job = client.send(predict("/a.png"), "hopeless")
    assert job.is_open
    answer = ending(qtbot, job)
    assert isinstance(answer, Failed)
    assert "could not be started" in answer.error.message
    assert client.state is EngineState.ENDED
    client.deleteLater()


def test_stray_output_is_noted_in_the_log_and_does_no_harm(
    qtbot: QtBot, make_client: MakeClient, model_file: MakeModel
) -> None:
    client = make_client("--garbage")
    job = client.send(Inspect(id=0, path=str(model_file("digits.h5"))), "Reading")
    assert isinstance(ending(qtbot, job), ModelFactsRead)
    assert any("Using TensorFlow backend" in line for line in client.log)


def test_an_answer_that_cannot_be_read_fails_its_job(qtbot: QtBot, make_client: MakeClient) -> None:
    job = make_client("--garble", "Predict").send(predict("/a.png"), "garbled")
    answer = ending(qtbot, job)
    assert isinstance(answer, Failed)
    assert answer.error.code == "BAD_MESSAGE"


def test_stop_closes_stdin_and_open_jobs_count_as_cancelled(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("--hold", "Predict")
    job = client.send(predict("/a.png"), "held")
    with qtbot.waitSignal(job.briefs_came):
        pass
    assert end_of(qtbot, client, client.stop).how is EndKind.STOPPED
    assert isinstance(job.ending, Cancelled)
    assert client.state is EngineState.OFF


@pytest.mark.parametrize("manners", ["--deaf", "--stubborn"])
def test_an_engine_that_ignores_the_end_of_its_stdin_is_made_to_leave(
    qtbot: QtBot, make_client: MakeClient, manners: str
) -> None:
    client = make_client(manners, patience_ms=50)
    with qtbot.waitSignal(client.state_changed, check_params_cb=lambda s: s is EngineState.READY):
        client.start()
    assert end_of(qtbot, client, client.stop).how is EndKind.IGNORED_STOP


def test_shut_down_waits_until_a_stubborn_engine_is_gone(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client("--stubborn", patience_ms=50)
    with qtbot.waitSignal(client.state_changed, check_params_cb=lambda s: s is EngineState.READY):
        client.start()
    pid = client.pid
    client.shut_down()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert client.state is EngineState.OFF


def test_the_log_keeps_what_the_engine_wrote_to_stderr(qtbot: QtBot, make_client: MakeClient) -> None:
    client = make_client()
    with qtbot.waitSignal(client.logged):
        client.start()
    assert "engine log line" in client.log
