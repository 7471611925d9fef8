"""Bins of equal width on a plain or a logarithmic scale, and the axis below them, whose ticks stand at true values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.gui.charts.ticks import FACTORS, Tick, log_ticks, ticks
from workbench.gui.texts import tr


@dataclass(frozen=True)
class Bins:
    """Edges in ascending order, each step as wide as the others, or as many times the one before where `log`.

    `below` and `above` say whether a bin without an end precedes the first edge and follows the last one.
    """

    edges: tuple[float, ...]
    log: bool = False
    below: bool = False
    above: bool = False

    @property
    def count(self) -> int:
        """How many there are, those without an end included."""
        return len(self.edges) - 1 + self.below + self.above

    def place_of(self, value: float) -> float:
        """Where a value stands in bins from the beginning of the first one."""
        first, second = self.edges[0], self.edges[1]
        if self.log:
            return self.below + math.log(value / first) / math.log(second / first)
        return self.below + (value - first) / (second - first)

    def name(self, n: int) -> str:
        """A bin by its edges: `0.25 to 0.3`, `below 1`, `2.51k and more`."""
        n -= self.below
        if n < 0:
            return tr("Bins", "below {edge}").format(edge=_short(self.edges[0]))
        if n == len(self.edges) - 1:
            return tr("Bins", "{edge} and more").format(edge=_short(self.edges[-1]))
        return tr("Bins", "{low} to {high}").format(low=_short(self.edges[n]), high=_short(self.edges[n + 1]))

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """True values at their places: of a logarithmic scale 1, 2, 5, 10..., or powers of ten alone."""
        low, high = self.edges[0], self.edges[-1]
        if not self.log:
            return self._placed(ticks(low, high, most))
        found = self._placed(log_ticks(low, high, FACTORS))
        return found if len(found) <= most else self._placed(log_ticks(low, high, FACTORS[:1]))

    def around(self, counts: Sequence[int]) -> tuple[Bins, list[int]]:
        """The bins from the first to the last that holds anything, with an empty one on either side; all if none."""
        there = [n for n, count in enumerate(counts) if count]
        if not there:
            return self, list(counts)
        first, last = max(there[0] - 1, 0), min(there[-1] + 2, self.count)
        low, high = max(first - self.below, 0), min(last - self.below, len(self.edges) - 1)
        below, above = self.below and first == 0, self.above and last == self.count
        return replace(self, edges=self.edges[low : high + 1], below=below, above=above), list(counts[first:last])

    def _placed(self, found: Sequence[Tick]) -> tuple[Tick, ...]:
        return tuple(Tick(self.place_of(value), label) for value, label in found)


@dataclass(frozen=True)
class BinAxis:
    """The axis below a histogram: a bin is 1 wide."""

    bins: Bins
    title: str = ""
    lines: bool = False
    low: float = 0.0

    @property
    def high(self) -> float:
        """The end of the last bin."""
        return float(self.bins.count)

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """Where values stand that people count in."""
        return self.bins.ticks(most)


def _short(value: float) -> str:
    return f"{value / 1000:.3g}k" if value >= 1000 else f"{value:.3g}"
