"""Charts as they are seen and used: pixels where the values are, hover, keys, screen reader, both themes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from gui.chart_pixels import HEIGHT, WIDTH, column_of, is_ink, level_ticks, picture, runs, shown, upright_ticks
from workbench.gui import theme
from workbench.gui.charts.bins import Bins
from workbench.gui.charts.histogram import Histogram
from workbench.gui.charts.scores import ScoresChart
from workbench.gui.theme import tones

tips = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
"""The offscreen plugin says so of every tool tip."""

TENTHS: Final = Bins(tuple(n / 10 for n in range(11)))
COUNTS: Final = [0, 3, 12, 40, 22, 5, 0, 0, 1, 0]


@pytest.fixture
def histogram(qtbot: QtBot) -> Histogram:
    chart = Histogram("Best score", "score")
    chart.show_counts(TENTHS, COUNTS)
    chart.describe("83 rows")
    shown(qtbot, chart)
    return chart


def test_bars_are_as_high_as_their_counts_measured_at_the_ticks(histogram: Histogram) -> None:
    image = picture(histogram)
    rows = level_ticks(histogram, image)
    assert [tick.label for tick in histogram.frame().y_ticks] == ["0", "10", "20", "30", "40"]
    per_row = (rows[0] - rows[-1]) / 40
    assert len(rows) == 5
    for mark, count in zip(histogram.marks, COUNTS, strict=True):
        filled = column_of(image, round(mark.hot.center().x()), tones().accent)
        assert len(filled) == pytest.approx(count * per_row, abs=1.01)


def test_bins_are_equally_wide_and_begin_and_end_at_the_ticks_of_their_edges(histogram: Histogram) -> None:
    image = picture(histogram)
    columns = upright_ticks(histogram, image)
    assert [tick.label for tick in histogram.frame().x_ticks] == [f"{n / 10:.1f}" for n in range(11)]
    assert len(columns) == 11
    y = round(histogram.frame().y_of(1))  # Crossed by the five bars of more than one.
    bars = runs([x for x in range(WIDTH) if image.pixelColor(x, y) == tones().accent])
    assert len(bars) >= 5
    widths = [last - first for first, last in bars[:5]]
    assert max(widths) - min(widths) <= 1
    for (first, last), left, right in zip(bars[:5], columns[1:6], columns[2:7], strict=True):
        assert left < first < last < right


def test_bars_are_found_where_they_are_after_another_size_font_and_data(histogram: Histogram) -> None:
    seen = []

    def look() -> None:
        shape = histogram.marks[3].shape
        filled = column_of(picture(histogram), round(shape.center().x()), tones().accent)
        assert (filled[0], filled[-1] + 1) == (shape.top(), shape.bottom())
        seen.append(shape)

    look()
    histogram.resize(WIDTH + 200, HEIGHT - 90)
    look()
    font = histogram.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    histogram.setFont(font)
    look()
    histogram.show_counts(TENTHS, [*COUNTS[2:], 0, 7])
    look()
    assert len({shape.getRect() for shape in seen}) == 4


@pytest.mark.parametrize("width", [260, 380, 500, 811])
def test_every_label_has_its_middle_at_its_tick(histogram: Histogram, width: int) -> None:
    histogram.resize(width, HEIGHT)
    image, frame = picture(histogram), histogram.frame()
    top = round(frame.plot.bottom()) + 5
    rows = range(top, top + round(frame.metrics.height()))
    ink = [x for x in range(width) if any(is_ink(image, x, y) for y in rows)]
    middles = [(first + last) / 2 for first, last in runs(ink, gap=6)]
    ticks = upright_ticks(histogram, image)
    assert len(ticks) == len(frame.x_ticks) >= 3
    assert middles == pytest.approx(ticks, abs=2)


def test_numbers_stand_on_the_bars_that_have_the_room(qtbot: QtBot, histogram: Histogram) -> None:
    def number_above(mark: int) -> bool:
        image, shape = picture(histogram), histogram.marks[mark].shape
        rows = range(round(shape.top()) - 14, round(shape.top()) - 2)
        columns = range(round(shape.left()), round(shape.right()))
        return any(image.pixelColor(x, y).lightness() < 170 for y in rows for x in columns)

    assert [number_above(n) for n in (2, 3, 4, 8)] == [True] * 4
    assert not number_above(9)  # Nothing to say of an empty bin.
    narrow = Bins(tuple(n / 200 for n in range(201)))
    histogram.show_counts(narrow, [100_000] * 200)
    assert not any(number_above(n) for n in range(1, 199, 20))


def test_the_mouse_finds_a_bar_anywhere_in_its_column_and_says_it(qtbot: QtBot, histogram: Histogram) -> None:
    mark = histogram.marks[3]
    place = QPoint(round(mark.hot.center().x()), round(histogram.frame().plot.top()) + 5)
    before = picture(histogram)
    with qtbot.waitSignal(histogram.mark_changed) as changed:
        QTest.mouseMove(histogram, place)
    assert changed.args == ["0.3 to 0.4: 40 rows"]
    other = histogram.marks[8]
    with qtbot.waitSignal(histogram.mark_changed) as changed:
        QTest.mouseMove(histogram, other.hot.center().toPoint())
    assert changed.args == ["0.8 to 0.9: 1 rows"]
    above = other.hot.center().toPoint()
    assert picture(histogram).pixelColor(above) != before.pixelColor(above)
    with qtbot.waitSignal(histogram.mark_changed) as changed:
        QApplication.sendEvent(histogram, QEvent(QEvent.Type.Leave))
    assert changed.args == [""]
    assert picture(histogram) == before


def tip_at(chart: QWidget, place: QPoint) -> str:
    QTest.mouseMove(chart, place)
    QApplication.sendEvent(chart, QHelpEvent(QEvent.Type.ToolTip, place, chart.mapToGlobal(place)))
    return QToolTip.text()


@tips
def test_a_tool_tip_says_the_bar_under_the_mouse_else_the_whole_chart(qtbot: QtBot, histogram: Histogram) -> None:
    assert tip_at(histogram, histogram.marks[2].hot.center().toPoint()) == "0.2 to 0.3: 12 rows"
    assert tip_at(histogram, QPoint(2, HEIGHT - 2)) == "83 rows"
    evil = ScoresChart()
    evil.show_scores([0.25, 0.75], ("<img src=x>", "b"))
    shown(qtbot, evil)
    assert "&lt;img src=x&gt;: 25.0 %" in tip_at(evil, evil.marks[0].hot.center().toPoint())
    QToolTip.hideText()


@tips
def test_arrow_keys_walk_over_the_bars_and_a_screen_reader_hears_them(qtbot: QtBot, histogram: Histogram) -> None:
    interface = QAccessible.queryAccessibleInterface(histogram)
    assert interface is not None

    def heard() -> str:
        return interface.text(QAccessible.Text.Description)

    assert (interface.text(QAccessible.Text.Name), heard()) == ("Best score", "83 rows")
    qtbot.waitUntil(histogram.isActiveWindow)
    QTest.mouseClick(histogram, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert histogram.hasFocus()
    said = []
    keys = Qt.Key
    for key in (keys.Key_Right, keys.Key_Right, keys.Key_End, keys.Key_Right, keys.Key_Left, keys.Key_Home):
        QTest.keyClick(histogram, key)
        said.append(heard().partition(":")[0])
    assert said == ["0 to 0.1", "0.1 to 0.2", "0.9 to 1", "0.9 to 1", "0.8 to 0.9", "0 to 0.1"]
    assert heard() == "0 to 0.1: 0 rows. 83 rows"
    histogram.clearFocus()
    assert heard() == "83 rows"
    QToolTip.hideText()


def test_keys_that_are_none_of_a_chart_go_to_the_window(qtbot: QtBot, histogram: Histogram) -> None:
    heard: list[int] = []

    class Window(QWidget):
        def keyPressEvent(self, event: object) -> None:
            heard.append(event.key())  # type: ignore[attr-defined]  # A QKeyEvent.

    window = Window()
    qtbot.addWidget(window)
    empty = Histogram("Nothing yet", "score", parent=window)
    QTest.keyClick(empty, Qt.Key.Key_Escape)
    QTest.keyClick(empty, Qt.Key.Key_Right)
    assert heard == [Qt.Key.Key_Escape, Qt.Key.Key_Right]


def test_the_dark_theme_draws_on_dark_ground_with_its_own_colours(qtbot: QtBot, histogram: Histogram) -> None:
    middle = histogram.marks[3].shape.center().toPoint()
    assert picture(histogram).pixelColor(middle) == QColor("#3d57d6")
    theme.dress(dark=True)
    qtbot.waitUntil(lambda: picture(histogram).pixelColor(0, HEIGHT - 1).lightness() < 60)
    image = picture(histogram)
    assert image.pixelColor(middle) == QColor("#8ea1ff")
    assert len(level_ticks(histogram, image)) == 5


SCALED: Final = """
import sys
from PySide6.QtWidgets import QApplication
from workbench.gui import theme
from workbench.gui.charts.bins import Bins
from workbench.gui.charts.histogram import Histogram
app = QApplication([])
theme.dress(dark=False)
chart = Histogram("Best score", "score")
chart.show_counts(Bins(tuple(n / 10 for n in range(11))), [0, 3, 12, 40, 22, 5, 0, 0, 1, 0])
chart.resize(333, 222)
image, ratio = chart.grab().toImage(), chart.devicePixelRatioF()
y = round((chart.frame().y_of(1)) * ratio)
row = [image.pixelColor(x, y).name() for x in range(image.width())]
left = round(chart.marks[1].hot.left() * ratio)
print(ratio, image.width(), *sorted(set(row[left - 2 : round(chart.marks[5].hot.right() * ratio) + 2])))
"""


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_on_a_fine_screen_every_real_pixel_is_used_and_no_edge_is_blurred(scale: str) -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    done = subprocess.run([sys.executable, "-c", SCALED], capture_output=True, text=True, env=environment, check=True)
    ratio, width, *colours = done.stdout.split()
    assert (float(ratio), int(width)) == (float(scale), round(333 * float(scale)))
    # The bars and the ground between them, and nothing in between.
    assert colours == ["#3d57d6", "#f3f4f7"]
