"""Charts of scores and of evidence: bars with their labels, curves with gaps, legends; pixels where the values are."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.chart_pixels import HEIGHT, WIDTH, is_ink, picture, shown, upright_ticks
from workbench.gui.charts.evidence import EvidenceChart, series_colour
from workbench.gui.charts.scores import BARS, ScoresChart
from workbench.gui.theme import tones
from workbench.spec.report import Chart, ChartSeries


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


def test_a_point_is_found_by_the_nearest_place(qtbot: QtBot) -> None:
    chart = EvidenceChart(Chart("Sweep", "lines", ("1", "2", "4"), (ChartSeries("p50", (5, 6, 9)),), "images"))
    shown(qtbot, chart)
    frame = chart.frame()
    with qtbot.waitSignal(chart.mark_changed) as changed:
        QTest.mouseMove(chart, QPointF(frame.x_of(1.4), frame.plot.center().y()).toPoint())
    assert changed.args == ["2: 6"]
