"""Tables and confusion matrices of the evidence as item models."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.evidence import cell_text, readable, shares
from workbench.spec.report import ConfusionEvidence, EvidenceTable

Index = QModelIndex | QPersistentModelIndex

_STRONGEST: Final = 0.55
"""How much of the colour a full share has: the figure on it stays legible."""

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


class ConfusionEvidenceModel(QAbstractTableModel):
    """A `ConfusionEvidence`, cut to a readable size; correct answers shaded green, wrong ones red, by their share."""

    def __init__(self, confusion: ConfusionEvidence, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = readable(confusion)
        self._shares = shares(self._shown)

    @property
    def note(self) -> str:
        """What is said of it."""
        return self._shown.note

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._shown.counts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._shown.labels)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            label = self._shown.labels[section]
            return label if role == Qt.ItemDataRole.DisplayRole else plain_tip(label)
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation is Qt.Orientation.Vertical:
            return int(_RIGHT)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        true, answered = index.row(), index.column()
        count = self._shown.counts[true][answered]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(count)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                text = self.tr("{true} answered as {answered}: {count}").format(
                    true=self._shown.labels[true], answered=self._shown.labels[answered], count=count
                )
                return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
            case Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignCenter)
            case Qt.ItemDataRole.BackgroundRole if count:
                return self._shade(true, answered)
            case Qt.ItemDataRole.ForegroundRole if not count:
                return tones().muted
        return None

    def _shade(self, true: int, answered: int) -> QBrush:
        colour = QColor(tones().ok if true == answered else tones().error)
        colour.setAlphaF(self._shares[true][answered] * _STRONGEST)
        return QBrush(colour)
