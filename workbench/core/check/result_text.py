"""Formatting of check results: verdicts, numbers, tables of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from workbench.spec.report import CheckResult, CheckVerdict, EvidenceTable

SHOWN: Final = 20
"""Maximum number of rows in a table of images, to keep reports readable."""


def result(name: str, title: str, verdict: CheckVerdict, message: str, **more: Any) -> CheckResult:
    """One check's result."""
    return CheckResult(name=name, title=title, verdict=verdict, message=message, **more)


def skipped(name: str, title: str, why: str, advice: str = "") -> CheckResult:
    """A check that has nothing to judge."""
    return CheckResult(name=name, title=title, verdict="skip", message=why, advice=advice)


def number(value: float) -> str:
    """A number with three digits, in a readable form."""
    if value == 0:
        return "0"
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e5 else f"{value:.1e}"


def figure(value: float) -> float | None:
    """A number in a table with three digits; `None` for NaN and infinity, which JSON cannot represent."""
    return float(f"{value:.3g}") if math.isfinite(value) else None


def pixels(levels: float) -> str:
    """A pixel difference (0-255); below 0.001 it counts as 0 (two ways to divide by 255 differ by as much)."""
    return number(round(levels, 3))


def images_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> EvidenceTable:
    """Images by the names of their files, truncated to a readable number."""
    cut = tuple((Path(str(row[0])).name, *row[1:]) for row in rows[:SHOWN])
    note = f"{len(rows) - SHOWN} more not shown." if len(rows) > SHOWN else ""
    return EvidenceTable(title, tuple(columns), cut, note)
