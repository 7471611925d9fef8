"""Every score of one prediction: a bar a class where there are few, a line over the classes where there are many."""

from __future__ import annotations

import html
from typing import Final

from PySide6.QtCharts import (
    QAbstractAxis,
    QBarCategoryAxis,
    QBarSet,
    QHorizontalBarSeries,
    QLineSeries,
    QValueAxis,
)
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from workbench.gui.charts.base import ThemedChart
from workbench.gui.texts import tr
from workbench.gui.theme import tones
from workbench.spec.reply_keys import PredictionLine, is_part

BARS: Final = 24
"""Classes that still have a bar with a label each."""


class ScoresChart(ThemedChart):
    """The classes in their own order, the best one in the accent's colour by its label."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("ScoresChart", "All scores"), parent)
        self._shown: tuple[list[float], tuple[str, ...]] = ([], ())

    def show_scores(self, scores: list[float], labels: tuple[str, ...]) -> None:
        """Show one score a class, in class order."""
        if (scores, labels) == self._shown and self.chart().series():
            return
        self._shown = scores, labels
        # A bar that is to be told by its label needs the height of a line.
        line = self.fontMetrics().height() + 3
        self.setMinimumHeight(line * len(scores) + 44 if len(scores) <= BARS else 160)
        (self._bars if len(scores) <= BARS else self._line)(scores, labels)
        best = max(range(len(scores)), key=scores.__getitem__)
        said = PredictionLine(best, scores[best], is_part(scores))
        text = tr("ScoresChart", "{n} classes; the best is {label} with {number}.")
        self.describe(text.format(n=len(scores), label=said.label(labels), number=said.number()))

    def recolour(self) -> None:
        super().recolour()
        scores, labels = self._shown
        self._shown = [], ()
        if scores:
            self.show_scores(scores, labels)

    def _bars(self, scores: list[float], labels: tuple[str, ...]) -> None:
        values = QBarSet("")
        values.append(list(reversed(scores)))
        values.setColor(tones().accent)
        values.setBorderColor(tones().accent)
        series = QHorizontalBarSeries()
        series.setBarWidth(0.62)
        series.append(values)
        classes = QBarCategoryAxis()
        # The axis takes each name once only: equal labels are told apart by their number.
        names = [PredictionLine(n).label(labels) for n in range(len(scores))]
        unique = [name if names.count(name) == 1 else f"{name} #{n}" for n, name in enumerate(names)]
        classes.append([html.escape(name) for name in reversed(unique)])  # Qt Charts reads labels as HTML.
        classes.setGridLineVisible(False)
        self.replace(series, _numbers(scores), classes)

    def _line(self, scores: list[float], labels: tuple[str, ...]) -> None:
        series = QLineSeries()
        series.replace([QPointF(n, score) for n, score in enumerate(scores)])
        series.setPen(QPen(tones().accent, 1.4))
        places = QValueAxis()
        places.setRange(0, len(scores) - 1)
        places.setLabelFormat("%d")
        places.setTitleText(tr("ScoresChart", "class number"))
        places.setTickCount(5)
        self.replace(series, places, _numbers(scores))


def _numbers(scores: list[float]) -> QAbstractAxis:
    axis = QValueAxis()
    if is_part(scores):
        axis.setRange(0, 1)
        axis.setLabelFormat("%.1f")
    else:
        low, high = min(0.0, *scores), max(0.0, *scores)
        axis.setRange(low, high if high > low else low + 1)
        axis.applyNiceNumbers()
    return axis
