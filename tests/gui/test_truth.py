"""Class folders: who is right how often, where the numbers of classes come from, and the charts that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot
from sklearn.metrics import accuracy_score, confusion_matrix

from gui.opened_tabs import MakeTest
from workbench.gui.progress_text import RateEstimator
from workbench.gui.results.confusion_model import PAIR_ROLE, ConfusionCountsModel
from workbench.gui.rows.class_folders import ClassFolders, classes_of, confusion_of
from workbench.gui.rows.image_row import ImageRow, RowCounts
from workbench.spec.reply_keys import PredictionLine
from workbench.spec.row_summary import RowSummary


def test_folders_are_classes_by_label_by_number_or_by_the_order_of_keras() -> None:
    assert classes_of({"Cat", "dog", "other"}, ("cat", "dog"), 2).by_folder == {"Cat": 0, "dog": 1}
    assert classes_of({"0", "3"}, (), 10).by_folder == {"0": 0, "3": 3}
    assumed = classes_of({"b", "a"}, (), 2)
    assert (assumed.by_folder, assumed.labels, assumed.assumed) == ({"a": 0, "b": 1}, ("a", "b"), True)
    assert classes_of({"images"}, (), 10) == ClassFolders()
    assert classes_of({"7", "12"}, (), 10) == ClassFolders()


def test_the_matrix_and_the_accuracy_are_scikit_learns() -> None:
    true = [0, 0, 1, 2, 2, 2, 1, 0]
    said = [0, 1, 1, 2, 0, 2, 2, 0]
    pairs: Counter[tuple[str, int | str]] = Counter(("abc"[t], s) for t, s in zip(true, said, strict=True))
    pairs["elsewhere", 1] = 5
    found = confusion_of(pairs, ClassFolders({"a": 0, "b": 1, "c": 2}, ("a", "b", "c")))
    wanted = confusion_matrix(true, said)
    assert [[found.cells.get((t, s), 0) for s in found.shown] for t in found.shown] == wanted.tolist()
    assert found.accuracy == pytest.approx(accuracy_score(true, said))


def test_counts_follow_answers_that_are_replaced() -> None:
    tally = RowCounts()
    row = ImageRow("/cat/a.jpg", RowSummary(0, 1, (PredictionLine(1, 0.97, True),), 12.0))
    tally.count(row, 1)
    assert (sum(tally.times), tally.scores[19], tally.pairs["cat", 1]) == (1, 1, 1)
    tally.count(row, -1)
    assert (sum(tally.times), sum(tally.scores), tally.pairs["cat", 1], tally.done) == (0, 0, 0, 0)


def test_the_matrix_is_a_table_by_the_rules_and_says_each_cell(qtbot: QtBot) -> None:
    model = ConfusionCountsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    classes = ClassFolders({"a": 0, "b": 1}, ("a", "b"))
    model.set_confusion(confusion_of({("a", 0): 3, ("a", 1): 1}, classes), classes)
    cell = model.index(0, 1)
    assert (model.rowCount(), cell.data(), cell.data(PAIR_ROLE)) == (2, "1", (0, 1))
    assert cell.data(Qt.ItemDataRole.ToolTipRole) == "Actual a, predicted b: 1 of 4 images"
    assert model.headerData(1, Qt.Orientation.Vertical) == "b"
    model.deleteLater()


def test_the_rate_is_of_late_and_says_what_is_left() -> None:
    now = [0.0]
    pace = RateEstimator(1000, lambda: now[0])
    for _ in range(10):
        pace.tell(10)
        now[0] += 1.0
    assert pace.rate == pytest.approx(10.0)
    assert pace.left == pytest.approx(90.0)
    assert RateEstimator(0).left is None


def test_class_folders_give_accuracy_a_matrix_and_the_rows_of_a_cell(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]], tmp_path: Path
) -> None:
    _, tab = make_tab()
    # The fake engine takes the best class from the name: "a" is 7, "b" is 8.
    image_files("7/a.png")
    image_files("8/b.png")
    image_files("8/k.png")
    tab.add([str(tmp_path)])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 3, 0))
    assert not tab.view.isColumnHidden(2)
    tab.bar.show_view(1)
    charts = tab.charts
    assert charts is not None
    qtbot.waitUntil(lambda: charts.accuracy.text() == "Accuracy 66.7% (2/3)")
    assert sum(charts.times.shown.values()) == 3
    assert charts.scores.shown["0.9 to 0.95"] == 3
    qtbot.waitUntil(lambda: charts.reach.word.text() == "2.4 and later")
    assert charts.reach.model.item(1, 2).text() == "op NewOp (preprocess/x)"
    charts.cell_chosen.emit(8, 7)
    qtbot.waitUntil(lambda: [row.name for row in tab.run.model.shown] == ["k.png"])
    assert tab.bar.views.currentIndex() == 0
    assert tab.filter.word.text() == "1 of 3 rows"
