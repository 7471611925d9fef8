"""Confusion matrix as a table model: rows actual, columns predicted, counts shaded by row share."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from workbench.gui.rows.class_folders import ClassFolders, ConfusionCounts
from workbench.gui.theme import tones

Index = QModelIndex | QPersistentModelIndex
PAIR_ROLE: Final = Qt.ItemDataRole.UserRole
"""(true, said) class numbers of a cell."""

_EMPTY: Final = ConfusionCounts((), {}, 0, 0)


class ConfusionCountsModel(QAbstractTableModel):
    """Only classes that occur have a row and a column."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._confusion, self._classes = _EMPTY, ClassFolders()
        self._totals: dict[int, int] = {}

    def set_confusion(self, confusion: ConfusionCounts, classes: ClassFolders) -> None:
        """Show other counts."""
        if (confusion, classes) == (self._confusion, self._classes):
            return
        self.beginResetModel()
        self._confusion, self._classes = confusion, classes
        self._totals = {number: confusion.row_total(number) for number in confusion.shown}
        self.endResetModel()

    def pair(self, index: Index) -> tuple[int, int]:
        """The true and the said class of a cell."""
        return self._confusion.shown[index.row()], self._confusion.shown[index.column()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._confusion.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._confusion.shown)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if not 0 <= section < len(self._confusion.shown):
            return None
        return self._classes.text(self._confusion.shown[section])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        true, said = self.pair(index)
        count = self._confusion.cells.get((true, said), 0)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(count) if count else ""
            case Qt.ItemDataRole.BackgroundRole:
                return self._ground(count, self._totals[true], right=true == said)
            case Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignCenter)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                text = self.tr("{n} of {total} pictures of {true} were taken for {said}")
                names = {"true": self._classes.text(true), "said": self._classes.text(said)}
                return text.format(n=count, total=self._totals[true], **names)
        return (true, said) if role == PAIR_ROLE else None

    def _ground(self, count: int, total: int, *, right: bool) -> QColor | None:
        if not count:
            return None
        colour = QColor(tones().ok if right else tones().error)
        colour.setAlphaF(0.12 + 0.5 * count / total)
        return colour
