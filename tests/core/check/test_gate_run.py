"""The gate as a whole: all checks told as they are made, a report kept for the push, refusals in their place."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import msgspec
import pytest
from core.check.faults import set_in

from workbench.core import jobs
from workbench.core.check.gate import CHECKS
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.project import Project, load_project
from workbench.spec.report import CheckResult
from workbench.spec.resources import resource


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    shutil.copytree(resource("sample"), tmp_path / "sample")
    return tmp_path / "sample"


@pytest.fixture
def project(sample: Path) -> Project:
    return load_project(sample / "project.toml")


@pytest.mark.usefixtures("no_probe")
def test_every_check_is_told_when_it_begins_and_when_it_is_done(project: Project, sample: Path) -> None:
    begun: list[tuple[str, int, int]] = []
    done: list[CheckResult] = []
    report, folder = jobs.check(
        project,
        sample,
        images=[str(sample / "images")],
        on_start=lambda name, _, place, count: begun.append((name, place, count)),
        on_check=done.append,
    )
    assert begun == [(check.name, place, 12) for place, check in enumerate(CHECKS)]
    assert report.checks == tuple(done)
    assert (report.verdict, report.images, report.target) == ("pass", 20, "local")
    assert len(report.fingerprint) == 64
    assert all((Path(folder) / p.serving).is_file() for p in report.checks[3].evidence[0].items)  # type: ignore[union-attr]
    assert msgspec.json.decode(msgspec.json.encode(report), type=type(report)) == report


@pytest.mark.parametrize(
    ("change", "check", "code"),
    [
        ({"labels": ("one", "two")}, "labels", "LABEL_COUNT"),
        ({"image_key": "b64"}, "signature", "BAD_ALIAS"),
    ],
)
def test_a_project_that_gives_no_export_fails_the_check_it_belongs_to(
    project: Project, sample: Path, change: dict[str, object], check: str, code: str
) -> None:
    report, _ = jobs.check(set_in(project, "signature", **change), sample)
    spoken = {c.name: c for c in report.checks if c.verdict != "skip"}
    assert set(spoken) == {check}
    assert (spoken[check].verdict, spoken[check].measured, report.verdict) == ("fail", code, "fail")


def test_a_model_that_carries_code_fails_the_security(tmp_path: Path) -> None:
    from workbench.core.lazy import legacy_keras

    keras = legacy_keras()
    layers = [keras.layers.Input((8, 8, 3)), keras.layers.Lambda(lambda x: x**2 + x), keras.layers.Flatten()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # That .h5 is an old format is the point of this project.
        keras.Sequential(layers).save(tmp_path / "lambda.h5")
    report, _ = jobs.check(Project(model="lambda.h5"), tmp_path)
    assert [(c.name, c.measured) for c in report.failed()] == [("security", "LAMBDA")]


def test_a_file_that_is_no_model_is_an_error_and_no_report(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError):
        jobs.check(Project(model="none.h5"), tmp_path)


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"accuracy": 2.0}, "BAD_LIMIT"), ({"latency_ms": -1.0}, "BAD_LIMIT")],
)
def test_limits_that_nothing_can_meet_are_refused(
    project: Project, sample: Path, settings: dict[str, float], code: str
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        jobs.check(set_in(project, "check", **settings), sample)
    assert caught.value.code == code


@pytest.mark.usefixtures("no_probe")
def test_a_check_that_breaks_has_failed_and_the_others_go_on(
    project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.core.check import subject

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(subject, "read_graph", broken)
    report, _ = jobs.check(project, sample)
    failed = {c.name: c.message for c in report.failed()}
    assert failed == {
        "reach": "The check stopped with an internal error: ZeroDivisionError: oh",
        "security": "The check stopped with an internal error: ZeroDivisionError: oh",
    }


@pytest.mark.usefixtures("no_probe")
def test_a_cancelled_gate_ends_at_once(project: Project, sample: Path) -> None:
    def cancel(progress: Progress) -> None:
        if progress.step.startswith("Predicting"):
            raise CancelledError

    with pytest.raises(CancelledError):
        jobs.check(project, sample, report=cancel)


def test_a_push_finds_the_report_of_the_same_thing_and_judges_anew_what_changed(
    project: Project, sample: Path, no_probe: list[int]
) -> None:
    told = set_in(project, "check", images=("images",))
    assert jobs.gate(told, sample).verdict == "pass"
    assert jobs.gate(told, sample).verdict == "pass"
    assert len(no_probe) == 1
    next((sample / "images").glob("*.jpg")).unlink()
    assert jobs.gate(told, sample).verdict == "pass"
    assert len(no_probe) == 2


@pytest.mark.usefixtures("no_probe")
def test_a_push_is_refused_by_a_failed_check_unless_a_reason_is_given(project: Project, sample: Path) -> None:
    slow = set_in(project, "check", latency_ms=1e-6)
    with pytest.raises(WorkbenchError) as caught:
        jobs.gate(slow, sample)
    assert caught.value.code == "GATE_FAILED"
    assert "(latency): One image:" in caught.value.message
    record = jobs.gate(slow, sample, override="a demo for two users")
    assert (record.verdict, record.failed, record.override) == ("fail", ("latency",), "a demo for two users")
    assert jobs.gate(project, sample, override="not needed").override == ""


@pytest.mark.usefixtures("no_probe")
def test_accepted_golden_answers_are_kept_and_a_change_is_shown(project: Project, sample: Path) -> None:
    images = [str(sample / "images")]
    first, _ = jobs.check(project, sample, images=images, accept_golden=True)
    assert first.verdict == "pass"
    assert (sample / "golden.json").is_file()
    again, _ = jobs.check(project, sample)
    golden = next(c for c in again.checks if c.name == "golden")
    assert (golden.verdict, golden.measured) == ("pass", 0.0)
    other, _ = jobs.check(set_in(project, "preprocess", reader="tf1"), sample)
    golden = next(c for c in other.checks if c.name == "golden")
    assert golden.verdict == "fail"
    assert golden.message.startswith("3 of 16 golden images changed: 'classes' differs by")
