"""Verbs about the gate's report: write it, and say what its JSON looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.spec.report import GateReport


def write_report(report: GateReport, folder: Path, path: Path) -> Path:
    """Write a report as .html, .json or .xml (JUnit); `folder` has its pictures. Answers where it is, absolute."""
    from workbench.core.report.report_file import write_report as write

    return write(report, folder, path)


def check_report_ending(path: Path) -> None:
    """Raise BAD_OPTION where `write_report` would because of the ending."""
    from workbench.core.report.report_file import check_ending

    check_ending(path)


def report_schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    from workbench.core.report.report_file import report_schema as schema

    return schema()
