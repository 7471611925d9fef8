"""A chart in the window's own colours and letters, which change with the theme."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCharts import QAbstractAxis, QAbstractSeries, QChart, QChartView
from PySide6.QtCore import QEvent, QMargins
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QFrame, QWidget

from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import plain_tip


class ThemedChart(QChartView):
    """One chart without a legend; `name` is what a screen reader says, with `describe` for what it shows."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        chart = QChart()
        chart.legend().hide()
        chart.setMargins(QMargins(2, 2, 2, 2))
        chart.setBackgroundVisible(False)
        chart.layout().setContentsMargins(0, 0, 0, 0)
        self.setChart(chart)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setAccessibleName(name)
        self.setMinimumSize(160, 120)
        self.setAcceptDrops(False)
        self.viewport().setAutoFillBackground(False)

    def describe(self, text: str) -> None:
        """The chart in words: for those who cannot see it, and as its tool tip."""
        self.setAccessibleDescription(text)
        self.setToolTip(plain_tip(text))

    def replace(self, series: QAbstractSeries, horizontal: QAbstractAxis, vertical: QAbstractAxis) -> None:
        """Show other data on other axes."""
        self.replace_all([series], horizontal, vertical)

    def replace_all(self, drawn: Sequence[QAbstractSeries], horizontal: QAbstractAxis, vertical: QAbstractAxis) -> None:
        """The same of several series on the same axes."""
        from PySide6.QtCore import Qt

        chart = self.chart()
        chart.removeAllSeries()
        for axis in chart.axes():
            chart.removeAxis(axis)
        for series in drawn:
            chart.addSeries(series)
        chart.addAxis(horizontal, Qt.AlignmentFlag.AlignBottom)
        chart.addAxis(vertical, Qt.AlignmentFlag.AlignLeft)
        for axis in (horizontal, vertical):
            for series in drawn:
                series.attachAxis(axis)
            self._dress(axis)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.recolour()
        super().changeEvent(event)

    def recolour(self) -> None:
        """Take the colours of the theme of now."""
        for axis in self.chart().axes():
            self._dress(axis)

    def _dress(self, axis: QAbstractAxis) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.88)
        axis.setTruncateLabels(False)
        axis.setLabelsFont(font)
        axis.setTitleFont(font)
        axis.setLabelsColor(self.palette().color(self.foregroundRole()))
        axis.setTitleBrush(tones().muted)
        axis.setLinePen(QPen(tones().line))
        grid = QColor(tones().line)
        grid.setAlphaF(0.6)
        axis.setGridLinePen(QPen(grid))
