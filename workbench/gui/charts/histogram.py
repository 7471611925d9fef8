"""How many rows fall into which bin."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from workbench.gui.charts.axis import NumberAxis
from workbench.gui.charts.bars import BarSet, UprightBars
from workbench.gui.charts.bins import BinAxis, Bins
from workbench.gui.charts.plot import Plot
from workbench.gui.charts.ticks import nice_range
from workbench.gui.texts import number_text, tr

WIDTH = 0.92
"""Part of its bin that a bar fills, so that equal neighbours are told apart."""


class Histogram(Plot):
    """Counts over bins of equal width; the axis says the values where they are."""

    def __init__(self, name: str, title: str, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._title, self._unit = title, unit
        self._shown: tuple[Bins, tuple[int, ...]] | None = None

    @property
    def shown(self) -> dict[str, int]:
        """The counts by the name of their bin, as they are shown."""
        if self._shown is None:
            return {}
        bins, counts = self._shown
        return {bins.name(n): count for n, count in enumerate(counts)}

    def show_counts(self, bins: Bins, counts: Sequence[int]) -> None:
        """Show other counts; one a bin."""
        new = (bins, tuple(counts))
        if new != self._shown:
            self._shown = new
            self.draw(self._bars(bins, counts))

    def _bars(self, bins: Bins, counts: Sequence[int]) -> UprightBars:
        names = (f"{bins.name(n)} {self._unit}".strip() for n in range(bins.count))
        text = tr("Histogram", "{where}: {n} rows")
        said = [text.format(where=name, n=number_text(count)) for name, count in zip(names, counts, strict=True)]
        numbers = [number_text(count) if count else "" for count in counts]
        rows = BarSet("", [float(count) for count in counts], numbers, said, width=WIDTH)
        _, top = nice_range(0, max(*counts, 1), whole=True)
        return UprightBars(BinAxis(bins, self._title), NumberAxis(0, top, whole=True), (rows,), centre=0.5)
