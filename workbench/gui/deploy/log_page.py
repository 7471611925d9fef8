"""The release log of the model at the chosen target."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from workbench.gui.deploy.log_model import LogColumn, LogModel
from workbench.gui.widgets.copy_rows import add_copy
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.release import Release


class LogPage(QWidget):
    """Says what will stand there as long as it is empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = LogModel(self)
        self.view = RowTable(self.tr("Release log"), 28)
        self.view.setModel(self.table)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(LogColumn.OUTCOME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        add_copy(self.view, self.tr("Copy rows"))
        text = self.tr("Nothing has been done to this model from here. Pushes, defaults and deletions are noted here.")
        self._empty = ToneLabel(text, "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self._empty, self.view):
            layout.addWidget(part, 1)
        self.set_lines(())

    def set_lines(self, lines: Sequence[Release]) -> None:
        """Show lines, which come oldest first."""
        self.table.set_lines(lines)
        self._empty.setVisible(not lines)
        self.view.setVisible(bool(lines))
