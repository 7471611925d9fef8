"""Runs the gate on a project: builds or finds the export, runs the checks, stores the report for the push."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.check.gate import Finish, Start, refused, run_checks
from workbench.core.check.report_cache import Verdict, basis_of, keep_verdict, report_folder, write_report_json
from workbench.core.check.sample import SampleOptions
from workbench.core.check.subject import GateSubject
from workbench.core.check.verdict_files import (
    GOLDEN,
    MODEL,
    JudgedFile,
    changed,
    export_files,
    first_change,
    golden_place,
    judged_files,
)
from workbench.core.check.version_diff import LiveVersion
from workbench.core.export.build import export
from workbench.core.export.cache import library_versions, sound
from workbench.core.model.load_permission import extras_of, scan
from workbench.core.model.named_code import CUSTOM_CODE, program_path, refuse_program
from workbench.core.progress import Report, silent
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.errors import CancelledError, OutsideError, WorkbenchError
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.project import Project
from workbench.spec.report import CheckResult, GateReport, verdict_of
from workbench.spec.settings import check_limits
from workbench.spec.signature import compose
from workbench.spec.targets.base import Target
from workbench.spec.targets.local import LocalTarget


class GateOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate is run on, and for which target. `folder` is an export to check instead of the project's own.

    `against` names the live version, `live` looks it up and brings its files into a folder. `subject` is the file that
    was named on a command line; `shown` means that the verdict binds the pushes that follow.
    """

    project: Project
    base: Path
    asked: SampleOptions = SampleOptions()
    target_name: str = "local"
    target: Target = LocalTarget()
    against: str = ""
    live: Callable[[Path], LiveVersion] | None = None
    accept_golden: bool = False
    folder: Path | None = None
    subject: str = ""
    shown: bool = True


class Judged(msgspec.Struct, frozen=True):
    """A report, the folder of its images, and the stored verdict: `None` if there was no export."""

    report: GateReport
    folder: Path
    verdict: Verdict | None = None


BEFORE: Final = ("NO_FILE", "NOT_A_MODEL", "CANNOT_READ", "NOT_HDF5", "TRUNCATED", CUSTOM_CODE)
"""Errors of the request itself: there is nothing to check, so there is no report."""


def judge(order: GateOrder, on_start: Start, on_check: Finish, report: Report = silent) -> Judged:
    """The report of all checks, and the folder with its images; the verdict is stored for a push.

    A project that cannot be exported gets a report as well, in which the related check has failed. Raises
    `WorkbenchError` for a file that is not a model, images or a version that do not exist, unusable limits, code that
    the project names without consent (CUSTOM_CODE, PROGRAM), a golden file outside its folder (BAD_GOLDEN),
    CHANGED_SINCE_CHECK for a file that changed meanwhile; `OutsideError` if the live version cannot be reached;
    `CancelledError`.
    """
    started = time.perf_counter()
    check_limits(order.project.check)
    _refuse_named_code(order)
    extras = extras_of(order.project, order.base)
    facts = scan(order.base / order.project.model, extras, report)
    try:
        folder = order.folder or _export(order, report)
    except (CancelledError, OutsideError):
        raise
    except WorkbenchError as err:
        if err.code in BEFORE:
            raise
        checks = refused(_problems(err, facts, order.project), on_start, on_check)
        return Judged(_report(order, facts, checks, started), report_folder(""))
    held = _Held(order, folder, facts, report)
    with tempfile.TemporaryDirectory(prefix="workbench-against-") as beside:
        place = report_folder(read_signatures(folder).fingerprint)
        subject = GateSubject(_with_python(order), order.base, facts, folder, place, order.asked, report)
        subject.target_name, subject.target = order.target_name, order.target
        subject.accept_golden = order.accept_golden
        subject.deployed = order.live(Path(beside)) if order.live else None
        try:
            checks = run_checks(subject, on_start, on_check)
            images = len(subject.sample.items) if subject.sample.real else 0
            made = _report(order, facts, checks, started, subject, images)
        finally:
            subject.close()
    return Judged(made, place, held.keep(made, place))


