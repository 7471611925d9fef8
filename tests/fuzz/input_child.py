"""Damages the corpus of one reader for some seconds and tells what came of it, as JSON on stdout.

    python -m fuzz.input_child NAME SECONDS SEED FOLDER

Findings go into FOLDER, the smallest input of each. An input that ends the process is left there as `last`.
"""

from __future__ import annotations

import faulthandler
import hashlib
import json
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Final

from fuzz.mutations import damaged
from fuzz.readers import READERS, Reader
from hypothesis import HealthCheck, Phase, given, seed, settings

from workbench.spec.errors import WorkbenchError

LONGEST: Final = 10.0
"""Seconds of the process's own time that one input may take: other processes of a busy machine do not count."""

WATCH: Final = 60.0
"""Seconds by the clock after which the process ends: what waits for ever uses no time of its own."""

MEMORY: Final = 1536 << 20
"""Bytes that reading one input may take, beside what the readers' libraries take by themselves."""

ROUND: Final = 500
"""Inputs drawn of one seed: Hypothesis remembers each to draw none twice."""


class InputLog:
    """What became of the inputs, and the smallest of each finding."""

    def __init__(self, reader: Reader, folder: Path) -> None:
        self._reader, self._folder = reader, folder
        self.tried, self.slowest = 0, 0.0
        self.codes: Counter[str] = Counter()
        self.findings: dict[str, int] = {}

    def put(self, data: bytes, work: Path) -> None:
        """Read one input; keep it where it is a finding."""
        path = work / f"input{self._reader.ending}"
        path.write_bytes(data)
        (self._folder / "last").write_bytes(data)
        faulthandler.dump_traceback_later(WATCH, exit=True)
        start = time.process_time()
        try:
            self._reader.read(path)
            self.codes["read"] += 1
        except WorkbenchError as err:
            self.codes[err.code] += 1
        except Exception as err:  # noqa: BLE001 - whatever else comes is what is looked for
            self._found(f"{type(err).__name__} {_place(err)}", data)
        took = time.process_time() - start
        if took > LONGEST:
            self._found("slow", data)
        self.tried, self.slowest = self.tried + 1, max(self.slowest, took)

    def _found(self, what: str, data: bytes) -> None:
        if len(data) < self.findings.get(what, sys.maxsize):
            self.findings[what] = len(data)
            name = hashlib.sha256(what.encode()).hexdigest()[:8]
            (self._folder / f"{name}{self._reader.ending}").write_bytes(data)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-3:]))


def limit_memory() -> None:
    """No input may take more than `MEMORY`; a `MemoryError` is then a finding."""
    grown = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (grown + MEMORY, resource.RLIM_INFINITY))


def run(name: str, seconds: float, first: int, folder: Path) -> InputLog:
    """Draw inputs until the time is over."""
    reader = READERS[name]
    corpus, log = reader.corpus(), InputLog(reader, folder)
    until = time.process_time() + seconds
    with tempfile.TemporaryDirectory(prefix="workbench-fuzz-") as work:
        for data in corpus:
            log.put(data, Path(work))
        limit_memory()
        number = first
        while time.process_time() < until:
            _round(log, corpus, number, Path(work), until)
            number += 1
    faulthandler.cancel_dump_traceback_later()
    (folder / "last").unlink(missing_ok=True)
    return log


def _round(log: InputLog, corpus: list[bytes], number: int, work: Path, until: float) -> None:
    @seed(number)
    @settings(
        max_examples=ROUND,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(damaged(corpus))
    def drawn(data: bytes) -> None:
        if time.process_time() < until:
            log.put(data, work)

    drawn()


def main() -> None:
    """See above."""
    name, seconds, first, folder = sys.argv[1:5]
    log = run(name, float(seconds), int(first), Path(folder))
    told = {"tried": log.tried, "slowest": log.slowest, "codes": log.codes, "findings": log.findings}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
