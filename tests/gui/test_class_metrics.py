"""Figures of each class beside the matrix: against a count by hand and scikit-learn's, sorted, copied, by the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot
from sklearn.metrics import f1_score, precision_recall_fscore_support

from gui.opened_tabs import MakeTest
from workbench.gui.results.class_metrics import ClassMetricsCard, MetricColumn
from workbench.gui.rows.class_folders import ClassFolders, ConfusionCounts, confusion_of

TRUE = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
SAID = [0, 0, 1, 3, 1, 1, 0, 1, 1, 3]
"""Cats twice right, dogs twice right, owls never; "fish" has no images, and "owl" is never predicted."""

CLASSES = ClassFolders({"cat": 0, "dog": 1, "owl": 2}, ("cat", "dog", "owl", "<b>fish</b>"))


def counts() -> ConfusionCounts:
    pairs: Counter[tuple[str, int | str]] = Counter(
        (("cat", "dog", "owl")[true], said) for true, said in zip(TRUE, SAID, strict=True)
    )
    return confusion_of(pairs, CLASSES)


@pytest.fixture
def card(qtbot: QtBot) -> ClassMetricsCard:
    made = ClassMetricsCard("Per class")
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made.model)
    qtbot.addWidget(made)
    made.resize(560, 300)
    made.show()
    made.show_counts(counts(), CLASSES)
    return made


def column(card: ClassMetricsCard, number: MetricColumn) -> list[str]:
    return [str(card.model.index(row, number).data()) for row in range(card.model.rowCount())]


def test_the_figures_are_those_counted_by_hand(card: ClassMetricsCard) -> None:
    assert column(card, MetricColumn.CLASS) == ["cat", "dog", "owl", "<b>fish</b>"]
    assert column(card, MetricColumn.PRECISION) == ["0.667", "0.400", "-", "0.000"]
    assert column(card, MetricColumn.RECALL) == ["0.500", "0.667", "0.000", "-"]
    assert column(card, MetricColumn.F1) == ["0.571", "0.500", "0.000", "0.000"]
    assert column(card, MetricColumn.SUPPORT) == ["4", "3", "3", "0"]
    assert card.summary.text() == "Macro F1 0.268"
    tip = card.model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "<span>&lt;b&gt;fish&lt;/b&gt;: 0 right of 0 images, predicted for 2</span>"


def test_the_figures_are_scikit_learns() -> None:
    found = counts().by_class()
    wanted = precision_recall_fscore_support(TRUE, SAID, zero_division=0)
    mine = [[m.precision or 0, m.recall or 0, m.f1 or 0, m.support] for m in found]
    assert [list(figures) for figures in zip(*mine, strict=True)] == [pytest.approx(list(w)) for w in wanted]
    assert counts().macro_f1 == pytest.approx(f1_score(TRUE, SAID, average="macro", zero_division=0))


def test_clicks_on_a_heading_sort_and_a_class_without_a_figure_is_last_either_way(card: ClassMetricsCard) -> None:
    header = card.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(MetricColumn.PRECISION) + 20, header.height() // 2)
    kept = QPersistentModelIndex(card.model.index(0, 0))
    orders = []
    for _ in range(3):
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        orders.append(column(card, MetricColumn.CLASS))
        assert kept.data() == "cat"
    descending, ascending = ["cat", "dog", "<b>fish</b>", "owl"], ["<b>fish</b>", "dog", "cat", "owl"]
    assert sorted(orders[:2]) == sorted([descending, ascending])
    assert orders[2] == ["cat", "dog", "owl", "<b>fish</b>"]


def test_selected_classes_are_copied_under_their_headings(qtbot: QtBot, card: ClassMetricsCard) -> None:
    card.activateWindow()
    card.table.setFocus()
    qtbot.waitUntil(card.table.hasFocus)
    card.table.selectRow(1)
    QTest.keyClick(card.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied == ["Class\tPrecision\tRecall\tF1\tSupport", "dog\t0.400\t0.667\t0.500\t3"]


def test_the_charts_have_the_figures_only_with_class_folders_and_leave_failed_rows_out(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]], tmp_path: Path
) -> None:
    _, tab = make_tab()
    # The fake engine takes the best class from the name: "a" is 7, "b" is 8; names with "bad" fail.
    tab.add([str(p) for p in image_files("7/a.png", "7/bad.png", "8/b.png", "8/bad2.png", "8/k.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (5, 3, 2))
    tab.bar.show_view(1)
    charts = tab.charts
    assert charts is not None
    qtbot.waitUntil(lambda: column(charts.metrics, MetricColumn.CLASS) == ["#7", "#8"])
    assert column(charts.metrics, MetricColumn.SUPPORT) == ["1", "2"]
    assert column(charts.metrics, MetricColumn.PRECISION) == ["0.500", "1.000"]
    assert (sum(charts.times.shown.values()), sum(charts.scores.shown.values())) == (3, 3)
    assert charts.accuracy.text() == "Accuracy 66.7% (2/3)"
    tab.bar.show_view(0)
    tab.run.clear()
    tab.add([str(p) for p in image_files("pictures/a.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (1, 1, 0))
    tab.bar.show_view(1)
    assert not charts.metrics.isVisible()
