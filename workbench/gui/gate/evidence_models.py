"""Tables and confusion matrices of the evidence as item models."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.charts.matrix import MatrixModel
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.evidence import cell_text, readable, shares
from workbench.spec.report import ConfusionEvidence, EvidenceTable

Index = QModelIndex | QPersistentModelIndex

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class EvidenceTableModel(QAbstractTableModel):
    """A `EvidenceTable`; numbers stand at the right."""

    def __init__(self, table: EvidenceTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._table.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._table.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and self._is_number(0, section):
            return int(_RIGHT)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._table.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = cell_text(row[index.column()]) if index.column() < len(row) else ""
            return text if role == Qt.ItemDataRole.DisplayRole else plain_tip(text)
        if role == Qt.ItemDataRole.TextAlignmentRole and self._is_number(index.row(), index.column()):
            return int(_RIGHT)
        return None

    def _is_number(self, row: int, column: int) -> bool:
        cells = self._table.rows[row] if row < len(self._table.rows) else ()
        return column < len(cells) and isinstance(cells[column], (int, float))


class ConfusionEvidenceModel(MatrixModel):
    """A `ConfusionEvidence`, cut to a readable size; `note` says so."""

    def __init__(self, confusion: ConfusionEvidence, parent: QObject | None = None) -> None:
        super().__init__(parent)
        shown = readable(confusion)
        self.note = shown.note
        self.set_counts(shown.labels, shown.counts, shares(shown))

    def words(self, true: int, answered: int) -> str:
        text = self.tr("Actual {true}, predicted {answered}: {count}")
        labels, count = self._labels, self._counts[true][answered]
        return text.format(true=labels[true], answered=labels[answered], count=count)
