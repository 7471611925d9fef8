"""Two versions compared: the verdict, and each difference."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from workbench.gui.deploy.changes_model import LOOKS, ChangeColumn, ChangesModel
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.row_table import RowTable, add_copy
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.diff import SignatureDiff


class ComparePage(QWidget):
    """Says how to compare as long as nothing is compared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._word = IconLabel("compare", 16, "muted"), ToneLabel("")
        self._word.setWordWrap(True)
        self.table = ChangesModel(self)
        self.view = RowTable(self.tr("Differences"), 28)
        self.view.setModel(self.table)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(ChangeColumn.MEANING, QHeaderView.ResizeMode.Stretch)
        add_copy(self.view, self.tr("Copy rows"))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._word, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addStretch(0)
        self.clear()

    @property
    def word(self) -> str:
        """The verdict, or how to get one."""
        return self._word.text()

    def clear(self) -> None:
        """Nothing is compared."""
        self._icon.set_icon("compare", "muted")
        self._word.setText(self.tr("Select one version above, or two with Ctrl or Shift, and press Compare."))
        self.table.set_changes(())
        self.view.hide()

    def show_diff(self, old: str, new: str, diff: SignatureDiff) -> None:
        """Show what callers of `old` would meet at `new`."""
        words = {
            "same": self.tr("Compatible: callers of {old} notice no difference with {new}."),
            "compatible": self.tr("Compatible: callers of {old} can use {new}; see the changes below."),
            "breaking": self.tr("Breaking: {new} breaks callers of {old}."),
        }
        self._icon.set_icon(*LOOKS[diff.kind])
        self._word.setText(words[diff.kind].format(old=old, new=new))
        self.table.set_changes(diff.changes)
        self.view.setVisible(bool(diff.changes))
