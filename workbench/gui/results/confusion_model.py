"""The confusion matrix of the Test tab's rows: only classes that occur have a row and a column."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.charts.matrix import MatrixModel
from workbench.gui.rows.class_folders import ClassFolders, ConfusionCounts

Index = QModelIndex | QPersistentModelIndex
PAIR_ROLE: Final = Qt.ItemDataRole.UserRole
"""(true, said) class numbers of a cell."""

_EMPTY: Final = ConfusionCounts((), {}, 0, 0)


class ConfusionCountsModel(MatrixModel):
    """Rows of class folders by their folder's class and their best label's."""

    zero = ""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._confusion, self._classes = _EMPTY, ClassFolders()
        self._totals: dict[int, int] = {}

    def set_confusion(self, confusion: ConfusionCounts, classes: ClassFolders) -> None:
        """Show other counts."""
        if (confusion, classes) == (self._confusion, self._classes):
            return
        self._confusion, self._classes = confusion, classes
        self._totals = {number: confusion.row_total(number) for number in confusion.shown}
        shown = confusion.shown
        counts = [[confusion.cells.get((true, said), 0) for said in shown] for true in shown]
        shares = [[count / (self._totals[true] or 1) for count in row] for true, row in zip(shown, counts, strict=True)]
        self.set_counts(tuple(classes.text(number) for number in shown), counts, shares)

    def pair(self, index: Index) -> tuple[int, int]:
        """The true and the said class of a cell."""
        return self._confusion.shown[index.row()], self._confusion.shown[index.column()]

    def words(self, true: int, answered: int) -> str:
        number = self._confusion.shown[true]
        text = self.tr("Actual {true}, predicted {said}: {n} of {total} images")
        names = {"true": self._labels[true], "said": self._labels[answered]}
        return text.format(n=self._counts[true][answered], total=self._totals[number], **names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == PAIR_ROLE and index.isValid():
            return self.pair(index)
        return super().data(index, role)
