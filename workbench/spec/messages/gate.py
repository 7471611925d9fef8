"""The wire's requests and events of the release gate."""

from __future__ import annotations

import msgspec

from workbench.spec.messages.base import Event, Request
from workbench.spec.project import Project
from workbench.spec.report import CheckResult, GateReport


class RunGate(Request, frozen=True):
    """Run the release gate. `CheckStarted` and `CheckDone` tell of each check. Answer: `GateFinished`.

    `images` are files and folders, empty for synthetic ones; a folder of folders is one class a folder. `values` and
    `features` as in `Predict`, `files` the files that these were read from. `against` is the version to compare with,
    TARGET/MODEL[/VERSION]; `accept_golden` makes the answers of now those that are expected from now on.
    """

    project: Project
    base: str
    images: tuple[str, ...] = ()
    values: dict[str, object] = msgspec.field(default_factory=dict)
    features: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    files: tuple[str, ...] = ()
    target: str = "local"
    against: str = ""
    accept_golden: bool = False


class WriteReport(Request, frozen=True):
    """Write a report as its path's ending says: .html, .json or .xml. Answer: `ReportWritten`.

    `folder` has the report's pictures.
    """

    report: GateReport
    folder: str
    path: str


class CheckStarted(Event, frozen=True):
    """A check of the release gate begins, as the `number`-th of `total`, counted from 1."""

    name: str
    title: str
    number: int
    total: int


class CheckDone(Event, frozen=True):
    """A check of the release gate is done; its pictures are there when the gate is."""

    check: CheckResult


class GateFinished(Event, frozen=True):
    """The answer to `RunGate`; ends the job. `folder` has the PNG files that the report names.

    `verdict` is the report's SHA-256, by which a push names it; empty where there was no export to judge.
    """

    report: GateReport
    folder: str
    verdict: str = ""


class Judged(Event, frozen=True):
    """The verdict that a push goes by, sent before anything goes to the target: one that was kept, or a new one."""

    report: GateReport
    folder: str
    verdict: str


class ReportWritten(Event, frozen=True):
    """The answer to `WriteReport`; ends the job. `path` is absolute."""

    path: str
