"""What differs between two versions as a table, the gravest first."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.diff import SignatureChange

Index = QModelIndex | QPersistentModelIndex

LOOKS: Final = {"same": ("done", "ok"), "compatible": ("info", "accent"), "breaking": ("failed", "error")}
"""Icon and tone of each kind of change."""


class ChangeColumn(IntEnum):
    """What stands where."""

    KIND = 0
    WHERE = 1
    MEANING = 2


class ChangesModel(QAbstractTableModel):
    """Kind, place, and what it means for callers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.changes: tuple[SignatureChange, ...] = ()

    def set_changes(self, changes: tuple[SignatureChange, ...]) -> None:
        """Show other changes."""
        self.beginResetModel()
        self.changes = changes
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.changes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(ChangeColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Change"), self.tr("Where"), self.tr("Effect on callers"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.changes):
            return None
        change = self.changes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (self._kind(change), change.where, change.message)[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(change.message)
            case Qt.ItemDataRole.DecorationRole if index.column() == ChangeColumn.KIND:
                return icons.icon(*LOOKS[change.kind])
            case Qt.ItemDataRole.ForegroundRole if change.kind == "breaking" and index.column() == ChangeColumn.KIND:
                return tones().error
        return None

    def _kind(self, change: SignatureChange) -> str:
        return self.tr("breaking") if change.kind == "breaking" else self.tr("compatible")
