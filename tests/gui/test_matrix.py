"""The confusion matrix as it is painted: shades, the diagonal, and a selected cell that keeps its shade."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from workbench.gui import theme
from workbench.gui.charts.matrix import FillBox, dress_as_matrix, shade
from workbench.gui.gate.evidence_models import ConfusionEvidenceModel
from workbench.gui.theme import tones
from workbench.gui.widgets.row_table import RowTable
from workbench.spec.report import ConfusionEvidence

DOG = "<b>dog</b>"


@pytest.fixture
def table(qtbot: QtBot) -> RowTable:
    view = RowTable("Confusion matrix", 30)
    model = ConfusionEvidenceModel(
        ConfusionEvidence("m", ("cat", "<b>dog</b>", "owl"), ((3, 1, 0), (0, 4, 0), (2, 2, 0))), view
    )
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    view.setModel(model)
    dress_as_matrix(view)
    view.horizontalHeader().setDefaultSectionSize(60)
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    view.activateWindow()
    return view


def corner(table: RowTable, row: int, column: int) -> QColor:
    """The ground of a cell, away from its figure and its edges."""
    place = table.visualRect(table.model().index(row, column)).topLeft() + QPoint(6, 6)
    return table.viewport().grab().toImage().pixelColor(place)


def over(colour: QColor, ground: QColor) -> tuple[int, ...]:
    """A translucent colour as it looks on a ground."""
    a = colour.alphaF()
    pairs = zip(colour.getRgb()[:3], ground.getRgb()[:3], strict=True)  # type: ignore[index]  # A tuple of four.
    return tuple(round(a * one + (1 - a) * other) for one, other in pairs)


@pytest.mark.parametrize("dark", [False, True])
def test_cells_are_shaded_by_their_part_of_their_row(table: RowTable, qtbot: QtBot, dark: bool) -> None:
    theme.dress(dark)
    ground = table.palette().base().color()
    qtbot.waitUntil(lambda: corner(table, 0, 2) == ground)
    for row, column, share in ((0, 0, 0.75), (0, 1, 0.25), (1, 1, 1.0), (2, 1, 0.5)):
        wanted = over(shade(share, right=row == column), ground)
        assert corner(table, row, column).getRgb()[:3] == pytest.approx(wanted, abs=2)  # type: ignore[index]


def test_a_selected_cell_keeps_its_shade_and_has_a_frame(table: RowTable, qtbot: QtBot) -> None:
    before = corner(table, 0, 0)
    cell = table.visualRect(table.model().index(0, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center())
    image: QImage = table.viewport().grab().toImage()
    assert corner(table, 0, 0) == before
    edge = [image.pixelColor(cell.left() + by, cell.center().y()) for by in range(4)]
    assert tones().accent in edge


def test_arrow_keys_walk_from_cell_to_cell_and_each_says_itself(table: RowTable, qtbot: QtBot) -> None:
    table.setFocus()
    table.setCurrentIndex(table.model().index(0, 0))
    said = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(table, key)
        said.append(table.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole))
    assert said == [
        "Actual cat, predicted <b>dog</b>: 1",
        "Actual <b>dog</b>, predicted <b>dog</b>: 4",
        "Actual owl, predicted <b>dog</b>: 2",
    ]


def test_an_empty_cell_has_a_faint_nought(table: RowTable) -> None:
    index = table.model().index(1, 0)
    assert (index.data(), index.data(Qt.ItemDataRole.ForegroundRole)) == ("0", tones().muted)


def test_the_cells_fill_their_box_and_scroll_only_if_it_is_too_small(table: RowTable, qtbot: QtBot) -> None:
    FillBox(table, 60)
    for width, height in ((700, 400), (500, 300)):
        table.resize(width, height)
        qtbot.waitUntil(lambda: table.viewport().width() - last_cell(table).right() in range(4))
        assert table.viewport().height() - last_cell(table).bottom() in range(4)
    table.resize(150, 120)
    qtbot.waitUntil(lambda: table.horizontalHeader().sectionSize(0) == 60)
    assert table.horizontalScrollBar().maximum() > 0


def last_cell(table: RowTable) -> QRect:
    """Where the lower right cell is."""
    return table.visualRect(table.model().index(2, 2))
