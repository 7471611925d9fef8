"""Table with a translucent selection highlight, so that cells keep their own colours."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

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
