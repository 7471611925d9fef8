"""One report with every kind of evidence for the tests of how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_reports import made_report

from workbench.spec.report import GateReport

Made = tuple[GateReport, Path]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A report and the folder of its pictures."""
    folder = tmp_path_factory.mktemp("evidence")
    return made_report(folder), folder
