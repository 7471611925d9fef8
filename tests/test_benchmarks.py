"""Across modules. `make bench`: one command, a table, BENCHMARKS.md, and an older checkout beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
RUN: Final = ROOT / "tests" / "benchmarks" / "run.py"


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, RUN, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.heavy
def test_the_document_has_a_row_for_each_figure_and_says_where_ours_is_slower(tmp_path: Path) -> None:
    figures, page = tmp_path / "figures.json", tmp_path / "BENCHMARKS.md"
    done = bench("cli", "--quick", "--against", ROOT, "--json", figures, "--markdown", page)
    assert done.returncode == 0, done.stderr
    rows = json.loads(figures.read_text())
    assert {row["step"] for row in rows} == {"workbench --help", "workbench inspect"}
    text = page.read_text()
    table = [line for line in text.splitlines() if line.startswith("| workbench")]
    assert len(table) == len(rows)
    for row, line in zip(rows, table, strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[0] == row["step"]
        assert cells[4] == f"{row['ours'] / row['peer_seconds']:.2f}"
        assert (cells[5] == "**slower**") == (row["ours"] > row["peer_seconds"])
        assert float(cells[6]) > 0  # the same steps of the other checkout
    assert f"Python {sys.version.split()[0]}" in text
    assert "not for comparison" in text


@pytest.mark.heavy
def test_a_checkout_without_an_environment_ends_in_a_sentence(tmp_path: Path) -> None:
    done = bench("cli", "--against", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"bench: {tmp_path} cannot be measured: ")
    assert "Traceback" not in done.stderr


@pytest.mark.heavy
def test_a_name_that_no_benchmark_has_is_refused_with_those_there_are() -> None:
    done = bench("nonsense")
    assert done.returncode == 2
    assert "no benchmark is called nonsense; there are: bench_bulk" in done.stderr
    assert "bench_processes" not in done.stderr, "it compares checkouts and has no ratios"
