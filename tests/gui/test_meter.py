"""How far a job is, its rate and the time left: in the status bar, at a push, in the Test tab."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MakeTest
from workbench.gui.deploy.push_progress import PushProgress
from workbench.gui.engine.job import EngineJob
from workbench.gui.progress_text import ProgressMeter, pace_words
from workbench.gui.window.job_bar import JobBar
from workbench.spec.messages import CallVersion, Cancelled
from workbench.spec.model import Progress
from workbench.spec.project import Project


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_bytes_have_a_rate_and_the_time_the_rest_takes_at_it(clock: Clock) -> None:
    meter = ProgressMeter(clock)
    assert meter.words(Progress("Uploading", 0, 9_000_000, "bytes")) == "0 B of 9.0 MB"
    clock.now = 2.0
    words = meter.words(Progress("Uploading", 1_000_000, 9_000_000, "bytes"))
    assert words == "1.0 MB of 9.0 MB  ·  500 kB per second  ·  16 s left"


def test_another_step_begins_anew_and_few_steps_have_no_rate(clock: Clock) -> None:
    meter = ProgressMeter(clock)
    for done in (0, 1, 2):
        clock.now = float(done)
        assert meter.words(Progress("Export: freeze", done, 4)) == f"{done} of 4"
    assert meter.words(Progress("Predicting", 16, 400)) == "16 of 400"
    clock.now = 3.0
    assert meter.words(Progress("Predicting", 32, 400)) == "32 of 400  ·  16 per second  ·  23 s left"


def test_without_a_total_the_rate_is_said_alone(clock: Clock) -> None:
    meter = ProgressMeter(clock)
    meter.words(Progress("Predicting", 16))
    clock.now = 4.0
    assert meter.words(Progress("Predicting", 32)) == "4.0 per second"
    assert meter.words(Progress("Starting TensorFlow")) == ""


def test_what_the_job_itself_says_of_its_pace_is_taken(clock: Clock) -> None:
    said = Progress("Predicting", 100, 1000, rate=4.5, left=200.0)
    assert ProgressMeter(clock).words(said) == "100 of 1\u202f000  ·  4.5 per second  ·  3 min 20 s left"
    assert pace_words(0.0, None) == ""
    assert pace_words(0.02, 0.4) == "0.1 per second"


def test_the_status_bar_shows_them_for_any_job_however_large(qtbot: QtBot) -> None:
    bar = JobBar()
    qtbot.addWidget(bar)
    job = EngineJob(CallVersion(id=1, project=Project(model="m.h5"), base="", model="m", inputs=()), "Calling m")
    bar.follow(job)
    job.progressed.emit(Progress("Calling", 30, 300, rate=15.0, left=18.0))
    qtbot.waitUntil(lambda: bar.text == "Calling m  ·  30 of 300  ·  15 per second  ·  18 s left")
    job.progressed.emit(Progress("Uploading", 6 << 30, 12 << 30, "bytes"))
    qtbot.waitUntil(lambda: bar.text == "Calling m: Uploading  ·  6.4 GB of 13 GB")
    assert bar.part == 0.5
    job.end(Cancelled(id=1))
    assert bar.cancel_button.isHidden()


def test_a_push_tells_its_pace(qtbot: QtBot) -> None:
    progress = PushProgress()
    qtbot.addWidget(progress)
    progress.begin("Pushing")
    progress.on_progress(Progress("Uploading", 1_000_000, 9_000_000, "bytes", rate=500_000.0, left=16.0))
    assert progress.figures == "1.0 MB of 9.0 MB  ·  500 kB per second  ·  16 s left"


def test_of_a_file_of_records_the_test_tab_says_how_many_the_engine_counts(qtbot: QtBot, make_tab: MakeTest) -> None:
    _, tab = make_tab("--hold", "Predict")
    path = tab.run.results.folder / "a.npz"
    path.write_text("one\ntwo\n")
    tab.add([str(path)])
    qtbot.waitUntil(lambda: tab.run.model.counts()[1] == 1)
    job = tab.run.job
    assert job is not None
    job.progressed.emit(Progress("Predicting", 1, 5000))
    tab.run.changed.emit()
    assert tab.word.startswith("1 of 5\u202f000")
