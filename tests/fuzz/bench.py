"""The bench of random models: written, judged, and read by the plain libraries. Run as a script for the table.

    PYTHONPATH=tests .venv/bin/python -m fuzz.bench [FIRST [COUNT]]

`KERAS2_PYTHON` may name a Python with TensorFlow 2.15 (Keras 2.15): it then writes as many models again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from fuzz.records import Record, read_records

ROOT = Path(__file__).parents[2]

WRITERS = ("keras:h5", "keras:keras", "tf_keras:h5", "tf_keras:keras")
"""Keras 3 and tf_keras of this environment, each in both formats."""

KERAS2 = "KERAS2_PYTHON"
KERAS2_WRITERS = ("keras:h5", "keras:keras")

CHUNK = 50
"""Models a process: enough to repay TensorFlow's start, few enough that what they leave behind does no harm."""

READERS = ("keras", "tf_keras")

Outcomes = dict[int, tuple[str, str]]
"""What became of each seed, and why."""


def child(module: str, *arguments: str | Path, python: str = sys.executable, **variables: str) -> str:
    """What a script of the bench prints. Raises `RuntimeError` with its last words."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}", "TF_CPP_MIN_LOG_LEVEL": "3"} | variables
    command = [python, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def write(folder: Path, first: int, count: int, *, keras2: str = "") -> list[Record]:
    """The records of `count` seeds, written into `folder`. Raises `RuntimeError` where too many seeds gave no model."""
    writers = KERAS2_WRITERS if keras2 else WRITERS
    child("fuzz.writer", folder, str(first), str(count), *writers, python=keras2 or sys.executable)
    skipped = sorted(folder.glob("*.skipped"))
    if len(skipped) > max(1, count // 20):
        raise RuntimeError(f"{len(skipped)} of {count} seeds gave no model: {skipped[0].read_text()}")
    return read_records(folder)


def judged(folder: Path) -> Outcomes:
    """The workbench's verdicts on a folder's files, its exports in a cache beside them."""
    from workbench.core.export.cache import CACHE_VARIABLE

    return _outcomes(child("fuzz.judge_child", folder, **{CACHE_VARIABLE: str(folder / "exports")}))


def plainly_read(folder: Path, library: str) -> Outcomes:
    """What a plain library makes of a folder's files."""
    return _outcomes(child("fuzz.plain_reader", folder, library))


def _outcomes(printed: str) -> Outcomes:
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith("[")]
    return {seed: (outcome, text) for seed, outcome, text in rows}


def table(records: Iterable[Record], by_reader: Mapping[str, Outcomes]) -> str:
    """One line a kind of model: how many were tried, and for each reader how many were right, wrong and refused; the
    codes are those of the first reader."""
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for record in records:
        for kind in ("all", f"written by {record.source}", *record.kinds):
            for reader, outcomes in by_reader.items():
                counts[kind][reader][outcomes[record.seed][0]] += 1
    heads = "".join(f"{f'{reader} right/wrong/refused':>32}" for reader in by_reader)
    lines = [f"{'kind':36}{'tried':>6}{heads}  refused"]
    for kind in sorted(counts, key=lambda k: (k != "all", not k.startswith("written"), k)):
        own = [counts[kind][reader] for reader in by_reader]
        lines.append(f"{kind:36}{own[0].total():>6}{''.join(map(_cell, own))}  {_codes(own[0])}".rstrip())
    return "\n".join(lines)


def _cell(outcomes: Counter[str]) -> str:
    right, wrong = outcomes["right"], outcomes["wrong"]
    return f"{right:>22} /{wrong:>3} /{outcomes.total() - right - wrong:>4}"


def _codes(outcomes: Counter[str]) -> str:
    return ", ".join(f"{code} {n}" for code, n in outcomes.most_common() if code not in ("right", "wrong"))


Told = tuple[list[Record], dict[str, Outcomes]]


def run(first: int, count: int, keras2: str = "") -> Told:
    """Write, judge and plainly read one chunk of seeds."""
    with tempfile.TemporaryDirectory(prefix="workbench-fuzz-") as place:
        folder = Path(place)
        records = write(folder, first, count, keras2=keras2)
        return records, {"workbench": judged(folder)} | {name: plainly_read(folder, name) for name in READERS}


def main(arguments: Sequence[str]) -> None:
    """Print the table, and every file that was not opened right."""
    first, count = int(arguments[0]) if arguments else 0, int(arguments[1]) if len(arguments) > 1 else 2000
    pythons = ["", os.environ[KERAS2]] if os.environ.get(KERAS2) else [""]
    with ThreadPoolExecutor(2) as pool:
        chunks = [
            pool.submit(run, start, min(CHUNK, first + count - start), python)
            for start in range(first, first + count, CHUNK)
            for python in pythons
        ]
        told = []
        for chunk in chunks:
            told.append(chunk.result())
            _print_faults(*told[-1])
    print(merged_table(told))


def _print_faults(records: Sequence[Record], outcomes: Mapping[str, Outcomes]) -> None:
    """Every file that was not opened right, as soon as its chunk is done, with what plain readers make of it."""
    for record in records:
        verdict, text = outcomes["workbench"][record.seed]
        if verdict != "right":
            plain = ", ".join(f"{reader}: {outcomes[reader][record.seed][0]}" for reader in READERS)
            print(f"{record.seed} {record.source}: {verdict}: {text} ({plain}) {record.kinds}", flush=True)


def merged_table(told: Sequence[Told]) -> str:
    """The table of several chunks, those of another Python with seeds of their own."""
    records: list[Record] = []
    merged: dict[str, Outcomes] = defaultdict(dict)
    for number, (chunk, outcomes) in enumerate(told):
        offset = number * 1_000_000
        records += [replace(record, seed=record.seed + offset) for record in chunk]
        for reader, found in outcomes.items():
            merged[reader].update({seed + offset: what for seed, what in found.items()})
    return table(records, merged)


if __name__ == "__main__":
    main(sys.argv[1:])
