"""Where the ticks of an axis stand and what they are called: steps of 1, 2 or 5 times a power of ten. Pure."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from workbench.spec.evidence import NARROW

FACTORS: Final = (1, 2, 5)
"""Steps people can count in; every power of ten repeats them."""

PLAIN: Final = (1e-4, 1e6)
"""The largest label is written out between these, else as a power of ten."""

STEPS: Final = 5
"""Steps an axis is divided into where its range is widened to whole ones."""


HAIR: Final = 1e-9
"""Part of a step that rounding may be off by."""


class Tick(NamedTuple):
    """A place on an axis, in the axis' own unit, and the words that stand there."""

    value: float
    label: str


def nice_step(low: float, high: float, most: int, *, whole: bool = False) -> float:
    """The smallest step of 1, 2, 5, 10... that divides a range into at most `most` parts; `whole`: never below 1."""
    rough = high / most - low / most  # Each part for itself: their difference may be more than a float holds.
    if whole:
        rough = max(rough, 1.0)
    if not rough > 0:
        return 1.0
    power = math.floor(math.log10(rough))
    steps = (float(f"{factor}e{power + up}") for up in (0, 1) for factor in FACTORS)
    # What rounding made too large by a hair must not double the step; beyond the largest float there is none.
    return next((step for step in steps if rough * (1 - HAIR) <= step < math.inf), rough)


def nice_range(low: float, high: float, *, whole: bool = False) -> tuple[float, float]:
    """A range that begins and ends at a tick and holds the one given; one without extent becomes 1 wide."""
    if not high - low > 0:
        high = low + 1
    step = nice_step(low, high, STEPS, whole=whole)
    first, last = math.floor(low / step + HAIR) * step, math.ceil(high / step - HAIR) * step
    if not last > first:  # Less than can be divided.
        last = first + step
    return max(first, -sys.float_info.max), min(last, sys.float_info.max)


def ticks(low: float, high: float, most: int, *, whole: bool = False) -> tuple[Tick, ...]:
    """The ticks within a range, its ends included where they are whole steps."""
    step = nice_step(low, high, most, whole=whole)
    first, last = math.ceil(low / step - HAIR), math.floor(high / step + HAIR)
    values = [value for n in range(first, last + 1) if math.isfinite(value := n * step)]
    return tuple(Tick(value, label) for value, label in zip(values, tick_labels(values, step), strict=True))


def log_ticks(low: float, high: float, factors: Sequence[int] = FACTORS) -> tuple[Tick, ...]:
    """The `factors` of every power of ten from `low` to `high`, both above 0."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [float(f"{factor}e{power}") for power in powers for factor in factors]
    return tuple(Tick(v, short_number(v)) for v in found if low * (1 - HAIR) <= v <= high * (1 + HAIR))


def tick_labels(values: Sequence[float], step: float) -> list[str]:
    """The values with exactly the digits that tell neighbours apart, all written in one way."""
    largest = max((abs(value) for value in values), default=0.0)
    digits = -math.floor(math.log10(step) + HAIR)
    if largest == 0 or PLAIN[0] <= largest < PLAIN[1]:
        return [_plain(value, max(digits, 0)) for value in values]
    digits = max(math.floor(math.log10(largest)) + digits, 0)
    return ["0" if value == 0 else _power(value, digits) for value in values]


def short_number(value: float) -> str:
    """A number of few digits as a label: `0.5`, `20`, `2k` for two thousand."""
    return f"{value / 1000:g}k" if 1000 <= value < 1e6 else f"{value:g}"


def _plain(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}".replace(",", NARROW)
    return text.removeprefix("-") if float(text.replace(NARROW, "")) == 0 else text.replace("-", "−")


def _power(value: float, digits: int) -> str:
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return f"{mantissa}e{int(power)}".replace("-", "−")
