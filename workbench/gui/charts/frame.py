"""Where the axes of a chart are, and painting them: every label in the middle of its tick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPalette, QPen

from workbench.gui.charts.axis import Axis, fitting, fitting_upwards, part_of
from workbench.gui.charts.drawing import Drawing, LegendEntry
from workbench.gui.charts.ticks import Tick
from workbench.gui.theme import tones

TICK: Final = 4.0
"""Pixels that a tick stands out of the plot."""

SPACE: Final = 4.0
"""Pixels between a tick and its label, and around the whole."""

WIDEST: Final = 0.4
"""Part of the width that names at the left may take; longer ones are cut in the middle."""

SWATCH: Final = 10.0
"""Pixels of a colour in the legend."""


@dataclass(frozen=True)
class Frame:
    """`plot` is the rectangle between the axes, in logical pixels; `ratio` is the screen's own for each."""

    plot: QRectF
    x: Axis
    y: Axis
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    legend: tuple[tuple[QRectF, LegendEntry], ...]
    ratio: float
    metrics: QFontMetricsF

    @classmethod
    def around(cls, drawing: Drawing, whole: QRectF, font: QFont, ratio: float) -> Frame:
        """The frame of a drawing within a widget's rectangle: labels, titles and legend get their room first."""
        metrics = QFontMetricsF(font)
        legend = tuple(_legend(drawing.legend, whole, metrics))
        begin = legend[-1][0].bottom() if legend else whole.top()
        top, bottom = _vertical(drawing, begin, whole.bottom(), metrics)
        y_ticks = fitting_upwards(drawing.y, bottom - top, metrics.height())
        left, right, x_ticks = _horizontal(drawing, whole, y_ticks, metrics)
        corners = (QPointF(_on_pixel(x, ratio), _on_pixel(y, ratio)) for x, y in ((left, top), (right, bottom)))
        return cls(QRectF(*corners), drawing.x, drawing.y, x_ticks, y_ticks, legend, ratio, metrics)

    def x_of(self, value: float) -> float:
        """The pixel of a value along the horizontal axis."""
        return self.plot.left() + part_of(self.x, value) * self.plot.width()

    def y_of(self, value: float) -> float:
        """The pixel of a value along the vertical axis, whose values grow upwards."""
        return self.plot.bottom() - part_of(self.y, value) * self.plot.height()

    def on_pixels(self, rect: QRectF) -> QRectF:
        """A rectangle whose edges lie between the screen's pixels, so that none of it is blurred."""
        left, top = _on_pixel(rect.left(), self.ratio), _on_pixel(rect.top(), self.ratio)
        right, bottom = _on_pixel(rect.right(), self.ratio), _on_pixel(rect.bottom(), self.ratio)
        return QRectF(left, top, right - left, bottom - top)

    def paint(self, painter: QPainter, palette: QPalette) -> None:
        """Lines, ticks, labels, titles and legend."""
        self._paint_lines(painter)
        ink, muted = palette.color(QPalette.ColorRole.Text), tones().muted
        self._paint_labels(painter, ink)
        line = self.metrics.height()
        painter.setPen(muted)
        if self.x.title:
            top = self.plot.bottom() + TICK + SPACE + line
            below = QRectF(self.plot.left(), top, self.plot.width(), line)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.x.title)
        if self.y.title:
            above = self.legend[-1][0].bottom() if self.legend else 0.0
            painter.drawText(QPointF(SPACE, above + SPACE + self.metrics.ascent()), self.y.title)
        for rect, entry in self.legend:
            self._paint_entry(painter, rect, entry, ink)

    def _paint_lines(self, painter: QPainter) -> None:
        grid = QColor(tones().line)
        grid.setAlphaF(0.6)
        for tick in self.x_ticks:
            if self.x.lines:
                self._upright(painter, tick.value, self.plot.top(), self.plot.height(), grid)
            self._upright(painter, tick.value, self.plot.bottom(), TICK, tones().muted)
        for tick in self.y_ticks:
            if self.y.lines:
                self._level(painter, tick.value, self.plot.left(), self.plot.width(), grid)
            self._level(painter, tick.value, self.plot.left() - TICK, TICK, tones().muted)
        # Where bars go to both sides their common foot is drawn as well.
        for value in (self.x.low, *((0.0,) if self.x.lines and self.x.low < 0 <= self.x.high else ())):
            self._upright(painter, value, self.plot.top(), self.plot.height(), tones().muted)
        for value in (self.y.low, *((0.0,) if self.y.lines and self.y.low < 0 <= self.y.high else ())):
            self._level(painter, value, self.plot.left(), self.plot.width(), tones().muted)

    def _upright(self, painter: QPainter, value: float, top: float, height: float, colour: QColor) -> None:
        """A line as thin as the screen can draw it, at a value of the horizontal axis."""
        painter.fillRect(QRectF(_on_pixel(self.x_of(value), self.ratio), top, 1 / self.ratio, height), colour)

    def _level(self, painter: QPainter, value: float, left: float, width: float, colour: QColor) -> None:
        painter.fillRect(QRectF(left, _on_pixel(self.y_of(value), self.ratio), width, 1 / self.ratio), colour)

    def _paint_labels(self, painter: QPainter, ink: QColor) -> None:
        painter.setPen(ink)
        line = self.metrics.height()
        top = self.plot.bottom() + TICK + SPACE / 2
        for tick in self.x_ticks:
            width = self.metrics.horizontalAdvance(tick.label) + 2
            place = QRectF(self.x_of(tick.value) - width / 2, top, width, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, tick.label)
        room = self.plot.left() - TICK - 2 * SPACE
        for tick in self.y_ticks:
            text = self.metrics.elidedText(tick.label, Qt.TextElideMode.ElideMiddle, room + 1)
            place = QRectF(SPACE - 2, self.y_of(tick.value) - line / 2, room + 2, line)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
            painter.drawText(place, flags, text)

    def _paint_entry(self, painter: QPainter, rect: QRectF, entry: LegendEntry, ink: QColor) -> None:
        middle = rect.center().y()
        painter.setPen(QPen(entry.colour(), 3, Qt.PenStyle.DashLine if entry.dashed else Qt.PenStyle.SolidLine))
        painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.left() + SWATCH, middle))
        painter.setPen(ink)
        place = rect.adjusted(SWATCH + SPACE, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, entry.name)


