"""What the fake engine knows of a release gate: a report that a test has put beside the model, else one that passes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.spec import messages as m
from workbench.spec.report import CheckResult, GateReport

NAMES = (
    *("loads", "signature", "parity", "skew", "reach", "golden"),
    *("labels", "limits", "latency", "security", "diff", "outputs"),
)

Say = Callable[[m.Event], None]


def canned_gate(request: m.RunGate) -> tuple[GateReport, str]:
    """`gate.json` beside the model with its pictures, or twelve checks that pass; what was asked stands in it."""
    place = Path(request.base) / "gate.json"
    if place.is_file():
        report = msgspec.json.decode(place.read_bytes(), type=GateReport)
        folder = place.with_name(report.files) if report.files else Path()
    else:
        checks = tuple(
            CheckResult(name=n, title=n.capitalize(), verdict="pass", message=f"{n} is well.") for n in NAMES
        )
        report, folder = GateReport(verdict="pass", checks=checks, fingerprint="f" * 16), Path()
    asked = "accepted" if request.accept_golden else "not accepted"
    versions = {"images": ",".join(os.path.basename(path) for path in request.images), "golden": asked}
    return msgspec.structs.replace(report, against=request.against, images=len(request.images), versions=versions), str(
        folder
    )


def say_gate(request: m.RunGate, say: Say, *, checks: int | None = None) -> None:
    """Tell of the checks; of only the first `checks` of them and the beginning of the next where that is asked."""
    report, folder = canned_gate(request)
    for number, check in enumerate(report.checks, 1):
        total = len(report.checks)
        say(m.CheckStarted(id=request.id, name=check.name, title=check.title, number=number, total=total))
        if checks is not None and number > checks:
            return
        say(m.CheckDone(id=request.id, check=check))
    say(m.GateFinished(id=request.id, report=report, folder=folder, verdict="canned"))


def say_written(request: m.WriteReport, say: Say) -> None:
    """Write what was asked for, as JSON whatever the ending is."""
    Path(request.path).write_bytes(msgspec.json.encode(request.report))
    say(m.ReportWritten(id=request.id, path=request.path))
