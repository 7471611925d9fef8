"""How many rows fall into which bin."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCharts import QBarCategoryAxis, QBarSeries, QBarSet, QValueAxis
from PySide6.QtWidgets import QWidget

from workbench.gui.charts.base import ThemedChart
from workbench.gui.theme import tones


class Histogram(ThemedChart):
    """Bars side by side; bins are named, counts are whole numbers."""

    def __init__(self, name: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._unit = unit
        self._shown: tuple[tuple[str, ...], tuple[int, ...]] = ((), ())

    @property
    def shown(self) -> dict[str, int]:
        """The counts by bin, as they are shown."""
        return dict(zip(*self._shown, strict=True))

    def show_counts(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show other counts; one name a bin."""
        new = (tuple(names), tuple(counts))
        if new != self._shown:
            self._shown = new
            self._draw()

    def recolour(self) -> None:
        super().recolour()
        self._draw()

    def _draw(self) -> None:
        names, counts = self._shown
        if not names:
            return
        bars = QBarSet("")
        bars.append([float(count) for count in counts])
        bars.setColor(tones().accent)
        bars.setBorderColor(tones().accent)
        series = QBarSeries()
        series.setBarWidth(0.9)
        series.append(bars)
        bins = QBarCategoryAxis()
        bins.append(list(names))
        bins.setTitleText(self._unit)
        bins.setGridLineVisible(False)
        rows = QValueAxis()
        rows.setLabelFormat("%d")
        rows.setRange(0, max(*counts, 1))
        rows.applyNiceNumbers()
        self.replace(series, bins, rows)
