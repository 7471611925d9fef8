"""The item models keep Qt's rules while rows come, and say what is in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from workbench.gui.deploy.versions_model import VersionsModel
from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.row_painter import ROW_HEIGHT, RowPainter
from workbench.gui.rows.rows_model import RowsModel
from workbench.gui.rows.rows_table import SCORES_ROLE, SIDE
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Row
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.row_summary import RowSummary, brief_of
from workbench.spec.target import VersionInfo

MakeImages = Callable[..., list[Path]]


def watched(model: QAbstractItemModel) -> QAbstractItemModelTester:
    """Every change is checked; the first broken rule ends the test."""
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)


@pytest.fixture
def thumbnails(qtbot: QtBot) -> Iterator[Thumbnails]:
    made = Thumbnails()
    yield made
    made.close()
    made.deleteLater()


def text(model: RowsModel, row: int, column: RowColumn) -> object:
    return model.index(row, column).data(Qt.ItemDataRole.DisplayRole)


def good(path: str) -> RowSummary:
    row = Row(path, prediction={"classes": [0.2, 0.8]}, milliseconds=4.2)
    return brief_of(row, ReplyKeys("classes"), 0, 1)


def failed(message: str, hint: str = "") -> RowSummary:
    return RowSummary(0, 1, error=ErrorInfo("BAD_IMAGE", message, where="/c.jpg", hint=hint))


def test_rows_are_added_filled_reset_and_cleared_by_the_rules(thumbnails: Thumbnails) -> None:
    model = RowsModel(thumbnails, thumbnails)
    watched(model)
    model.set_reading(ReplyKeys("classes", labels=("cat", "dog")))
    assert model.add(["/a.jpg", "/b.jpg", "/a.jpg"]) == 2
    assert model.add(["/b.jpg", "/c.jpg"]) == 1
    assert model.waiting() == ["/a.jpg", "/b.jpg", "/c.jpg"]
    bad = failed("Not an image.", "Take another.")
    model.fill([good("/b.jpg"), bad], ["/b.jpg", "/c.jpg"])
    assert model.waiting() == ["/a.jpg"]
    assert model.counts() == (3, 1, 1)
    assert text(model, 1, RowColumn.PREDICTION) == "dog 80.0 %, cat 20.0 %"
    assert text(model, 1, RowColumn.TIME) == "4 ms"
    assert text(model, 2, RowColumn.PREDICTION) == "Not an image."
    model.reset_answers()
    assert model.counts() == (3, 0, 0)
    model.clear()
    assert model.rowCount() == 0


def test_an_event_changes_its_rows_with_one_signal(qtbot: QtBot, thumbnails: Thumbnails) -> None:
    model = RowsModel(thumbnails, thumbnails)
    paths = [f"/{n}.jpg" for n in range(100)]
    model.add(paths)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.fill([good(p) for p in paths[10:42]], paths[10:])
    assert told == [(10, 41)]


def test_answers_for_rows_that_are_gone_are_left_out(thumbnails: Thumbnails) -> None:
    model = RowsModel(thumbnails, thumbnails)
    watched(model)
    model.add(["/a.jpg"])
    model.fill([good("/gone.jpg"), good("/a.jpg")], ["/gone.jpg", "/a.jpg"])
    assert model.counts() == (1, 1, 0)


def test_a_second_answer_replaces_the_first_in_the_counts(thumbnails: Thumbnails) -> None:
    model = RowsModel(thumbnails, thumbnails)
    model.add(["/a.jpg"])
    model.fill([failed("Wrong.")], ["/a.jpg"])
    model.fill([good("/a.jpg")], ["/a.jpg"])
    assert model.counts() == (1, 1, 0)


def test_other_labels_are_read_without_predicting_again(thumbnails: Thumbnails) -> None:
    model = RowsModel(thumbnails, thumbnails)
    watched(model)
    model.add(["/a.jpg"])
    model.fill([good("/a.jpg")], ["/a.jpg"])
    model.set_reading(ReplyKeys("classes", labels=("no", "yes")))
    scores = model.index(0, RowColumn.PREDICTION).data(SCORES_ROLE)
    assert [score.label for score in scores] == ["yes", "no"]


def test_a_thumbnail_comes_later_and_changes_its_cell_only(
    qtbot: QtBot, thumbnails: Thumbnails, image_files: MakeImages
) -> None:
    (path,) = image_files("a.png")
    model = RowsModel(thumbnails, thumbnails)
    model.add([str(path)])
    index = model.index(0, RowColumn.PICTURE)
    with qtbot.waitSignal(model.dataChanged) as blocker:
        assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert (blocker.args[0], blocker.args[1]) == (index, index)
    assert isinstance(index.data(Qt.ItemDataRole.DecorationRole), QPixmap)
    assert thumbnails.size_of(str(path)).width() == 1


def test_a_file_that_is_no_picture_is_read_once_and_has_none(
    qtbot: QtBot, thumbnails: Thumbnails, image_files: MakeImages
) -> None:
    (path,) = image_files("bad.jpg")
    with qtbot.waitSignal(thumbnails.ready):
        thumbnails.get(str(path), SIDE)
    assert thumbnails.get(str(path), SIDE) is None
    assert thumbnails.has(str(path), SIDE)


def test_what_was_forgotten_does_not_come_back(qtbot: QtBot, thumbnails: Thumbnails, image_files: MakeImages) -> None:
    (path,) = image_files("a.png")
    thumbnails.get(str(path), SIDE)
    thumbnails.forget()
    thumbnails.close()
    with qtbot.assertNotEmitted(thumbnails.ready, wait=20):
        pass
    assert not thumbnails.has(str(path), SIDE)


def test_versions_are_shown_by_the_rules_and_the_default_stands_out(qtbot: QtBot) -> None:
    model = VersionsModel()
    watched(model)
    model.set_versions(
        (
            VersionInfo("v1", "r/v1", "READY", default=True, created="2026-11-22T10:00:00Z", bytes=309_000),
            VersionInfo("v2", "r/v2", "FAILED", error="No memory."),
        )
    )
    shown = [[model.index(r, c).data() for c in range(3)] for r in range(2)]
    assert shown == [["v1", "READY", "default"], ["v2", "No memory.", ""]]
    assert [model.index(r, 5).data() for r in range(2)] == ["309 kB", ""]  # Not pushed from here: not known.
    assert model.index(0, 0).data(Qt.ItemDataRole.FontRole).bold()
    assert model.index(1, 0).data(Qt.ItemDataRole.FontRole) is None
    model.set_versions(())
    model.deleteLater()


@pytest.mark.parametrize(("width", "figures"), [(130, False), (320, True)])
def test_a_narrow_prediction_keeps_its_label_and_leaves_out_its_figure(
    thumbnails: Thumbnails, width: int, figures: bool
) -> None:
    model = RowsModel(thumbnails, thumbnails)
    painter = RowPainter()
    cells = []
    for share in (0.8, 0.6):
        model.clear()
        model.set_reading(ReplyKeys("classes", labels=("x" * 12, "y" * 12)))
        model.add(["/a.jpg"])
        row = Row("/a.jpg", prediction={"classes": [1 - share, share]}, milliseconds=4.2)
        model.fill([brief_of(row, ReplyKeys("classes"), 0, 1)], ["/a.jpg"])
        cells.append(painted(painter, model.index(0, RowColumn.PREDICTION), width))
    assert (cells[0] != cells[1]) is figures


def painted(delegate: RowPainter, index: QModelIndex, width: int) -> QImage:
    """A cell as the delegate paints it."""
    image = QImage(width, ROW_HEIGHT, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.white)
    option = QStyleOptionViewItem()
    option.rect = image.rect()
    with QPainter(image) as painter:
        delegate.paint(painter, option, index)
    return image
