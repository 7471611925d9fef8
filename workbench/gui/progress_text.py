"""Progress of a job as text: how far it is, its rate, its remaining time. Pure except for the clock passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

from workbench.gui.texts import number_text, seconds_text, size_text, tr
from workbench.spec.model import Progress

WINDOW: Final = 5.0
"""Seconds the rate is taken over: long enough to be calm, short enough to follow a machine that slows down."""

STEPS: Final = 20
"""Up to so many units they are steps of different lengths, whose rate says nothing of the rest."""

GAP: Final = "  ·  "


class RateEstimator:
    """Told of rows as they come; begins with the first of them, for before it an export may have been written."""

    def __init__(self, total: int, clock: Callable[[], float] = monotonic) -> None:
        """`total` 0 = not known."""
        self.total, self.done = total, 0
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def tell(self, count: int) -> None:
        """Some rows have come."""
        self.done += count
        now = self._clock()
        self._seen.append((now, self.done))
        while now - self._seen[0][0] > WINDOW and len(self._seen) > 2:
            self._seen.popleft()

    def reach(self, done: int) -> None:
        """So many there are by now."""
        self.tell(done - self.done)

    @property
    def rate(self) -> float:
        """Rows a second of late; 0 where it is not known yet."""
        if len(self._seen) < 2:
            return 0.0
        (then, before), (now, after) = self._seen[0], self._seen[-1]
        return (after - before) / (now - then) if now > then else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the rest has come; None where it is not known."""
        return (self.total - self.done) / self.rate if self.total and self.rate else None


class ProgressMeter:
    """Told of a job's progress; a rate of its own is taken where the job does not say one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._step = ""
        self._pace = RateEstimator(0, clock)

    def words(self, progress: Progress) -> str:
        """`3 of 12`, or `1.2 MB of 9.3 MB  ·  3.1 MB a second  ·  3 s left`; empty where nothing is known."""
        if progress.step != self._step or progress.total != self._pace.total:
            self._step, self._pace = progress.step, RateEstimator(progress.total, self._clock)
        self._pace.reach(progress.done)
        return GAP.join(part for part in (figures_text(progress), self._pace_of(progress)) if part)

    def _pace_of(self, progress: Progress) -> str:
        if progress.rate:
            return pace_words(progress.rate, progress.left, progress.unit)
        if progress.unit == "bytes" or max(progress.total, progress.done) > STEPS:
            return pace_words(self._pace.rate, self._pace.left, progress.unit)
        return ""


def figures_text(progress: Progress) -> str:
    """How far a step is: `1.2 MB of 9.3 MB`, `3 of 12`; empty where its length is not known."""
    if not progress.total:
        return ""
    write = size_text if progress.unit == "bytes" else number_text
    return tr("Meter", "{done} of {total}").format(done=write(progress.done), total=write(progress.total))


def pace_words(rate: float, left: float | None, unit: str = "") -> str:
    """Units a second and the seconds left, as far as they are known."""
    parts = []
    if rate > 0:
        parts.append(tr("Meter", "{rate} per second").format(rate=_rate(rate, unit)))
    if left is not None and left >= 1:
        parts.append(tr("Meter", "{left} left").format(left=f"{left:.0f} s" if left < 90 else seconds_text(left)))
    return GAP.join(parts)


def _rate(rate: float, unit: str) -> str:
    if unit == "bytes":
        return size_text(round(rate))
    return number_text(round(rate)) if rate >= 10 else f"{max(rate, 0.1):.1f}"
