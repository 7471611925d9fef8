"""Formatting of the gate's measurements and evidence, shared by the HTML report and the window."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from workbench.spec.report import (
    Chart,
    CheckResult,
    CheckVerdict,
    ConfusionEvidence,
    EvidenceTable,
    GateRecord,
    GateReport,
    Verdict,
)

NARROW: Final = "\u202f"
"""The narrow space that stands between a number and its unit, and between thousands."""

VERDICT_WORDS: Final[dict[str, str]] = {"pass": "Pass", "warn": "Warning", "fail": "Fail", "skip": "Skipped"}

QUANTITIES: Final = frozenset({"TensorFlow", "accuracy", "difference", "forbidden ops", "problems"})
"""What a figure is of where it has no unit: it stands before the number, `accuracy 0.95`."""

MOST_CLASSES: Final = 30
"""A confusion matrix with more classes is shown for those that are confused most: a larger one nobody can read."""


def value_text(value: float | str | None, unit: str = "") -> str:
    """A figure with its unit: `12 400 bytes`, `0.11 pixel values (0-255)`, `accuracy 0.95`; a dash for none."""
    if value is None:
        return "–"
    text = (value or "–") if isinstance(value, str) else number_text(value)
    if not unit or (isinstance(value, str) and not text[-1].isdigit()):
        return text
    return f"{unit}{NARROW}{text}" if unit in QUANTITIES else f"{text}{NARROW}{unit}"


def limit_text(value: float | str | None, unit: str = "") -> str:
    """The limit of a figure: as the figure, whose quantity need not be named again."""
    return value_text(value, "" if unit in QUANTITIES else unit)


def number_text(value: float) -> str:
    """A number with at most four digits unless it is whole; very small and very large ones as powers of ten."""
    if isinstance(value, bool) or value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace(",", NARROW)
    if abs(value) >= 1e-3:
        return f"{value:,.4g}".replace(",", NARROW) if abs(value) < 1e4 else f"{value:,.0f}".replace(",", NARROW)
    return f"{value:.2g}"


def seconds_text(seconds: float) -> str:
    """How long something took, no finer than people care for: `< 0.1 s`, `4.2 s`, `48 s`, `3 min 20 s`."""
    if seconds < 0.1:
        return f"<{NARROW}0.1{NARROW}s"
    if seconds < 90:
        return f"{seconds:.1f}{NARROW}s" if seconds < 10 else f"{seconds:.0f}{NARROW}s"
    return f"{int(seconds) // 60}{NARROW}min {int(seconds) % 60}{NARROW}s"


def cell_text(value: str | float | None) -> str:
    """A table's cell; empty where there is nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else number_text(value)


def short_source(source: str) -> str:
    """A file as evidence names it: its last two parts. Reports are shared, so full local paths are left out."""
    path = PurePath(source)
    return "/".join(part for part in path.parts[-2:] if part != path.anchor)


def headline(report: GateReport) -> str:
    """The verdict in one sentence."""
    return verdict_line(report.verdict, report.checks)


def verdict_line(verdict: Verdict, checks: tuple[CheckResult, ...]) -> str:
    """The verdict of some checks in one sentence."""
    judged = [c for c in checks if c.verdict != "skip"]
    skipped = f", {len(checks) - len(judged)} skipped" if len(checks) > len(judged) else ""
    if verdict == "pass":
        return f"All {len(judged)} checks passed{skipped}"
    found = sum(c.verdict == verdict for c in judged)
    what = "failed" if verdict == "fail" else "gave a warning" if found == 1 else "gave warnings"
    return f"{found} of {len(judged)} checks {what}{skipped}"


def verdict_words(gate: GateRecord) -> str:
    """A verdict as a push records it: `Fail of 2026-11-30T19:00:00Z on 20 images: skew. Overridden: ...`."""
    if gate.verdict == "none":
        return "The release gate was not run."
    images = f"{gate.images} image{'' if gate.images == 1 else 's'}" if gate.images else "synthetic images"
    told = f"{VERDICT_WORDS[gate.verdict]} of {gate.created} on {images}"
    names = ", ".join(gate.failed or gate.warned)
    told = f"{told} ({names})." if names else f"{told}."
    return f"{told} Overridden: {gate.override}" if gate.override else told


def ordered(checks: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """The checks with what matters first: failures, warnings, passes, skipped ones; else as they were run."""
    rank: dict[CheckVerdict, int] = {"fail": 0, "warn": 1, "pass": 2, "skip": 3}
    return tuple(sorted(checks, key=lambda c: rank[c.verdict]))


def readable(confusion: ConfusionEvidence, most: int = MOST_CLASSES) -> ConfusionEvidence:
    """The matrix itself, or that of the `most` classes that are confused most; the note says which it is."""
    total = len(confusion.labels)
    if total <= most:
        return confusion
    wrong = [_wrong(confusion, n) for n in range(total)]
    kept = sorted(sorted(range(total), key=lambda n: -wrong[n])[:most])
    counts = tuple(tuple(confusion.counts[row][column] for column in kept) for row in kept)
    note = f"The {most} most confused of {total} classes. {confusion.note}".strip()
    return ConfusionEvidence(confusion.title, tuple(confusion.labels[n] for n in kept), counts, note)


def shares(confusion: ConfusionEvidence) -> tuple[tuple[float, ...], ...]:
    """Every count as a share of its row, 0 to 1: of the images of a class, the share with that predicted class."""
    return tuple(tuple(count / (sum(row) or 1) for count in row) for row in confusion.counts)


def as_table(chart: Chart) -> EvidenceTable:
    """A chart's numbers as rows: one for each of its `x`."""
    columns = (chart.x_title, *(line.name for line in chart.lines))
    rows = tuple((x, *(line.y[n] if n < len(line.y) else None for line in chart.lines)) for n, x in enumerate(chart.x))
    return EvidenceTable(chart.title, columns, rows, chart.note)


def _wrong(confusion: ConfusionEvidence, which: int) -> int:
    """How many images of a class were taken for another, or others for it."""
    row = sum(confusion.counts[which]) - confusion.counts[which][which]
    column = sum(counts[which] for n, counts in enumerate(confusion.counts) if n != which)
    return row + column
