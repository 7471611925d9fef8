"""From a project to its report: the export is made or found, judged, and the report kept for the push."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.check.deployed import Deployed, deployed
from workbench.core.check.gate import Finish, Start, refused, run_checks
from workbench.core.check.kept import keep_report, report_folder
from workbench.core.check.sample import Asked
from workbench.core.check.subject import Subject
from workbench.core.export.build import export
from workbench.core.export.cache import library_versions
from workbench.core.export.read import read_signatures
from workbench.core.model.permit import extras_of, scan
from workbench.core.progress import Report, silent
from workbench.spec.checking import check_limits
from workbench.spec.errors import CancelledError, OutsideError, WorkbenchError
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.project import Project
from workbench.spec.report import CheckResult, GateReport, verdict_of
from workbench.spec.signature import compose
from workbench.spec.target import AnyTarget, Target


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be judged, and for which target. `folder` is an export to judge in the place of the project's own.

    `against` is the version in place as TARGET/MODEL[/VERSION], `url` another address for its target.
    """

    project: Project
    base: Path
    asked: Asked = Asked()
    target_name: str = "local"
    target: AnyTarget = Target()
    against: str = ""
    url: str = ""
    accept_golden: bool = False
    folder: Path | None = None


BEFORE: Final = ("NO_FILE", "NOT_A_MODEL", "CANNOT_READ", "NOT_HDF5", "TRUNCATED")
"""What is wrong with the request itself: there is nothing to judge, not even in part."""


def judge(order: Order, on_start: Start, on_check: Finish, report: Report = silent) -> tuple[GateReport, Path]:
    """The report of all checks, and the folder with its pictures.

    A project that gives no export gets a report as well: the check it belongs to has failed. Raises `WorkbenchError`
    for a model file that is none, images or a version that are not there, and unusable limits;
    `OutsideError` where the version in place cannot be reached; `CancelledError`.
    """
    started = time.perf_counter()
    check_limits(order.project.check)
    extras = extras_of(order.project, order.base)
    facts = scan(order.base / order.project.model, extras, report)
    try:
        folder = order.folder or Path(export(order.project, order.base, report=report).path)
    except (CancelledError, OutsideError):
        raise
    except WorkbenchError as err:
        if err.code in BEFORE:
            raise
        checks = refused(_problems(err, facts, order.project), on_start, on_check)
        return _report(order, facts, checks, started), report_folder("")
    with tempfile.TemporaryDirectory(prefix="workbench-against-") as beside:
        place = report_folder(read_signatures(folder).fingerprint)
        subject = Subject(order.project, order.base, facts, folder, place, order.asked, report)
        subject.target_name, subject.target = order.target_name, order.target
        subject.accept_golden = order.accept_golden
        subject.deployed = _in_place(order, Path(beside))
        try:
            checks = run_checks(subject, on_start, on_check)
            images = len(subject.sample.items) if subject.sample.real else 0
            made = _report(order, facts, checks, started, subject, images)
        finally:
            subject.close()
    keep_report(made, order.target, order.project, order.base, place, order.asked)
    return made, place


def _in_place(order: Order, folder: Path) -> Deployed | None:
    return deployed(order.against, order.project, folder, order.url) if order.against else None


def _problems(err: WorkbenchError, facts: ModelFacts, project: Project) -> tuple[Problem, ...]:
    """What forbids the export: all problems of the composition where it was one of them, else the error itself."""
    try:
        found = compose(facts, project).problems
    except WorkbenchError:
        found = ()
    if any(p.code == err.code for p in found):
        return found
    return (Problem(err.code, f"{err.message} {err.hint}".strip()),)


def _report(
    order: Order,
    facts: ModelFacts,
    checks: tuple[CheckResult, ...],
    started: float,
    subject: Subject | None = None,
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
