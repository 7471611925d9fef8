"""Curves over the same places: lines with a dot where points are few, and a gap where a number is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from workbench.gui.charts.axis import Axis
from workbench.gui.charts.drawing import Colour, LegendEntry, Mark, accent
from workbench.gui.charts.frame import Frame
from workbench.gui.theme import tones

DOTS = 24
"""Places whose points still have a dot each."""

RADIUS = 2.5
"""Pixels of a dot; the current point's is twice that."""


@dataclass(frozen=True)
class Curve:
    """Heights over the places 0, 1, 2...; one that is no finite number is a gap."""

    name: str
    heights: Sequence[float]
    colour: Colour = accent
    dashed: bool = False
    width: float = 1.8

    def points(self, frame: Frame) -> list[QPointF | None]:
        """The pixel of each place; None in a gap."""
        return [QPointF(frame.x_of(n), frame.y_of(y)) if math.isfinite(y) else None for n, y in enumerate(self.heights)]

    def pieces(self, frame: Frame) -> Iterator[list[QPointF]]:
        """The points between two gaps, however few."""
        piece: list[QPointF] = []
        for point in (*self.points(frame), None):
            if point is not None:
                piece.append(point)
            elif piece:
                yield piece
                piece = []


@dataclass(frozen=True)
class Curves:
    """Curves on common axes; `texts` are what each place says, of all curves together."""

    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    texts: Sequence[str]
    legend: tuple[LegendEntry, ...] = ()

    def room(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """Half a dot."""
        return RADIUS, RADIUS

    def marks(self, frame: Frame) -> list[Mark]:
        """One a place, from left to right: a strip to the middle of its neighbours."""
        found = []
        for n, text in enumerate(self.texts):
            hot = QRectF(
                QPointF(frame.x_of(n - 0.5), frame.plot.top()), QPointF(frame.x_of(n + 0.5), frame.plot.bottom())
            )
            x = frame.x_of(n)
            found.append(Mark(hot, QRectF(x, frame.plot.top(), 0.0, frame.plot.height()), text))
        return found

    def paint(self, painter: QPainter, frame: Frame, current: int) -> None:
        """A line along the current place, the curves over it."""
        if current >= 0:
            x = frame.x_of(current)
            painter.setPen(QPen(tones().muted, 1))
            painter.drawLine(QPointF(x, frame.plot.top()), QPointF(x, frame.plot.bottom()))
        for curve in self.curves:
            self._paint_curve(painter, frame, curve)
            points = curve.points(frame)
            if 0 <= current < len(points) and (point := points[current]) is not None:
                self._dot(painter, point, curve.colour(), 2 * RADIUS)

    def _paint_curve(self, painter: QPainter, frame: Frame, curve: Curve) -> None:
        style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
        for piece in curve.pieces(frame):
            painter.setPen(QPen(curve.colour(), curve.width, style))
            painter.drawPolyline(QPolygonF(piece))
            # A point between two gaps would not be seen as a line.
            if len(curve.heights) <= DOTS or len(piece) == 1:
                for point in piece:
                    self._dot(painter, point, curve.colour(), RADIUS)

    @staticmethod
    def _dot(painter: QPainter, point: QPointF, colour: QColor, radius: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(colour))
        painter.drawEllipse(point, radius, radius)