def _export(order: GateOrder, report: Report) -> Path:
    """The project's export; it is rebuilt if its files in the cache were changed."""
    folder = Path(export(order.project, order.base, report=report).path)
    return folder if sound(folder) else Path(export(order.project, order.base, report=report).path)


def _refuse_named_code(order: GateOrder) -> None:
    """Raise PROGRAM if the project, rather than the command line, names an interpreter without consent."""
    python = order.project.check.python
    if python and not order.asked.python:
        refuse_program(program_path(python, order.base))
    golden_place(order.base, order.project.check)


def _with_python(order: GateOrder) -> Project:
    """The project with the interpreter that was named for this run."""
    if not order.asked.python:
        return order.project
    settings = msgspec.structs.replace(order.project.check, python=order.asked.python)
    return msgspec.structs.replace(order.project, check=settings)


class _Held:
    """The judged files, hashed before the checks begin and again after they have ended."""

    def __init__(self, order: GateOrder, folder: Path, facts: ModelFacts, report: Report) -> None:
        self._order, self._folder, self._facts, self._progress = order, folder, facts, report
        self._before = self._read()
        model = next(file for file in self._before[0] if file.role == MODEL)
        if model.sha256 != facts.sha256:
            raise changed(MODEL, "changed while it was read", model.path)

    def _read(self) -> tuple[tuple[JudgedFile, ...], tuple[JudgedFile, ...]]:
        order = self._order
        files = judged_files(order.project, order.base, order.asked, order.subject, self._progress)
        return files, export_files(self._folder, self._progress)

    def keep(self, report: GateReport, place: Path) -> Verdict:
        """Store the verdict. Raises CHANGED_SINCE_CHECK if files changed during the checks."""
        files, export = self._read()
        ours = (GOLDEN,) if self._order.accept_golden else ()
        before, after = ([f for f in (*a, *b) if f.role not in ours] for a, b in (self._before, (files, export)))
        if (found := first_change(before, after)) is not None:
            raise changed(found[0].role, f"{found[1]} while it was checked", found[0].path)
        order = self._order
        verdict = Verdict(
            id=write_report_json(report, place),
            number=time.time_ns(),
            basis=basis_of(
                order.project, order.base, order.target, order.asked, against=order.against, subject=order.subject
            ),
            asked=order.asked,
            against=order.against,
            shown=order.shown,
            folder=str(place),
            export=str(self._folder),
            fingerprint=report.fingerprint,
            created=report.created,
            failed=tuple(check.name for check in report.failed()),
            files=files,
            export_files=export,
        )
        keep_verdict(verdict)
        return verdict


def _problems(err: WorkbenchError, facts: ModelFacts, project: Project) -> tuple[Problem, ...]:
    """What prevents the export: all problems of the composition if the error is one of them, else the error itself."""
    try:
        found = compose(facts, project).problems
    except WorkbenchError:
        found = ()
    if any(p.code == err.code for p in found):
        return found
    return (Problem(err.code, f"{err.message} {err.hint}".strip()),)


def _report(
    order: GateOrder,
    facts: ModelFacts,
    checks: tuple[CheckResult, ...],
    started: float,
    subject: GateSubject | None = None,
    images: int = 0,
) -> GateReport:
    return GateReport(
        verdict=verdict_of(checks),
        checks=checks,
        project=Path(order.project.model).stem,
        model=Path(facts.path).name,
        model_sha256=facts.sha256,
        fingerprint=subject.read.fingerprint if subject else "",
        target=order.target_name,
        against=subject.deployed.name if subject and subject.deployed else "",
        images=images,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seconds=round(time.perf_counter() - started, 2),
        versions=library_versions(),
    )
