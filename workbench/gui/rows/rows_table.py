"""The Test tab's table as a view reads it: what its cells say of the rows shown, and their thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.rows.columns import NUMBERS, RIGHT, RowColumn, hint, text, title
from workbench.gui.rows.image_row import ImageRow, ScoreLine, scores_shown
from workbench.gui.rows.row_query import RowQuery
from workbench.gui.rows.rows_store import RowsStore
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.reply_keys import ReplyKeys

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE: Final = Qt.ItemDataRole.UserRole
SCORES_ROLE: Final = Qt.ItemDataRole.UserRole + 1
WRONG_ROLE: Final = Qt.ItemDataRole.UserRole + 2
SIDE: Final = 48
"""Pixels of a thumbnail's longer side."""


class RowsTable(QAbstractTableModel):
    """Reads only; `RowsModel` is what changes the rows, and which of them are shown."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = RowsStore()
        self._shown = self._store.rows
        self.wish = RowQuery()
        self._reading = ReplyKeys()
        self._thumbnails = thumbnails
        thumbnails.ready.connect(self._on_thumbnail)

    @property
    def rows(self) -> Sequence[ImageRow]:
        """All rows, shown or not; not to be changed."""
        return self._store.rows

    @property
    def shown(self) -> Sequence[ImageRow]:
        """The rows the table has, in its order."""
        return self._shown

    @property
    def reading(self) -> ReplyKeys:
        """How replies are read."""
        return self._reading

    @property
    def _plain(self) -> bool:
        return self._shown is self._store.rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(RowColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return title(RowColumn(section))
        if role == Qt.ItemDataRole.ToolTipRole:
            return hint(RowColumn(section))
        return RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section in NUMBERS else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._shown):
            return None
        row, column = self._shown[index.row()], RowColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text(row, column, self._reading.labels)
            case Qt.ItemDataRole.DecorationRole if column is RowColumn.PICTURE:
                return None if row.records else self._thumbnails.get(row.path, SIDE)
            case Qt.ItemDataRole.ToolTipRole:
                return row.error or row.source or row.path
            case Qt.ItemDataRole.TextAlignmentRole if column in NUMBERS:
                return RIGHT
            case Qt.ItemDataRole.AccessibleTextRole:
                return text(row, column, self._reading.labels) or row.name
        if role == ROW_ROLE:
            return row
        if role == WRONG_ROLE:
            return self.wish.classes.wrong(row)
        return self._scores(row) if role == SCORES_ROLE else None

    def _scores(self, row: ImageRow) -> list[ScoreLine]:
        return scores_shown(row, self._reading.labels)

    def _changed(self, first: int, last: int) -> None:
        if 0 <= first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(RowColumn) - 1))

    def _on_thumbnail(self, path: str, side: int) -> None:
        if side != SIDE:
            return
        place = self._store.place_of(path)
        if not self._plain:
            # Few rows are in sight; the view asks again for those it paints.
            self._changed_pictures(0, len(self._shown) - 1)
        elif place is not None and not self._shown[place].records:
            self._changed_pictures(place, place)

    def _changed_pictures(self, first: int, last: int) -> None:
        if 0 <= first <= last:
            cells = self.index(first, RowColumn.PICTURE), self.index(last, RowColumn.PICTURE)
            self.dataChanged.emit(*cells, [Qt.ItemDataRole.DecorationRole])
