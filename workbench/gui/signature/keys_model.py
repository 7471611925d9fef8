"""A table of keys as an item model; what is typed or ticked is told, and comes back as new rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from workbench.gui.signature.key_rows import KeyColumn, KeyRow
from workbench.gui.signature.remarks import Cell, CellRemark
from workbench.gui.theme import tones

Index = QModelIndex | QPersistentModelIndex
REMARK_ROLE: Final = Qt.ItemDataRole.UserRole
ROW_ROLE: Final = Qt.ItemDataRole.UserRole + 1


class KeysModel(QAbstractTableModel):
    """Rows by their ids: while those stay the same, only cells change, and an open editor stays open."""

    typed = Signal(str, int, str)  # row id, column, text
    ticked = Signal(str, bool)

    def __init__(self, headings: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._rows: list[KeyRow] = []
        self._remarks: Mapping[Cell, CellRemark] = {}

    @property
    def rows(self) -> list[KeyRow]:
        """What is shown."""
        return self._rows

    def set_rows(self, rows: Sequence[KeyRow], remarks: Mapping[Cell, CellRemark]) -> None:
        """Show other rows. Emits nothing of its own."""
        if list(rows) == self._rows and remarks == self._remarks:
            return
        before, after = [r.id for r in self._rows], [r.id for r in rows]
        self._remarks = dict(remarks)
        if after[: len(before)] != before and before[: len(after)] != after:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
        elif len(after) > len(before):
            self.beginInsertRows(QModelIndex(), len(before), len(after) - 1)
            self._rows += rows[len(before) :]
            self.endInsertRows()
        elif len(after) < len(before):
            self.beginRemoveRows(QModelIndex(), len(after), len(before) - 1)
            del self._rows[len(after) :]
            self.endRemoveRows()
        self._rows = list(rows)
        if rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))

    def remark(self, row: int, column: int) -> CellRemark | None:
        """What is said at a cell."""
        return self._remarks.get((self._rows[row].id, column))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._headings):
            return None
        if role == Qt.ItemDataRole.ToolTipRole and section == KeyColumn.DEFAULT:
            return self.tr("Value for a tf.train.Example without this key; empty: the key is required")
        return self._headings[section] if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        if not index.isValid():
            return found
        row = self._rows[index.row()]
        if self._edit(row, index.column()) is not None:
            found |= Qt.ItemFlag.ItemIsEditable
        if index.column() == KeyColumn.KEY and row.checked is not None and not row.why_not:
            found |= Qt.ItemFlag.ItemIsUserCheckable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], index.column()
        text = row.texts[column] if column < len(row.texts) else ""
        remark = self.remark(index.row(), column)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.EditRole:
                return self._edit(row, column)
            case Qt.ItemDataRole.CheckStateRole if column == KeyColumn.KEY and row.checked is not None:
                return Qt.CheckState.Checked if row.checked else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return remark.text if remark else row.why_not or text
            case Qt.ItemDataRole.ForegroundRole if self._edit(row, column) is None:
                return tones().muted
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{text}. {remark.text}" if remark else text
        return remark if role == REMARK_ROLE else row if role == ROW_ROLE else None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not index.isValid():
            return False
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self.ticked.emit(row.id, Qt.CheckState(value) is Qt.CheckState.Checked)
        elif role == Qt.ItemDataRole.EditRole and str(value) != self._edit(row, index.column()):
            self.typed.emit(row.id, index.column(), str(value))
        return True

    def _edit(self, row: KeyRow, column: int) -> str | None:
        return row.edits[column] if column < min(len(row.edits), len(self._headings)) else None
