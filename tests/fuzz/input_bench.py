"""Damaged files and messages against every reader: a typed error or success, under 10 s and 1.5 GB.

    PYTHONPATH=tests .venv/bin/python -m fuzz.input_bench [--seconds N] [--seed N] [--folder F] [READER...]

Prints a table; ends with 1 where something was found. What was found stays in the folder, none of it in the tree: the
smallest harmless ones become seeds beside this file, which the tests replay.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.readers import READERS

ROOT = Path(__file__).parents[2]


def judged(name: str, seconds: float, seed: int, folder: Path) -> tuple[str, int]:
    """One line of the table, and how many findings there are."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    # Apart from the user's own: the readers of logs write what they read.
    state = {f"WORKBENCH_{word}": str(place / word.lower()) for word in ("STATE", "TRUST", "CACHE")}
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")} | state
    command = [sys.executable, "-m", "fuzz.input_child", name, str(seconds), str(seed), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    if done.returncode:
        said = " ".join(done.stderr.split())[-300:]
        return f"{name:<16} the process ended with {done.returncode}; its input is {place / 'last'}: {said}", 1
    told = json.loads(done.stdout)
    found = "; ".join(f"{what} ({size} bytes)" for what, size in told["findings"].items()) or "none"
    kinds = len(told["codes"])
    return f"{name:<16}{told['tried']:>9,}{kinds:>7}{told['slowest']:>9.2f} s  {found}", len(told["findings"])


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser()
    options.add_argument("readers", nargs="*", choices=[[], *READERS], default=[])
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "workbench-fuzz")
    asked = options.parse_args()
    print(f"{'reader':<16}{'inputs':>9}{'kinds':>7}{'slowest':>11}  findings (in {asked.folder})")
    total = 0
    for name in asked.readers or READERS:
        line, found = judged(name, asked.seconds, asked.seed, asked.folder)
        print(line, flush=True)
        total += found
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
