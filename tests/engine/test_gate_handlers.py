"""The release gate through the engine: each check is told as it comes, the report is written where it was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_reports import made_report
from support import IMAGE, facts

from workbench.core import jobs
from workbench.core.check.gate import CHECKS
from workbench.core.progress import Report
from workbench.engine.handlers import HANDLERS
from workbench.spec import messages as m
from workbench.spec.check_words import CHECK_WORDS
from workbench.spec.defaults import default_project
from workbench.spec.errors import CancelledError, WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.report import GateReport, report_sha256

REQUEST = m.RunGate(
    id=7,
    project=default_project(facts(IMAGE), "m.h5"),
    base="/models",
    images=("/images",),
    values={"metadata": "mine"},
    features={"a.jpg": {"x": 1.0}},
    files=("/values.csv",),
    target="other",
    against="local/digits",
    accept_golden=True,
)


class Gate:
    """A gate that keeps what it was asked, and tells of two checks."""

    def __init__(self, folder: Path) -> None:
        self.report, self.folder = made_report(folder), folder
        self.asked: dict[str, Any] = {}

    def __call__(
        self, project: object, base: Path, *, on_start: Any, on_check: Any, report: Report, **rest: Any
    ) -> Any:
        self.asked = {"project": project, "base": base, **rest}
        for place, check in enumerate(self.report.checks[:2]):
            on_start(check.name, check.title, place, 2)
            report(Progress(check.title, place, 2))
            on_check(check)
        return self.report, str(self.folder)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gate:
    made = Gate(tmp_path)
    monkeypatch.setattr(jobs, "check", made)
    return made


def silent(progress: Progress) -> None:
    """Progress nobody listens to."""


def test_the_gate_is_asked_for_what_the_request_says_and_told_check_by_check(gate: Gate, tmp_path: Path) -> None:
    sent: list[m.AnyEvent] = []
    ending = HANDLERS[m.RunGate](REQUEST, silent, sent.append)
    asked = {name: getattr(REQUEST, name) for name in REQUEST.__struct_fields__ if name not in ("id", "base")}
    assert gate.asked == {**asked, "base": Path("/models")}
    first, second = gate.report.checks[:2]
    assert sent == [
        m.CheckStarted(id=7, name=first.name, title=first.title, number=1, total=2),
        m.CheckDone(id=7, check=first),
        m.CheckStarted(id=7, name=second.name, title=second.title, number=2, total=2),
        m.CheckDone(id=7, check=second),
    ]
    assert ending == m.GateFinished(id=7, report=gate.report, folder=str(tmp_path), verdict=report_sha256(gate.report))


def test_a_cancel_is_heard_between_checks(gate: Gate) -> None:
    sent: list[m.AnyEvent] = []

    def cancelled(progress: Progress) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        HANDLERS[m.RunGate](REQUEST, cancelled, sent.append)
    assert [type(event) for event in sent] == [m.CheckStarted]


def test_a_report_is_written_where_it_was_asked_for(gate: Gate, tmp_path: Path) -> None:
    request = m.WriteReport(id=8, report=gate.report, folder=str(tmp_path), path=str(tmp_path / "out" / "gate.json"))
    ending = HANDLERS[m.WriteReport](request, silent, lambda event: None)
    assert ending == m.ReportWritten(id=8, path=str(tmp_path / "out" / "gate.json"))
    back = msgspec.json.decode((tmp_path / "out" / "gate.json").read_bytes(), type=GateReport)
    assert back.checks == gate.report.checks


def test_a_report_of_no_kind_fails_with_a_sentence(gate: Gate, tmp_path: Path) -> None:
    request = m.WriteReport(id=8, report=gate.report, folder=str(tmp_path), path=str(tmp_path / "gate.docx"))
    with pytest.raises(WorkbenchError) as caught:
        HANDLERS[m.WriteReport](request, silent, lambda event: None)
    assert caught.value.code == "BAD_OPTION"


def test_the_window_knows_the_checks_by_the_names_and_titles_they_have() -> None:
    assert [(w.name, w.title) for w in CHECK_WORDS] == [(c.name, c.title) for c in CHECKS]
