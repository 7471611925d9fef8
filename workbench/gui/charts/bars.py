"""Bars with their numbers: side by side and upwards, or below each other and to the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from workbench.gui.charts.axis import Axis, NamedAxis
from workbench.gui.charts.drawing import Colour, LegendEntry, Mark, accent
from workbench.gui.charts.frame import Frame
from workbench.gui.theme import tones

SPACE = 3.0
"""Pixels between a bar's end and its number."""

WIDEST = 2.0
"""Widths of a bar that its number may take."""


@dataclass(frozen=True)
class BarSet:
    """Bars of one colour, one a place of the axis; `numbers` stand at their ends, `texts` are what they say.

    A height that is no finite number has no bar.
    """

    name: str
    heights: Sequence[float]
    numbers: Sequence[str]
    texts: Sequence[str]
    colour: Colour = accent
    width: float = 0.8


@dataclass(frozen=True)
class UprightBars:
    """Sets of bars side by side over the places 0, 1, 2... of the horizontal axis."""

    x: Axis
    y: Axis
    sets: tuple[BarSet, ...]
    legend: tuple[LegendEntry, ...] = ()
    centre: float = 0.0
    """Where in its place a bar has its middle: 0 where places are named in their middle, 0.5 where their edges are."""

    def room(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """A line for the numbers."""
        return metrics.height() + SPACE, 0.0

    def marks(self, frame: Frame) -> list[Mark]:
        """Place by place, each from the first set to the last; those without a bar say so nevertheless."""
        return [self._mark(frame, n, place) for place in range(len(self._texts())) for n in range(len(self.sets))]

    def paint(self, painter: QPainter, frame: Frame, current: int) -> None:
        """The bars, and the numbers that have the room: they cover neither each other nor a bar beside theirs."""
        marks = self.marks(frame)
        for number, mark in enumerate(marks):
            paint_bar(painter, frame, mark, self.sets[number % len(self.sets)].colour(), number == current)
        painter.setPen(tones().muted)
        last = QRectF()
        for number, place in enumerate(self._number_places(frame, marks)):
            if self._has_room(marks, number, place) and not place.intersects(last):
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._number(number))
                last = place

    def _has_room(self, marks: Sequence[Mark], number: int, place: QRectF) -> bool:
        """Whether a number is clearly its bar's, and covers no neighbour."""
        if not self._number(number) or place.width() > WIDEST * marks[number].hot.width():
            return False
        return not any(place.intersects(marks[n].shape) for n in (number - 1, number + 1) if 0 <= n < len(marks))

    def _number_places(self, frame: Frame, marks: Sequence[Mark]) -> list[QRectF]:
        height = frame.metrics.height()
        places = []
        for number, mark in enumerate(marks):
            width = frame.metrics.horizontalAdvance(self._number(number)) + 2
            left = mark.shape.center().x() - width / 2
            places.append(QRectF(left, mark.shape.top() - SPACE - height, width, height))
        return places

    def _texts(self) -> Sequence[str]:
        return self.sets[0].texts if self.sets else ()

    def _number(self, mark: int) -> str:
        place, n = divmod(mark, len(self.sets))
        return self.sets[n].numbers[place]

    def _mark(self, frame: Frame, n: int, place: int) -> Mark:
        bars = self.sets[n]
        width = bars.width / len(self.sets)
        left = frame.x_of(place + self.centre - bars.width / 2 + n * width)
        right = frame.x_of(place + self.centre - bars.width / 2 + (n + 1) * width)
        height = bars.heights[place]
        ends = sorted((frame.y_of(0.0), frame.y_of(height if math.isfinite(height) else 0.0)))
        shape = frame.on_pixels(QRectF(QPointF(left, ends[0]), QPointF(right, ends[1])))
        hot = QRectF(QPointF(left, frame.plot.top()), QPointF(right, frame.plot.bottom()))
        return Mark(hot, shape, bars.texts[place])


@dataclass(frozen=True)
class LyingBars:
    """One bar a name, the first at the top, each with its number behind its end."""

    x: Axis
    names: Sequence[str]
    bars: BarSet
    legend: tuple[LegendEntry, ...] = ()

    @property
    def y(self) -> NamedAxis:
        """The names, from the bottom to the top."""
        return NamedAxis(tuple(reversed(self.names)), longest=10_000)

    def room(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """The width of the longest number."""
        return 0.0, max((metrics.horizontalAdvance(text) for text in self.bars.numbers), default=0.0) + SPACE

    def marks(self, frame: Frame) -> list[Mark]:
        """From the top to the bottom."""
        return [self._mark(frame, n) for n in range(len(self.names))]

    def paint(self, painter: QPainter, frame: Frame, current: int) -> None:
        """The bars and their numbers; that of a bar to the left stands at the right of the zero."""
        for number, mark in enumerate(self.marks(frame)):
            paint_bar(painter, frame, mark, self.bars.colour(), number == current)
            painter.setPen(tones().muted)
            line = frame.metrics.height()
            place = QRectF(mark.shape.right() + SPACE, mark.shape.center().y() - line / 2, frame.plot.width(), line)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.bars.numbers[number])

    def _mark(self, frame: Frame, n: int) -> Mark:
        middle, half = len(self.names) - 1 - n, self.bars.width / 2
        top, bottom = frame.y_of(middle + half), frame.y_of(middle - half)
        value = self.bars.heights[n]
        ends = sorted((frame.x_of(0.0), frame.x_of(value if math.isfinite(value) else 0.0)))
        shape = frame.on_pixels(QRectF(QPointF(ends[0], top), QPointF(ends[1], bottom)))
        hot = QRectF(QPointF(0, frame.y_of(middle + 0.5)), QPointF(frame.plot.right(), frame.y_of(middle - 0.5)))
        return Mark(hot, shape, self.bars.texts[n])


def paint_bar(painter: QPainter, frame: Frame, mark: Mark, colour: QColor, current: bool) -> None:
    """A bar; the current one on a ground of its own, as high as the mouse finds it."""
    if current:
        ground = QColor(colour)
        ground.setAlphaF(0.18)
        painter.fillRect(mark.hot.intersected(frame.plot), ground)
    painter.fillRect(mark.shape, colour)
