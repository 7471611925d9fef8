"""Table with a translucent selection highlight, whose selected rows can be copied as text that spreadsheets take."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones


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
    """The chosen rows under their headings: a line a row, tabs between the cells."""
    model = view.model()
    columns = range(model.columnCount())
    lines = [[model.headerData(c, Qt.Orientation.Horizontal) for c in columns]]
    for row in sorted(index.row() for index in view.selectionModel().selectedRows()):
        lines.append([model.index(row, column).data() for column in columns])
    return "\n".join("\t".join(str(cell or "").replace("\u202f", "") for cell in line) for line in lines)
