"""Charts as they are seen and used: pixels where the values are, hover, keys, screen reader, both themes."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from typing import Final

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui import theme
from workbench.gui.charts.bins import Bins
from workbench.gui.charts.evidence import EvidenceChart, series_colour
from workbench.gui.charts.histogram import Histogram
from workbench.gui.charts.plot import Plot
from workbench.gui.charts.scores import BARS, ScoresChart
from workbench.gui.theme import tones
from workbench.spec.report import Chart, ChartSeries

tips = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
"""The offscreen plugin says so of every tool tip."""

TENTHS: Final = Bins(tuple(n / 10 for n in range(11)))
COUNTS: Final = [0, 3, 12, 40, 22, 5, 0, 0, 1, 0]
WIDTH: Final = 500
HEIGHT: Final = 300


def shown(qtbot: QtBot, chart: QWidget, height: int = HEIGHT) -> None:
    qtbot.addWidget(chart)
    chart.resize(WIDTH, height)
    chart.show()
    qtbot.waitUntil(chart.isActiveWindow)
    chart.clearFocus()  # Qt gives it to the first that takes it.


@pytest.fixture
def histogram(qtbot: QtBot) -> Histogram:
    chart = Histogram("Best score", "score")
    chart.show_counts(TENTHS, COUNTS)
    chart.describe("83 rows")
    shown(qtbot, chart)
    return chart


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


def test_scores_of_few_classes_are_bars_with_all_their_labels_from_the_top(qtbot: QtBot) -> None:
    chart = ScoresChart()
    chart.show_scores([0.1, 0.6, 0.3], ("cat", "dog", "cat"))
    shown(qtbot, chart)
    image = picture(chart)
    assert [tick.label for tick in reversed(chart.frame().y_ticks)] == ["cat", "dog", "cat"]
    columns = upright_ticks(chart, image)
    assert [tick.label for tick in chart.frame().x_ticks][:2] == ["0.0", "0.1"]
    whole = columns[-1] - columns[0]
    for mark, score in zip(chart.marks, (0.1, 0.6, 0.3), strict=True):
        y = round(mark.shape.center().y())
        filled = [x for x in range(WIDTH) if image.pixelColor(x, y) == tones().accent]
        assert len(filled) == pytest.approx(score * whole, abs=1.01)
    assert [mark.text for mark in chart.marks] == ["cat: 10.0 %", "dog: 60.0 %", "cat: 30.0 %"]
    assert chart.accessibleDescription() == "3 classes; top-1 is dog with 60.0 %."


@pytest.mark.parametrize("count", [2, 10, BARS])
def test_every_bar_has_its_label_at_the_least_height_of_the_chart(qtbot: QtBot, count: int) -> None:
    chart = ScoresChart()
    labels = tuple(f"label {n}" for n in range(count))
    chart.show_scores([1 / count] * count, labels)
    shown(qtbot, chart, chart.minimumHeight())
    assert tuple(tick.label for tick in reversed(chart.frame().y_ticks)) == labels
    middles = [mark.shape.center().y() for mark in chart.marks]
    assert middles == pytest.approx([chart.frame().y_of(tick.value) for tick in reversed(chart.frame().y_ticks)], abs=1)


def test_scores_below_zero_go_to_the_left_of_it(qtbot: QtBot) -> None:
    chart = ScoresChart()
    chart.show_scores([-2.5, 3.25, float("nan")], ())
    shown(qtbot, chart)
    image, zero = picture(chart), round(chart.frame().x_of(0))
    left, right, none = (
        [x for x in range(WIDTH) if image.pixelColor(x, round(mark.shape.center().y())) == tones().accent]
        for mark in chart.marks
    )
    assert abs(max(left) + 1 - zero) <= 1
    assert abs(min(right) - zero) <= 1
    assert len(left) / len(right) == pytest.approx(2.5 / 3.25, abs=0.02)
    assert none == []


def test_scores_of_many_classes_are_a_curve_that_says_each_class(qtbot: QtBot) -> None:
    chart = ScoresChart()
    scores = [0.0] * 1000
    scores[417] = 0.9
    chart.show_scores(scores, tuple(f"label {n}" for n in range(1000)))
    shown(qtbot, chart)
    image, frame = picture(chart), chart.frame()
    assert [tick.label for tick in frame.x_ticks][:3] == ["0", "100", "200"]
    peak = round(frame.x_of(417))
    drawn = [y for x in range(peak - 2, peak + 3) for y in range(HEIGHT) if is_ink(image, x, y)]
    assert min(drawn) == pytest.approx(frame.y_of(0.9), abs=3)
    assert chart.marks[417].text == "label 417: 90.0 %"
    assert chart.accessibleDescription() == "1000 classes; top-1 is label 417 with 90.0 %."


def test_a_missing_number_is_a_gap_in_its_curve(qtbot: QtBot) -> None:
    nan = float("nan")
    chart = EvidenceChart(Chart("Sweep", "lines", tuple("abcde"), (ChartSeries("p50", (5, 5, nan, 5, 5)),)))
    shown(qtbot, chart)
    image, frame = picture(chart), chart.frame()
    y = round(frame.y_of(5))

    def drawn(value: float) -> bool:
        x = round(frame.x_of(value))
        return any(is_ink(image, x, y + by) for by in (-1, 0, 1))

    assert [drawn(value) for value in (0.5, 1.5, 2.0, 2.5, 3.5)] == [True, False, False, False, True]


def test_several_sets_of_bars_have_a_legend_in_their_colours(qtbot: QtBot) -> None:
    lines = (ChartSeries("before", (0.5, 0.75)), ChartSeries("after <b>", (0.25, 1.0)))
    chart = EvidenceChart(Chart("Recall", "bars", ("cat", "dog"), lines, y_title="share"))
    shown(qtbot, chart)
    image = picture(chart)
    for n, (rect, entry) in enumerate(chart.frame().legend):
        assert entry.name == lines[n].name
        assert image.pixelColor(round(rect.left()) + 4, round(rect.center().y())) == series_colour(n)
        assert image.pixelColor(chart.marks[n].shape.center().toPoint()) == series_colour(n)


def test_a_chart_that_is_too_small_for_anything_still_paints(qtbot: QtBot) -> None:
    lines = tuple(ChartSeries(f"a very long name of a line {n}", (1e300, -1e300)) for n in range(9))
    chart = EvidenceChart(Chart("Odd", "lines", ("x" * 400, ""), lines, "x" * 300, "y" * 300))
    qtbot.addWidget(chart)
    chart.setFixedSize(1, 1)
    assert not picture(chart).isNull()
    for odd in (Chart("None", "bars", (), ()), Chart("None", "lines", (), (ChartSeries("a", ()),))):
        empty = EvidenceChart(odd)
        shown(qtbot, empty)
        assert not picture(empty).isNull()
        assert empty.marks == []


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


def test_a_point_is_found_by_the_nearest_place(qtbot: QtBot) -> None:
    chart = EvidenceChart(Chart("Sweep", "lines", ("1", "2", "4"), (ChartSeries("p50", (5, 6, 9)),), "images"))
    shown(qtbot, chart)
    frame = chart.frame()
    with qtbot.waitSignal(chart.mark_changed) as changed:
        QTest.mouseMove(chart, QPointF(frame.x_of(1.4), frame.plot.center().y()).toPoint())
    assert changed.args == ["2: 6"]
