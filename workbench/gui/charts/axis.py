"""Axes: a range of numbers, or names in a row; which ticks they have room for, and where a value stands. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from workbench.gui.charts.ticks import STEPS, Tick, ticks

LONG: Final = 14
"""Letters of a name below an axis; a longer one is cut, and whole in what the mouse finds."""

MOST: Final = 10
"""Ticks that an axis has however much room there is."""

GAP: Final = 8.0
"""Pixels that stay free between two labels."""


class Axis(Protocol):
    """What the plot needs of an axis, whatever is along it."""

    @property
    def title(self) -> str:
        """What is along it; empty where that is clear."""

    @property
    def low(self) -> float:
        """The value at its beginning."""

    @property
    def high(self) -> float:
        """The value at its end."""

    @property
    def lines(self) -> bool:
        """Whether its ticks have lines across the plot."""

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """At most so many ticks, and one more at the end of whole steps."""


@dataclass(frozen=True)
class NumberAxis:
    """Numbers from `low` to `high`; `whole` ones have no ticks between them."""

    low: float
    high: float
    title: str = ""
    whole: bool = False
    lines: bool = True

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """Steps of 1, 2 or 5 times a power of ten."""
        return ticks(self.low, self.high, most, whole=self.whole)


@dataclass(frozen=True)
class NamedAxis:
    """Names in a row: the first has its middle at 0, the next at 1..."""

    names: Sequence[str]
    title: str = ""
    longest: int = LONG
    lines: bool = False

    @property
    def low(self) -> float:
        """Half a place before the first."""
        return -0.5

    @property
    def high(self) -> float:
        """Half a place behind the last."""
        return max(len(self.names), 1) - 0.5

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """Every name, or every second, third... where there are more than `most`."""
        every = max(-(-len(self.names) // most), 1)
        return tuple(Tick(n, cut(self.names[n], self.longest)) for n in range(0, len(self.names), every))


def cut(name: str, longest: int) -> str:
    """A name of at most so many letters."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def fitting(axis: Axis, length: float, width_of: Callable[[str], float]) -> tuple[Tick, ...]:
    """As many ticks as a horizontal axis of `length` pixels has the room for; two where it has not even that.

    `width_of` says how many pixels a label takes.
    """
    return _fitting(axis, length, width_of, MOST, GAP)


def fitting_upwards(axis: Axis, length: float, line: float) -> tuple[Tick, ...]:
    """The same for a vertical axis and labels `line` pixels high: every name, but few numbers."""
    if isinstance(axis, NamedAxis):
        return _fitting(axis, length, lambda _: line, len(axis.names), 0.0)
    return _fitting(axis, length, lambda _: line, STEPS, GAP)


def _fitting(axis: Axis, length: float, width_of: Callable[[str], float], most: int, gap: float) -> tuple[Tick, ...]:
    found = axis.ticks(max(most, 2))
    while most > 2 and not _fit(axis, found, length, width_of, gap):
        most -= 1
        found = axis.ticks(most)
    if len(found) < 2 or _fit(axis, found, length, width_of, gap):
        return found
    return found[0], found[-1]


def _fit(axis: Axis, found: Sequence[Tick], length: float, width_of: Callable[[str], float], gap: float) -> bool:
    end = -math.inf
    for value, label in found:
        middle, half = part_of(axis, value) * length, width_of(label) / 2
        if middle - half < end + gap:
            return False
        end = middle + half
    return True


def part_of(axis: Axis, value: float) -> float:
    """Where a value stands between the beginning (0) and the end (1) of an axis."""
    # Halves, for the whole range may be more than a float holds.
    return (value / 2 - axis.low / 2) / (axis.high / 2 - axis.low / 2)
