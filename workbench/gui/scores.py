"""What a prediction says first: its best classes, or its few numbers. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

from workbench.spec.answers import scores_answer
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.signature import Composition

TOP = 3
"""How many classes a row shows."""


@dataclass(frozen=True)
class Score:
    """One line of a row: label, number (None = the label says all), and the bar's length 0..1 (None = no bar)."""

    label: str
    value: float | None
    part: float | None

    def number(self) -> str:
        """The number as a person reads it: a percentage where it is a part of one."""
        if self.value is None:
            return ""
        if self.part is None:
            return f"{self.value:.4g}"
        # "0.0 %" and "100.0 %" are said only of what is exactly that.
        if 0 < self.value < 0.0005:
            return "< 0.1 %"
        return "> 99.9 %" if 0.9995 <= self.value < 1 else f"{self.value * 100:.1f} %"


@dataclass(frozen=True)
class Reading:
    """How to read a reply: which keys carry what.

    `scores` is the key of one score a class, `two` says that its one number is the second label's. `top` are the
    keys of the best labels and of their scores, `best` that of the best label alone; `others` all model outputs.
    """

    scores: str = ""
    two: bool = False
    top: tuple[str, str] = ("", "")
    best: str = ""
    others: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @staticmethod
    def of(facts: ModelFacts | None, project: Project | None, composition: Composition | None) -> Reading:
        """The reading that goes with a project's signature."""
        if facts is None or project is None or composition is None:
            return Reading()
        by_kind = {answer.kind: answer.alias for answer in composition.answers}
        outputs = [a for a in composition.answers if a.kind == "output"]
        found = scores_answer(facts, project)
        scores = next((a.alias for a in outputs if found and a.source == found.source), "")
        return Reading(
            scores=scores,
            two=bool(found and found.two_class),
            top=(by_kind.get("top_labels", ""), by_kind.get("top_scores", "")),
            best=by_kind.get("best", ""),
            others=tuple(a.alias for a in outputs),
            labels=project.signature.labels,
        )


def top_scores(prediction: Mapping[str, object], reading: Reading) -> list[Score]:
    """At most `TOP` lines for a prediction: its best classes, else one line for each output."""
    if reading.scores in prediction:
        return _of_vector(prediction[reading.scores], reading.scores, reading)
    if all(key in prediction for key in reading.top):
        return _of_top(prediction[reading.top[0]], prediction[reading.top[1]])
    if reading.best in prediction:
        return [Score(_word(prediction[reading.best]), None, None)]
    aliases = [alias for alias in reading.others if alias in prediction]
    if len(aliases) == 1:
        return _of_vector(prediction[aliases[0]], aliases[0], reading)
    return [_of_output(alias, prediction[alias]) for alias in aliases[:TOP]]


def _of_vector(value: object, alias: str, reading: Reading) -> list[Score]:
    numbers = _numbers(value)
    if numbers is None:
        return []
    labels, parts = reading.labels, _probabilities(numbers)
    if len(numbers) == 1 and reading.two and parts:
        numbers = [1 - numbers[0], numbers[0]]
    elif len(numbers) == 1:
        return [_line(labels[0] if len(labels) == 1 else alias, numbers[0], parts)]
    best = heapq.nlargest(TOP, range(len(numbers)), key=numbers.__getitem__)
    return [_line(_label(n, labels), numbers[n], parts) for n in best]


def _of_top(labels: object, scores: object) -> list[Score]:
    numbers = _numbers(scores)
    if numbers is None or not isinstance(labels, list):
        return []
    parts = _probabilities(numbers)
    return [_line(_word(label), number, parts) for label, number in zip(labels[:TOP], numbers, strict=False)]


def _of_output(alias: str, value: object) -> Score:
    numbers = _numbers(value)
    if not numbers:
        return Score(alias, None, None)
    best = max(range(len(numbers)), key=numbers.__getitem__)
    label = alias if len(numbers) == 1 else f"{alias} #{best}"
    return _line(label, numbers[best], _probabilities(numbers))


def _line(label: str, value: float, parts: bool) -> Score:
    return Score(label, value, value if parts else None)


def _word(label: object) -> str:
    """A label as text; without labels a reply names classes by their place."""
    return f"#{label}" if isinstance(label, int) else str(label)


def _label(index: int, labels: tuple[str, ...]) -> str:
    return labels[index] if index < len(labels) else f"#{index}"


def _numbers(value: object) -> list[float] | None:
    """The value as a flat list of numbers; None for text and for nested lists."""
    values = value if isinstance(value, list) else [value]
    numbers = [float(v) for v in values if isinstance(v, Real)]
    return numbers if len(numbers) == len(values) else None


def _probabilities(numbers: list[float]) -> bool:
    return all(-1e-6 <= n <= 1 + 1e-6 for n in numbers)
