"""The measured ratios as BENCHMARKS.md: with the machine, the versions and the date, and beside an older checkout's."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ratio import Ratio

PACKAGES: Final = ("tensorflow", "keras", "tf-keras", "numpy", "pillow", "PySide6-Essentials", "google-cloud-storage")
HEAD: Final = ("step", "ours", "peer", "peer takes", "ratio", "")


def processor() -> str:
    """The processor's name as the system gives it."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def conditions(quick: bool) -> list[str]:
    """What the figures depend on, a line each. The load tells what else the machine was doing."""
    load = ", ".join(f"{minutes:.1f}" for minutes in os.getloadavg())
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    return [
        f"{datetime.now(UTC):%Y-%m-%d}; {platform.system()} {platform.release()}, {platform.machine()}",
        f"{os.cpu_count()} cores of {processor()}; load of the last 1, 5, 15 minutes at the end: {load}",
        f"Python {platform.python_version()}; {versions}",
        *(["Measured twice at most (`--quick`): not for comparison."] if quick else []),
    ]


def earlier(checkout: Path, names: Sequence[str], quick: bool) -> dict[str, float]:
    """Seconds (or the row's unit) of each step in another checkout, measured now by its own benchmarks.

    Raises `OSError` where it has no .venv, `CalledProcessError` where its benchmarks fail or know no `--quick`.
    """
    with TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        flags = ["--quick"] if quick else []
        script = checkout / "tests" / "benchmarks" / "run.py"
        command: list[str | Path] = [checkout / ".venv" / "bin" / "python", script, *names, "--json", figures, *flags]
        subprocess.run(command, cwd=checkout, check=True, stdout=subprocess.DEVNULL)
        return {row["step"]: row["ours"] for row in json.loads(figures.read_text(encoding="utf-8"))}


def cells(row: Ratio, before: Mapping[str, float]) -> list[str]:
    """One row of the table; the last cell is the change against the older checkout where that has the step."""
    word = "**slower**" if row.ratio > 1 else ""
    shown = [row.step, f"{row.ours:.3f} {row.unit}", row.peer, f"{row.peer_seconds:.3f} {row.unit}", f"{row.ratio:.2f}"]
    change = [f"{row.ours / before[row.step]:.2f}" if before.get(row.step) else "-"] if before else []
    return [cell.replace("|", "\\|") for cell in [*shown, word, *change]]


def markdown(rows: Sequence[Ratio], before: Mapping[str, float], quick: bool) -> str:
    """The whole document. Below 1 ours needs less; what is slower than its peer says so."""
    head = [*HEAD, *(["ours / before"] if before else [])]
    table = [head, ["---"] * len(head), *(cells(row, before) for row in rows)]
    slower = sum(row.ratio > 1 for row in rows)
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Made by `make bench`. Each step beside its peer, both measured in the same run; below a ratio of 1 ours",
            f"needs less. Of {len(rows)} steps {slower} need more than their peer.",
            "",
            *(f"- {line}" for line in conditions(quick)),
            "",
            *(f"| {' | '.join(line)} |" for line in table),
            "",
        ]
    )
