"""Charts on the screen, and what their pixels say: ticks, ink, colours."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.charts.plot import Plot

WIDTH: Final = 500
HEIGHT: Final = 300


def shown(qtbot: QtBot, chart: QWidget, height: int = HEIGHT) -> None:
    qtbot.addWidget(chart)
    chart.resize(WIDTH, height)
    chart.show()
    qtbot.waitUntil(chart.isActiveWindow)
    chart.clearFocus()  # Qt gives it to the first that takes it.


def picture(chart: QWidget) -> QImage:
    return chart.grab().toImage()


def is_ink(image: QImage, x: int, y: int) -> bool:
    """Whether a pixel is clearly no ground: letters and ticks, but no line of the grid."""
    ground, here = image.pixelColor(0, image.height() - 1), image.pixelColor(x, y)
    return abs(here.lightness() - ground.lightness()) > 60


def runs(places: list[int], gap: int = 1) -> list[tuple[int, int]]:
    """First and last of each run of places that lie no further than `gap` apart."""
    starts = [0, *(n + 1 for n, (one, other) in enumerate(pairwise(places)) if other - one > gap), len(places)]
    return [(places[first], places[last - 1]) for first, last in pairwise(starts)]


def level_ticks(chart: Plot, image: QImage) -> list[int]:
    """The rows of the ticks at the left of the vertical axis, from the bottom up."""
    x = round(chart.frame().plot.left()) - 3
    rows = range(round(chart.frame().plot.top()) - 1, round(chart.frame().plot.bottom()) + 2)
    return [first for first, _ in runs([y for y in rows if is_ink(image, x, y)])][::-1]


def upright_ticks(chart: Plot, image: QImage) -> list[int]:
    """The columns of the ticks below the horizontal axis, from left to right."""
    y = round(chart.frame().plot.bottom()) + 2
    columns = range(round(chart.frame().plot.left()) - 1, round(chart.frame().plot.right()) + 2)
    return [first for first, _ in runs([x for x in columns if is_ink(image, x, y)])]


def column_of(image: QImage, x: int, colour: QColor) -> list[int]:
    """The rows of a column that have a colour."""
    return [y for y in range(image.height()) if image.pixelColor(x, y) == colour]
