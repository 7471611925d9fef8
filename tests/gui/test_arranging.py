"""Filter, search and order of the rows: as a pure function, in the model under watch, and in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from gui.opened_tabs import MakeTest
from workbench.gui.rows.class_folders import ClassFolders
from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.row_query import PIECE, RowFilter, RowOrder, RowQuery, arrange
from workbench.gui.rows.rows_model import RowsModel
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.errors import ErrorInfo
from workbench.spec.reply_keys import PredictionLine, ReplyKeys
from workbench.spec.row_summary import KerasDifference, RowSummary

LABELS = ("cat", "dog")


def row(path: str, best: int = 0, score: float = 0.9, *, flips: bool = False, milliseconds: float = 1.0) -> ImageRow:
    lines = (PredictionLine(best, score, True), PredictionLine(1 - best, 1 - score, True))
    return ImageRow(path, RowSummary(0, 1, lines, milliseconds, compared=KerasDifference(score / 10, flips)))


BAD = ImageRow("/x/bad.jpg", RowSummary(0, 1, error=ErrorInfo("BAD", "Not an image.")))
ROWS = [
    row("/cat/b.jpg", 1, 0.55),
    BAD,
    row("/dog/a.jpg", 1, 0.99, milliseconds=3),
    row("/cat/C.jpg", 0, 0.7, flips=True, milliseconds=2),
    ImageRow("/z/waits.jpg"),
]


def names(wish: RowQuery, rows: list[ImageRow] = ROWS) -> list[str]:
    found: list[ImageRow] = []
    for _ in arrange(rows, replace(wish, labels=LABELS), found.extend):
        pass
    return [r.name for r in found]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (RowFilter.ERRORS, ["bad.jpg"]),
        (RowFilter.FLIPS, ["C.jpg"]),
        (RowFilter.LOW_MARGIN, ["b.jpg"]),
        (RowFilter.WAITING, ["waits.jpg"]),
        (RowFilter.WRONG, ["b.jpg"]),
    ],
)
def test_a_filter_keeps_the_rows_it_is_called_for(kind: RowFilter, wanted: list[str]) -> None:
    assert names(RowQuery(kind, classes=ClassFolders({"cat": 0, "dog": 1}, LABELS))) == wanted


def test_every_word_of_a_search_is_in_the_path_the_best_label_or_the_error() -> None:
    assert names(RowQuery(words="dog")) == ["b.jpg", "a.jpg"]
    assert names(RowQuery(words="CAT c.")) == ["C.jpg"]
    assert names(RowQuery(words="not an image")) == ["bad.jpg"]


def test_a_cell_of_the_confusion_matrix_is_its_rows() -> None:
    classes = ClassFolders({"cat": 0, "dog": 1}, LABELS)
    assert names(RowQuery(pair=(0, 1), classes=classes)) == ["b.jpg"]
    assert names(RowQuery(pair=(1, 1), classes=classes)) == ["a.jpg"]


@pytest.mark.parametrize("descending", [False, True])
def test_rows_without_a_number_come_last_either_way(descending: bool) -> None:
    shown = names(RowQuery(by=RowOrder.MARGIN, descending=descending))
    assert shown[:3] == (["a.jpg", "C.jpg", "b.jpg"] if descending else ["b.jpg", "C.jpg", "a.jpg"])
    assert set(shown[3:]) == {"bad.jpg", "waits.jpg"}


def test_the_best_label_orders_and_within_it_the_score() -> None:
    assert names(RowQuery(by=RowOrder.PREDICTION))[:3] == ["C.jpg", "a.jpg", "b.jpg"]
    assert names(RowQuery(by=RowOrder.FILE)) == ["a.jpg", "b.jpg", "bad.jpg", "C.jpg", "waits.jpg"]


@pytest.mark.parametrize(("descending", "wanted"), [(False, ["a", "b", "c"]), (True, ["c", "b", "a"])])
def test_errors_come_first_either_way_kind_by_kind(descending: bool, wanted: list[str]) -> None:
    errors = (("b", "TOO_LARGE", "5 GB."), ("a", "BAD_IMAGE", "No."), ("c", "TOO_LARGE", "6 GB."))
    rows = [*ROWS, *(ImageRow(n, RowSummary(0, 1, error=ErrorInfo(code, text))) for n, code, text in errors)]
    rows.remove(BAD)
    assert names(RowQuery(by=RowOrder.ERROR, descending=descending), rows)[:3] == wanted
    assert names(RowQuery(words="too_large"), rows) == ["b", "c"]


@pytest.mark.parametrize("descending", [False, True])
def test_many_rows_are_ordered_as_by_one_stable_sort(descending: bool) -> None:
    rows = [row(f"/{n}.jpg", milliseconds=float(n * 7919 % 101)) for n in range(3 * PIECE + 5)]
    wish = RowQuery(by=RowOrder.TIME, descending=descending)
    wanted = sorted(rows, key=wish.key, reverse=descending)
    assert names(wish, rows) == [r.name for r in wanted]


def test_it_stops_between_pieces() -> None:
    rows = [row(f"/{n}.jpg") for n in range(4 * PIECE)]
    steps = sum(1 for _ in arrange(rows, RowQuery(by=RowOrder.FILE), lambda _rows: None))
    assert steps >= 8


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[RowsModel]:
    thumbnails = Thumbnails()
    made = RowsModel(thumbnails, thumbnails)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    made.set_reading(ReplyKeys("classes", labels=LABELS))
    yield made
    thumbnails.close()
    thumbnails.deleteLater()


def shown(model: RowsModel) -> list[str]:
    return [model.index(n, RowColumn.FILE).data() for n in range(model.rowCount())]


def test_the_model_keeps_qts_rules_while_order_filter_and_rows_change(qtbot: QtBot, model: RowsModel) -> None:
    paths = [f"/{n}.jpg" for n in range(6)]
    model.add(paths)
    model.sort(RowColumn.TIME, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: not model.arranging)
    briefs = [
        RowSummary(0, 1, (PredictionLine(n % 2, 0.9, True), PredictionLine(1, 0.1, True)), float(n)) for n in range(6)
    ]
    model.fill(briefs, paths)
    qtbot.waitUntil(lambda: shown(model)[0] == "5.jpg")
    model.add(["/late.jsonl"])
    model.fill_records(
        "/late.jsonl", 0, [RowSummary(0, 1, milliseconds=50.0, source=f"/late.jsonl:{n}") for n in (1, 2)]
    )
    qtbot.waitUntil(lambda: shown(model)[:2] == ["late.jsonl:1", "late.jsonl:2"])
    model.set_wish(replace(model.wish, words="dog"))
    qtbot.waitUntil(lambda: not model.arranging)
    assert shown(model) == ["5.jpg", "3.jpg", "1.jpg"]
    model.remove({"/3.jpg"})
    qtbot.waitUntil(lambda: not model.arranging)
    assert shown(model) == ["5.jpg", "1.jpg"]
    model.set_wish(RowQuery())
    assert shown(model) == ["0.jpg", "1.jpg", "2.jpg", "4.jpg", "5.jpg", "late.jsonl:1", "late.jsonl:2"]
    model.clear()
    assert model.rowCount() == 0


def test_a_chosen_row_stays_chosen_in_another_order_and_a_third_click_undoes_it(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]]
) -> None:
    _, tab = make_tab()
    tab.add([str(p) for p in image_files("c.png", "a.png", "b.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 3, 0))
    tab.view.selectRow(0)
    header = tab.view.horizontalHeader()
    place = header.sectionViewportPosition(RowColumn.FILE) + 20

    def click() -> None:
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, 8))

    click()
    qtbot.waitUntil(lambda: shown(tab.run.model) == ["a.png", "b.png", "c.png"])
    row_shown = tab.view.current_row()
    assert row_shown is not None
    assert row_shown.name == "c.png"
    click()
    qtbot.waitUntil(lambda: shown(tab.run.model) == ["c.png", "b.png", "a.png"])
    click()
    qtbot.waitUntil(lambda: shown(tab.run.model) == ["c.png", "a.png", "b.png"])


def test_search_and_filter_say_how_many_are_shown_and_their_chips_undo_them(
    qtbot: QtBot, make_tab: MakeTest, image_files: Callable[..., list[Path]]
) -> None:
    _, tab = make_tab()
    tab.add([str(p) for p in image_files("a.png", "bad.jpg", "b.png")])
    qtbot.waitUntil(lambda: tab.run.model.counts() == (3, 2, 1))
    tab.filter.kind.setCurrentIndex(1)
    qtbot.waitUntil(lambda: shown(tab.run.model) == ["bad.jpg"])
    assert tab.filter.word.text() == "1 of 3 rows"
    tab.filter.chips[0].click()
    qtbot.waitUntil(lambda: len(shown(tab.run.model)) == 3)
    QTest.keyClicks(tab.filter.search, "b.png")
    qtbot.waitUntil(lambda: shown(tab.run.model) == ["b.png"])
    tab.bar.clear.click()
    qtbot.waitUntil(lambda: not tab.run.model.arranging)
    assert tab.filter.search.text() == ""
    assert tab.run.model.wish.plain
