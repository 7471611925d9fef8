"""The release gate's report: one verdict, and each check with its measured value, limit and evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from workbench.spec.size_text import textual

Verdict = Literal["pass", "warn", "fail"]
CheckVerdict = Literal["pass", "warn", "fail", "skip"]
"""A check that has nothing to judge (no labels, no version to compare with) is skipped and says why."""

SCHEMA: Final = 1
"""Version of the report's JSON; raised when a field changes its meaning."""


class EvidenceTable(msgspec.Struct, frozen=True, tag="table", omit_defaults=True):
    """Rows of text or numbers under headings."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]
    note: str = ""


class EvidenceImage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One image looked at: PNG files by name within the report's folder, side by side.

    `training` is what the reader training used makes of it, `serving` what the export feeds the model,
    `difference` the heat map between them. `value` is the number it is sorted by, worst first.
    """

    source: str
    caption: str
    value: float = 0.0
    original: str = ""
    training: str = ""
    serving: str = ""
    difference: str = ""


class EvidenceImages(msgspec.Struct, frozen=True, tag="pictures", omit_defaults=True):
    """The images a check names, the worst first."""

    title: str
    items: tuple[EvidenceImage, ...]
    note: str = ""


class ConfusionEvidence(msgspec.Struct, frozen=True, tag="confusion", omit_defaults=True):
    """A confusion matrix: `counts[true][answered]`."""

    title: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    note: str = ""


class ChartSeries(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line or one set of bars of a chart, a value for each of the chart's `x`."""

    name: str
    y: tuple[float, ...]


class Chart(msgspec.Struct, frozen=True, tag="chart", omit_defaults=True):
    """Numbers to be drawn: `kind` says how."""

    title: str
    kind: Literal["bars", "lines"]
    x: tuple[str, ...]
    lines: tuple[ChartSeries, ...]
    x_title: str = ""
    y_title: str = ""
    note: str = ""


Evidence = EvidenceTable | EvidenceImages | ConfusionEvidence | Chart


class CheckResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check. `message` is what was found, `advice` what to do; `measured` against `limit`, both in `unit`."""

    name: str
    title: str
    verdict: CheckVerdict
    measured: float | str | None = None
    limit: float | str | None = None
    message: str = ""
    unit: str = ""
    advice: str = ""
    seconds: float = 0.0
    evidence: tuple[Evidence, ...] = ()


class GateReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All checks of one export with one verdict: what `workbench check` writes.

    `fingerprint` is the export's, `model_sha256` its model file's; `target` the target it was judged for,
    `against` the version it was compared with, `images` how many of the user's images were used (0: synthetic ones).
    `created` is UTC in ISO 8601. `files` is the folder of the pictures beside a report in a file, empty without any.
    """

    verdict: Verdict
    checks: tuple[CheckResult, ...]
    schema: int = SCHEMA
    project: str = ""
    model: str = ""
    model_sha256: str = ""
    fingerprint: str = ""
    target: str = ""
    against: str = ""
    images: int = 0
    created: str = ""
    seconds: float = 0.0
    versions: dict[str, str] = {}
    files: str = ""

    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that speak against the release."""
        return tuple(c for c in self.checks if c.verdict == "fail")


class GateRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a push keeps of the gate: its verdict, what it rests on, and why it was overridden, if it was.

    `report` is the SHA-256 of the report's JSON, which is kept at `report_file`. `images` of the user's were judged (0:
    synthetic ones); `images_sha256` is what `sha256sum IMAGES | cut -c-64 | sort | sha256sum` prints for them.
    `limits` are the limits by the names of the checks, `judged` the SHA-256 of each other file by its role.
    `overridden` are the checks that failed when the reason `override` was given: in this verdict, or in an earlier one
    of the same export.
    """

    verdict: Verdict | Literal["none"] = "none"
    created: str = ""
    failed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    override: str = ""
    overridden: tuple[str, ...] = ()
    report: str = ""
    report_file: str = ""
    images: int = 0
    images_sha256: str = ""
    limits: dict[str, float | str] = {}
    judged: dict[str, str] = {}


NO_GATE: Final = GateRecord()
"""No gate was asked."""


def verdict_of(checks: Iterable[CheckResult]) -> Verdict:
    """The worst of the checks' verdicts; skipped ones do not count."""
    verdicts = {c.verdict for c in checks}
    return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "pass"


def record_of(report: GateReport, override: str = "") -> GateRecord:
    """What a push keeps of a report, as far as the report itself knows it."""
    names = {v: tuple(c.name for c in report.checks if c.verdict == v) for v in ("fail", "warn")}
    return GateRecord(
        report.verdict,
        report.created,
        names["fail"],
        names["warn"],
        override,
        images=report.images,
        limits={c.name: c.limit for c in report.checks if c.limit is not None},
    )


def report_json(report: GateReport) -> bytes:
    """A report as it is kept: the same report always gives the same bytes, also when it was read back from them."""
    # Once there and back: a whole number where a float belongs, or one that JSON has no word for, changes on the way.
    read = msgspec.json.decode(msgspec.json.encode(textual(msgspec.to_builtins(report))), type=GateReport)
    return msgspec.json.encode(read, order="deterministic")


def report_sha256(report: GateReport) -> str:
    """What a push and its receipt name a report by: the SHA-256 of `report_json`."""
    return hashlib.sha256(report_json(report)).hexdigest()
