"""A chart of the release gate's evidence: bars beside each other, or lines over the same places."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from itertools import count
from typing import Final

from PySide6.QtCharts import QAbstractSeries, QBarSeries, QBarSet, QCategoryAxis, QLineSeries, QValueAxis
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPalette, QPen
from PySide6.QtWidgets import QWidget

from workbench.gui.charts.base import ThemedChart
from workbench.gui.texts import tr
from workbench.gui.theme import is_dark
from workbench.spec.evidence import number_text
from workbench.spec.report import Chart, ChartSeries

LIGHT: Final = ("#3d57d6", "#c2571a", "#17754a", "#8a4fb8", "#0f7d92", "#7a6a1f")
DARK: Final = ("#8ea1ff", "#f09a62", "#57c994", "#c79bee", "#5fc4d6", "#cdbb62")
"""The report page's colours of series (`core/report/templates/page.css`)."""

TICKS: Final = 12
"""Names along the axis; of more places every second, third... is named."""

LONG: Final = 14
"""Letters of a name along the axis."""

HEIGHT: Final = 220


class EvidenceChart(ThemedChart):
    """The chart as the report's page draws it, with a legend where it has several lines."""

    def __init__(self, chart: Chart, parent: QWidget | None = None) -> None:
        super().__init__(chart.title, parent)
        self._shown = chart
        self.setFixedHeight(HEIGHT)
        self.describe(_in_words(chart))
        self._draw()

    def recolour(self) -> None:
        super().recolour()
        self._draw()

    @property
    def series(self) -> list[QAbstractSeries]:
        """What is drawn."""
        return self.chart().series()

    @property
    def ticks(self) -> list[str]:
        """The names along the axis."""
        (axis,) = self.chart().axes(Qt.Orientation.Horizontal)
        return axis.categoriesLabels() if isinstance(axis, QCategoryAxis) else []

    def _draw(self) -> None:
        shown = self._shown
        drawn = self._bars() if shown.kind == "bars" else self._lines()
        self.replace_all(drawn, _places(shown), _values(shown))
        legend = self.chart().legend()
        legend.setVisible(len(shown.lines) > 1)
        legend.setLabelColor(self.palette().color(QPalette.ColorRole.Text))

    def _colour(self, n: int) -> QColor:
        return QColor((DARK if is_dark(self.palette()) else LIGHT)[n % len(LIGHT)])

    def _bars(self) -> list[QAbstractSeries]:
        series = QBarSeries()
        series.setBarWidth(min(0.8, 0.15 + 0.1 * len(self._shown.x)))
        for n, line in enumerate(self._shown.lines):
            bars = QBarSet(html.escape(line.name))
            bars.append([y if math.isfinite(y) else 0.0 for y in _known(self._shown, line)])
            bars.setColor(self._colour(n))
            bars.setBorderColor(self._colour(n))
            series.append(bars)
        return [series]

    def _lines(self) -> list[QAbstractSeries]:
        found: list[QAbstractSeries] = []
        for n, line in enumerate(self._shown.lines):
            series = QLineSeries()
            series.setName(html.escape(line.name))
            known = enumerate(_known(self._shown, line))
            series.replace([QPointF(x, y) for x, y in known if math.isfinite(y)])
            series.setPen(QPen(self._colour(n), 1.8))
            series.setPointsVisible(len(self._shown.x) <= 2 * TICKS)
            found.append(series)
        return found


def _known(chart: Chart, line: ChartSeries) -> Sequence[float]:
    return line.y[: len(chart.x)]


def _places(chart: Chart) -> QCategoryAxis:
    """The names at their places; Qt takes each once, and reads it as HTML."""
    axis = QCategoryAxis()
    axis.setLabelsPosition(QCategoryAxis.AxisLabelsPosition.AxisLabelsPositionOnValue)
    axis.setStartValue(-0.5)
    axis.setRange(-0.5, max(len(chart.x), 1) - 0.5)
    axis.setGridLineVisible(False)
    axis.setTitleText(html.escape(chart.x_title))
    given: set[str] = set()
    for n in range(0, len(chart.x), -(-len(chart.x) // TICKS) or 1):
        name = chart.x[n] if len(chart.x[n]) <= LONG else f"{chart.x[n][: LONG - 1]}…"
        free = next(text for i in count(1) if (text := name if i == 1 else f"{name} ({i})") not in given)
        given.add(free)
        axis.append(html.escape(free), float(n))
    return axis


def _values(chart: Chart) -> QValueAxis:
    known = [y for line in chart.lines for y in _known(chart, line) if math.isfinite(y)] or [0.0]
    low, high = min(0.0, *known), max(0.0, *known)
    axis = QValueAxis()
    axis.setRange(low, high if high > low else low + 1)
    axis.applyNiceNumbers()
    axis.setLabelFormat("%g")
    axis.setTitleText(html.escape(chart.y_title))
    return axis


def _in_words(chart: Chart) -> str:
    """What it shows, for those who cannot see it: each line from its least to its largest value."""
    text = tr("EvidenceChart", "{name}: {low} to {high}")
    parts = []
    for line in chart.lines:
        known = [y for y in _known(chart, line) if math.isfinite(y)]
        if known:
            parts.append(text.format(name=line.name, low=number_text(min(known)), high=number_text(max(known))))
    return "; ".join(parts)
