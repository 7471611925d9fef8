"""Table with a translucent selection highlight, whose selected rows can be copied as text that spreadsheets take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.spec.printable import one_line, spreadsheet_cell

_NUMBER: Final = re.compile(r"[+-]?\d[\d.]*(e[+-]?\d+)?|-")
"""What a spreadsheet takes for a number, and the dash for none: no formula, although it may begin as one."""


class RowTable(QTableView):
    """Whole rows, no grid, no row numbers; Tab leaves the table."""

    def __init__(self, name: str, row_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(row_height)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        # Changes of theme do not reach a widget that was never shown.
        self._tint()
        super().showEvent(event)

    def _tint(self) -> None:
        theirs, mine = QApplication.palette(), self.palette()
        if mine.color(QPalette.ColorRole.Highlight) == tones().tint:
            return
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            mine.setColor(group, QPalette.ColorRole.Highlight, tones().tint)
            mine.setColor(group, QPalette.ColorRole.HighlightedText, theirs.color(QPalette.ColorRole.Text))
        self.setPalette(mine)


def add_copy(view: QTableView, text: str) -> QAction:
    """Give a table the action `text`, in its context menu and under the usual key."""
    action = QAction(text, view)
    action.setShortcut(QKeySequence.StandardKey.Copy)
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    action.triggered.connect(lambda: QGuiApplication.clipboard().setText(chosen_text(view)))
    icons.put(action, "copy")
    view.addAction(action)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    return action


def chosen_text(view: QTableView) -> str:
    """The chosen rows under their headings, as `table_text` writes them."""
    model = view.model()
    columns = range(model.columnCount())
    headings = [model.headerData(c, Qt.Orientation.Horizontal) for c in columns]
    chosen = sorted(index.row() for index in view.selectionModel().selectedRows())
    return table_text(headings, ([model.index(row, column).data() for column in columns] for row in chosen))


def table_text(headings: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Tab-separated values: a line a row, without what a spreadsheet would compute or take for another cell."""
    return "\n".join("\t".join(_cell(cell) for cell in line) for line in (headings, *rows))


def _cell(value: object) -> str:
    """A cell by the rule for CSV files, on one line and without the narrow spaces between thousands."""
    text = str(value or "").replace("\u202f", "")
    if not _NUMBER.fullmatch(text):
        text = str(spreadsheet_cell(text))
    return one_line(text)
