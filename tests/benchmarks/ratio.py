"""One measured step beside its peer, and the clock that every benchmark uses."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

REPEATS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A step's seconds (or what `unit` says), ours and the peer's: below 1 we need less."""

    step: str
    ours: float
    peer: str
    peer_seconds: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """Ours for each unit of the peer's."""
        return self.ours / self.peer_seconds


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least seconds of several runs: what the work costs when nothing else is in the way."""
    return min(_timed(work) for _ in range(repeats))


def best_command(command: Sequence[str], repeats: int = REPEATS) -> float:
    """The least seconds of a whole process, from its start to its end. Raises where it fails."""
    return best(lambda: subprocess.run(command, check=True, capture_output=True), repeats)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
