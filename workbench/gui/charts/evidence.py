"""A chart of the release gate's evidence: bars beside each other, or curves over the same places."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from workbench.gui.charts.axis import NamedAxis, NumberAxis
from workbench.gui.charts.bars import BarSet, UprightBars
from workbench.gui.charts.curves import Curve, Curves
from workbench.gui.charts.drawing import LegendEntry
from workbench.gui.charts.plot import Plot
from workbench.gui.charts.ticks import nice_range
from workbench.gui.texts import tr
from workbench.gui.theme import is_dark
from workbench.spec.evidence import number_text
from workbench.spec.report import Chart, ChartSeries

LIGHT: Final = ("#3d57d6", "#c2571a", "#17754a", "#8a4fb8", "#0f7d92", "#7a6a1f")
DARK: Final = ("#8ea1ff", "#f09a62", "#57c994", "#c79bee", "#5fc4d6", "#cdbb62")
"""The report page's colours of series (`core/report/templates/page.css`), which begin anew, dashed, after six."""

HEIGHT: Final = 240


class EvidenceChart(Plot):
    """The chart as the report's page draws it, with a legend where it has several lines."""

    def __init__(self, chart: Chart, parent: QWidget | None = None) -> None:
        super().__init__(chart.title, parent)
        self.setFixedHeight(HEIGHT)
        self.describe(_in_words(chart))
        self.draw(_bars(chart) if chart.kind == "bars" else _curves(chart))


def series_colour(n: int) -> QColor:
    """The colour of the line of that number in the theme of now."""
    return QColor((DARK if is_dark() else LIGHT)[n % len(LIGHT)])


def _bars(chart: Chart) -> UprightBars:
    width = min(0.8, 0.15 + 0.1 * len(chart.x))
    sets = tuple(
        BarSet(
            line.name,
            _known(chart, line),
            [number_text(y) if math.isfinite(y) else "" for y in _known(chart, line)],
            [_said(chart, place, (line,)) for place in range(len(chart.x))],
            partial(series_colour, n),
            width,
        )
        for n, line in enumerate(chart.lines)
    )
    return UprightBars(NamedAxis(chart.x, chart.x_title), _values(chart), sets, _legend(chart))


def _curves(chart: Chart) -> Curves:
    lines = tuple(
        Curve(line.name, _known(chart, line), partial(series_colour, n), n >= len(LIGHT))
        for n, line in enumerate(chart.lines)
    )
    said = [_said(chart, place, chart.lines) for place in range(len(chart.x))]
    return Curves(NamedAxis(chart.x, chart.x_title), _values(chart), lines, said, _legend(chart))


def _legend(chart: Chart) -> tuple[LegendEntry, ...]:
    if len(chart.lines) < 2:
        return ()
    return tuple(
        LegendEntry(line.name, partial(series_colour, n), n >= len(LIGHT)) for n, line in enumerate(chart.lines)
    )


def _known(chart: Chart, line: ChartSeries) -> tuple[float, ...]:
    """A value for each place; what a short line lacks is a gap."""
    return (*line.y[: len(chart.x)], *[math.nan] * (len(chart.x) - len(line.y)))


def _said(chart: Chart, place: int, lines: tuple[ChartSeries, ...]) -> str:
    """What is at a place: `32: p50 6.2, p95 8.8`; of an only line the number alone."""
    known = ((line.name if len(chart.lines) > 1 else "", _known(chart, line)[place]) for line in lines)
    parts = (f"{name} {number_text(y) if math.isfinite(y) else '–'}".strip() for name, y in known)
    return f"{chart.x[place]}: {', '.join(parts)}"


def _values(chart: Chart) -> NumberAxis:
    known = [y for line in chart.lines for y in _known(chart, line) if math.isfinite(y)]
    return NumberAxis(*nice_range(min(0.0, *known, 0.0), max(0.0, *known, 0.0)), chart.y_title)


def _in_words(chart: Chart) -> str:
    """What it shows, for those who cannot see it: each line from its least to its largest value."""
    text = tr("EvidenceChart", "{name}: {low} to {high}")
    parts = []
    for line in chart.lines:
        known = [y for y in _known(chart, line) if math.isfinite(y)]
        if known:
            parts.append(text.format(name=line.name, low=number_text(min(known)), high=number_text(max(known))))
    return "; ".join(parts)
