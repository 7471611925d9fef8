"""Every score of one prediction: a bar a class where there are few, a curve over the classes where there are many."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtWidgets import QWidget

from workbench.gui.charts.axis import NumberAxis
from workbench.gui.charts.bars import BarSet, LyingBars
from workbench.gui.charts.curves import Curve, Curves
from workbench.gui.charts.plot import Plot
from workbench.gui.charts.ticks import nice_range
from workbench.gui.texts import tr
from workbench.spec.reply_keys import PredictionLine, is_part

BARS: Final = 24
"""Classes that still have a bar with a label each."""


class ScoresChart(Plot):
    """The classes in their own order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("ScoresChart", "All scores"), parent)
        self._shown: tuple[list[float], tuple[str, ...]] = ([], ())

    def show_scores(self, scores: list[float], labels: tuple[str, ...]) -> None:
        """Show one score a class, in class order."""
        if (scores, labels) == self._shown:
            return
        self._shown = scores, labels
        part = is_part(scores)
        lines = [PredictionLine(n, score, part) for n, score in enumerate(scores)]
        names = [line.label(labels) for line in lines]
        said = [f"{name}: {line.number()}" for name, line in zip(names, lines, strict=True)]
        # A bar that is to be told by its label needs the height of a line.
        line_height = self.fontMetrics().height() + 3
        self.setMinimumHeight(line_height * len(scores) + 44 if len(scores) <= BARS else 160)
        if len(scores) <= BARS:
            bars = BarSet("", scores, [line.number() for line in lines], said, width=0.62)
            self.draw(LyingBars(_numbers(scores), names, bars))
        else:
            classes = NumberAxis(0, len(scores) - 1, tr("ScoresChart", "class number"), whole=True)
            self.draw(Curves(classes, _numbers(scores), (Curve("", scores, width=1.4),), said))
        best = max(lines, key=lambda line: -math.inf if math.isnan(line.value or 0) else line.value or 0.0)
        text = tr("ScoresChart", "{n} classes; top-1 is {label} with {number}.")
        self.describe(text.format(n=len(scores), label=best.label(labels), number=best.number()))


def _numbers(scores: list[float]) -> NumberAxis:
    if is_part(scores):
        return NumberAxis(0, 1)
    known = [score for score in scores if math.isfinite(score)]
    return NumberAxis(*nice_range(min(0.0, *known, 0.0), max(0.0, *known, 0.0)))
