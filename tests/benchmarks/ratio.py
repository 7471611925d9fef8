"""One measured step beside its peer, and the clock that every benchmark uses."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

REPEATS: Final = 5
QUICK_REPEATS: Final = 2
_hurried: list[bool] = []


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


def hurry() -> None:
    """From now on everything is measured twice at most (`--quick`)."""
    _hurried.append(True)


def repeats(wanted: int = REPEATS) -> int:
    """How often a step is measured that should be measured `wanted` times."""
    return min(wanted, QUICK_REPEATS) if _hurried else wanted


def best(work: Callable[[], object], wanted: int = REPEATS) -> float:
    """The least seconds of several runs: what the work costs when nothing else is in the way."""
    return min(_timed(work) for _ in range(repeats(wanted)))


def best_command(command: Sequence[str], wanted: int = REPEATS) -> float:
    """The least seconds of a whole process, from its start to its end. Raises where it fails."""
    return best(lambda: subprocess.run(command, check=True, capture_output=True), wanted)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