def _vertical(drawing: Drawing, begin: float, end: float, metrics: QFontMetricsF) -> tuple[float, float]:
    """The upper and the lower edge of the plot between the legend and the end of the widget."""
    line = metrics.height()
    top = begin + SPACE + (line if drawing.y.title else 0) + max(line / 2, drawing.room(metrics)[0])
    bottom = end - SPACE - TICK - SPACE - line * (2 if drawing.x.title else 1)
    return top, max(bottom, top + 1)


def _horizontal(
    drawing: Drawing, whole: QRectF, y_ticks: tuple[Tick, ...], metrics: QFontMetricsF
) -> tuple[float, float, tuple[Tick, ...]]:
    """The left and the right edge of the plot, and the labels below it, of which the last may stand half beyond."""
    names = max((metrics.horizontalAdvance(tick.label) for tick in y_ticks), default=0)
    left = whole.left() + SPACE + min(names, whole.width() * WIDEST) + SPACE + TICK
    right = max(whole.right() - SPACE - drawing.room(metrics)[1], left + 1)
    x_ticks = fitting(drawing.x, right - left, metrics.horizontalAdvance)
    if x_ticks:
        beyond = metrics.horizontalAdvance(x_ticks[-1].label) / 2
        beyond -= (1 - part_of(drawing.x, x_ticks[-1].value)) * (right - left)
        right = max(min(right, whole.right() - beyond), left + 1)
    return left, right, x_ticks


def _legend(
    entries: tuple[LegendEntry, ...], whole: QRectF, metrics: QFontMetricsF
) -> list[tuple[QRectF, LegendEntry]]:
    """Each name behind its colour, from left to right, in as many lines as they need."""
    found: list[tuple[QRectF, LegendEntry]] = []
    x, y = whole.left() + SPACE, whole.top() + SPACE
    for entry in entries:
        width = SWATCH + SPACE + metrics.horizontalAdvance(entry.name) + 2
        if found and x + width > whole.right():
            x, y = whole.left() + SPACE, y + metrics.height()
        found.append((QRectF(x, y, width, metrics.height()), entry))
        x += width + 3 * SPACE
    return found


def _on_pixel(value: float, ratio: float) -> float:
    return round(value * ratio) / ratio
