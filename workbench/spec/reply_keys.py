"""The role of each reply key, and the top-k lines of a prediction."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from numbers import Real
from typing import Final

import msgspec

from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.signature import Composition

TOP: Final = 3
"""How many classes a row shows."""


class PredictionLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of a prediction: a class by its number or a key by its name, the number it got (None = the name says
    all), and whether that number is a part of one."""

    name: int | str
    value: float | None = None
    part: bool = False

    def label(self, labels: tuple[str, ...]) -> str:
        """The name as a person knows it; without labels classes go by their place."""
        if isinstance(self.name, str):
            return self.name
        return labels[self.name] if self.name < len(labels) else f"#{self.name}"

    def number(self) -> str:
        """The number as a person reads it: a percentage where it is a part of one."""
        if self.value is None:
            return ""
        if not self.part:
            return f"{self.value:.4g}"
        # "0.0 %" and "100.0 %" are said only of what is exactly that.
        if 0 < self.value < 0.0005:
            return "< 0.1 %"
        return "> 99.9 %" if 0.9995 <= self.value < 1 else f"{self.value * 100:.1f} %"


class ReplyKeys(msgspec.Struct, frozen=True):
    """The role of each reply key. Independent of labels: classes are identified by index.

    `scores` is the key of one score a class, `two` says that its one number is the second class's. `top` are the
    keys of the best labels and of their scores, `best` that of the best label alone; `others` all model outputs.
    """

    scores: str = ""
    two: bool = False
    top: tuple[str, str] = ("", "")
    best: str = ""
    others: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @staticmethod
    def of(facts: ModelFacts | None, project: Project | None, composition: Composition | None) -> ReplyKeys:
        """The reading that goes with a project's signature."""
        if facts is None or project is None or composition is None:
            return ReplyKeys()
        by_kind = {answer.kind: answer.alias for answer in composition.answers}
        outputs = [a for a in composition.answers if a.kind == "output"]
        found = scores_answer(facts, project)
        scores = next((a.alias for a in outputs if found and a.source == found.source), "")
        return ReplyKeys(
            scores=scores,
            two=bool(found and found.two_class),
            top=(by_kind.get("top_labels", ""), by_kind.get("top_scores", "")),
            best=by_kind.get("best", ""),
            others=tuple(a.alias for a in outputs),
            labels=project.signature.labels,
        )


def first_lines(prediction: Mapping[str, object], reading: ReplyKeys) -> list[PredictionLine]:
    """At most `TOP` lines for a prediction: its best classes, else one line for each output."""
    if reading.scores in prediction:
        return _of_vector(prediction[reading.scores], reading.scores, two=reading.two)
    if all(key in prediction for key in reading.top):
        return _of_top(prediction[reading.top[0]], prediction[reading.top[1]])
    if reading.best in prediction:
        return [PredictionLine(_name(prediction[reading.best]))]
    aliases = [alias for alias in reading.others if alias in prediction]
    if len(aliases) == 1:
        return _of_vector(prediction[aliases[0]], aliases[0], two=reading.two)
    return [_of_output(alias, prediction[alias]) for alias in aliases[:TOP]]


def scores_of(prediction: Mapping[str, object], reading: ReplyKeys) -> list[float]:
    """One number a class where the reply has them; empty else."""
    key = reading.scores or (reading.others[0] if len(reading.others) == 1 else "")
    numbers = _numbers(prediction.get(key)) or []
    if len(numbers) == 1:
        return [1 - numbers[0], numbers[0]] if reading.two and is_part(numbers) else []
    return numbers


def _of_vector(value: object, alias: str, *, two: bool) -> list[PredictionLine]:
    numbers = _numbers(value)
    if numbers is None:
        return []
    parts = is_part(numbers)
    if len(numbers) == 1 and two and parts:
        numbers = [1 - numbers[0], numbers[0]]
    elif len(numbers) == 1:
        return [PredictionLine(alias, numbers[0], parts)]
    best = heapq.nlargest(TOP, range(len(numbers)), key=numbers.__getitem__)
    return [PredictionLine(n, numbers[n], parts) for n in best]


def _of_top(names: object, scores: object) -> list[PredictionLine]:
    numbers = _numbers(scores)
    if numbers is None or not isinstance(names, list):
        return []
    parts = is_part(numbers)
    return [PredictionLine(_name(name), number, parts) for name, number in zip(names[:TOP], numbers, strict=False)]


def _of_output(alias: str, value: object) -> PredictionLine:
    numbers = _numbers(value)
    if not numbers:
        return PredictionLine(alias)
    best = max(range(len(numbers)), key=numbers.__getitem__)
    return PredictionLine(alias if len(numbers) == 1 else f"{alias} #{best}", numbers[best], is_part(numbers))


def _name(label: object) -> int | str:
    """A label as the reply says it; without labels a reply names classes by their place."""
    return label if isinstance(label, int) and not isinstance(label, bool) else str(label)


def _numbers(value: object) -> list[float] | None:
    """The value as a flat list of numbers; None for text and for nested lists."""
    values = value if isinstance(value, list) else [value]
    numbers = [float(v) for v in values if isinstance(v, Real)]
    return numbers if len(numbers) == len(values) else None


def is_part(numbers: list[float]) -> bool:
    """Whether every number may be a part of one."""
    return all(-1e-6 <= n <= 1 + 1e-6 for n in numbers)
