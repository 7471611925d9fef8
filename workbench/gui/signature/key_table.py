"""A table of keys as high as its rows, with what there is to say about them below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QVBoxLayout, QWidget

from workbench.gui.signature.key_cells import ROW_HEIGHT, KeyCells
from workbench.gui.signature.key_rows import KeyColumn, KeyRow
from workbench.gui.signature.keys_model import KeysModel
from workbench.gui.signature.remarks import concerns, remarks_at
from workbench.gui.widgets.field import CALM, RemarkLine, line_height
from workbench.gui.widgets.row_table import RowTable
from workbench.spec.model import Problem

_MOST_ROWS: Final = 8
_PARTS: Final = {KeyColumn.KEY: 30, KeyColumn.WHAT: 31, KeyColumn.TYPE: 14, KeyColumn.SHAPE: 18, KeyColumn.DEFAULT: 14}
"""The columns' parts of the width: all of them are seen at any, and tool tips have what is cut."""


class KeyTable(QWidget):
    """`typed` and `ticked` tell what was done; `set_rows` shows what came of it."""

    typed = Signal(str, int, str)
    ticked = Signal(str, bool)
    chosen_changed = Signal(int)
    edit_ended = Signal()

    def __init__(self, name: str, headings: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = KeysModel(headings, self)
        self.view = _KeyTableView(name)
        self.view.setModel(self.model)
        self.view.setItemDelegate(KeyCells(self.view))
        self.view.itemDelegate().closeEditor.connect(self.edit_ended)
        self.problem, self.note = RemarkLine("alert", "error"), RemarkLine(*CALM)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        said = QWidget()
        remarks = QVBoxLayout(said)
        remarks.setContentsMargins(0, 0, 0, 0)
        remarks.setSpacing(4)
        for line in (self.problem, self.note):
            remarks.addWidget(line)
        # One line has its place in any case: what is below does not move under the mouse.
        said.setMinimumHeight(line_height(self.problem))
        layout.addWidget(self.view)
        layout.addWidget(said)
        self.model.typed.connect(self.typed)
        self.model.ticked.connect(self.ticked)
        self.view.selectionModel().currentRowChanged.connect(lambda now, _: self.chosen_changed.emit(now.row()))

    def set_rows(self, rows: Sequence[KeyRow], problems: Sequence[Problem], notes: Sequence[Problem]) -> None:
        """Show rows, and what is said about them at the cells and below."""
        self.model.set_rows(rows, remarks_at(rows, problems, notes))
        self.problem.set_text(_sentences(rows, problems))
        self.note.set_text(_sentences(rows, notes))
        self.view.fit()

    def show_defaults(self, shown: bool) -> None:
        """Whether the column of defaults means anything."""
        if self.model.columnCount() > KeyColumn.DEFAULT:
            self.view.setColumnHidden(KeyColumn.DEFAULT, not shown)
            self.view.share()

    def chosen(self) -> int:
        """The place of the chosen row, -1 without one."""
        return self.view.currentIndex().row()

    def edit(self, row: int, column: int = KeyColumn.KEY) -> None:
        """Choose a cell and open it for typing."""
        index = self.model.index(row, column)
        self.view.setFocus()
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.view.edit(index)


class _KeyTableView(RowTable):
    """Cells are chosen one by one: each is edited on its own."""

    def __init__(self, name: str) -> None:
        super().__init__(name, ROW_HEIGHT)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            trigger.DoubleClicked | trigger.SelectedClicked | trigger.EditKeyPressed | trigger.AnyKeyPressed
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setAlternatingRowColors(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setMinimumSectionSize(30)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share()

    def share(self) -> None:
        """Give each column its part of the width."""
        header = self.horizontalHeader()
        shown = [column for column in range(header.count()) if not header.isSectionHidden(column)]
        whole, parts = self.viewport().width(), sum(_PARTS[KeyColumn(column)] for column in shown)
        for column in shown:
            header.resizeSection(column, whole * _PARTS[KeyColumn(column)] // parts)

    def fit(self) -> None:
        """As high as the rows there are."""
        rows = self.model().rowCount() if self.model() else 0
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + ROW_HEIGHT * min(max(rows, 1), _MOST_ROWS) + 2 * self.frameWidth())


def _sentences(rows: Sequence[KeyRow], said: Sequence[Problem]) -> str:
    return "\n".join(dict.fromkeys(p.message for p in said if concerns(rows, p)))
