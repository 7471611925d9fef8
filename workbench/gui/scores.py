"""What a prediction says first: its best classes, or its few numbers. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

from workbench.spec.signature import Composition

TOP = 3
"""How many classes a row shows."""


@dataclass(frozen=True)
class Score:
    """One line of a row: label, number, and the bar's length 0..1 (None = no bar)."""

    label: str
    value: float
    part: float | None

    def number(self) -> str:
        """The number as a person reads it: a percentage where it is a part of one."""
        if self.part is None:
            return f"{self.value:.4g}"
        # "0.0 %" and "100.0 %" are said only of what is exactly that.
        if 0 < self.value < 0.0005:
            return "< 0.1 %"
        return "> 99.9 %" if 0.9995 <= self.value < 1 else f"{self.value * 100:.1f} %"


@dataclass(frozen=True)
class Reading:
    """How to read a reply: which keys carry scores, and the labels of the only one."""

    aliases: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @staticmethod
    def of(composition: Composition | None, labels: tuple[str, ...]) -> Reading:
        """The reading that goes with a signature."""
        return Reading(tuple(composition.scores) if composition else (), labels)


def top_scores(prediction: Mapping[str, object], reading: Reading) -> list[Score]:
    """At most `TOP` lines for a prediction: the best of one vector, or one line for each output."""
    aliases = [alias for alias in reading.aliases if alias in prediction]
    if len(aliases) == 1:
        return _of_vector(prediction[aliases[0]], aliases[0], reading.labels)
    return [_of_output(alias, prediction[alias]) for alias in aliases[:TOP]]


def _of_vector(value: object, alias: str, labels: tuple[str, ...]) -> list[Score]:
    numbers = _numbers(value)
    if numbers is None:
        return []
    if len(numbers) == 1:
        return [_line(labels[0] if len(labels) == 1 else alias, numbers[0], _probabilities(numbers))]
    parts = _probabilities(numbers)
    best = heapq.nlargest(TOP, range(len(numbers)), key=numbers.__getitem__)
    return [_line(_label(n, labels), numbers[n], parts) for n in best]


def _of_output(alias: str, value: object) -> Score:
    numbers = _numbers(value)
    if not numbers:
        return Score(alias, float("nan"), None)
    best = max(range(len(numbers)), key=numbers.__getitem__)
    label = alias if len(numbers) == 1 else f"{alias} #{best}"
    return _line(label, numbers[best], _probabilities(numbers))


def _line(label: str, value: float, parts: bool) -> Score:
    return Score(label, value, value if parts else None)


def _label(index: int, labels: tuple[str, ...]) -> str:
    return labels[index] if index < len(labels) else f"#{index}"


def _numbers(value: object) -> list[float] | None:
    """The value as a flat list of numbers; None for text and for nested lists."""
    values = value if isinstance(value, list) else [value]
    numbers = [float(v) for v in values if isinstance(v, Real)]
    return numbers if len(numbers) == len(values) else None


def _probabilities(numbers: list[float]) -> bool:
    return all(-1e-6 <= n <= 1 + 1e-6 for n in numbers)
