"""Row rate and estimated remaining time. Pure except for the clock passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

WINDOW: Final = 5.0
"""Seconds the rate is taken over: long enough to be calm, short enough to follow a machine that slows down."""


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
