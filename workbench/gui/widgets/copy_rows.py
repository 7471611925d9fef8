"""Copying the chosen rows of a table as text that spreadsheets take."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QTableView

from workbench.gui import icons


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
    """The chosen rows under their headings: a line a row, tabs between the cells."""
    model = view.model()
    columns = range(model.columnCount())
    lines = [[model.headerData(c, Qt.Orientation.Horizontal) for c in columns]]
    for row in sorted(index.row() for index in view.selectionModel().selectedRows()):
        lines.append([model.index(row, column).data() for column in columns])
    return "\n".join("\t".join(str(cell or "").replace("\u202f", "") for cell in line) for line in lines)
