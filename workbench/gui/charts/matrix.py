"""A confusion matrix: true classes down, answers across, each cell shaded by its share of its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import plain_tip

Index = QModelIndex | QPersistentModelIndex

FAINTEST: Final = 0.08
STRONGEST: Final = 0.58
"""How much of the colour a cell has that holds one of many, and all of its row: the figure on it stays legible."""

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class MatrixModel(QAbstractTableModel):
    """Square counts with a label for each class; what a cell says in words, derived classes know."""

    zero = "0"
    """What stands in a cell without any."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._counts: Sequence[Sequence[int]] = ()
        self._shares: Sequence[Sequence[float]] = ()

    def set_counts(
        self, labels: tuple[str, ...], counts: Sequence[Sequence[int]], shares: Sequence[Sequence[float]]
    ) -> None:
        """Show other counts; a share is a cell's part of its whole row, 0 to 1."""
        self.beginResetModel()
        self._labels, self._counts, self._shares = labels, counts, shares
        self.endResetModel()

    def words(self, true: int, answered: int) -> str:
        """A cell as a sentence."""
        raise NotImplementedError

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._labels)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._labels)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation is Qt.Orientation.Vertical:
            return int(_RIGHT)
        if not 0 <= section < len(self._labels):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._labels[section]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._labels[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        true, answered = index.row(), index.column()
        count = self._counts[true][answered]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(count) if count else self.zero
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self.words(true, answered))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self.words(true, answered)
            case Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignCenter)
            case Qt.ItemDataRole.BackgroundRole if count:
                return QBrush(shade(self._shares[true][answered], right=true == answered))
            case Qt.ItemDataRole.ForegroundRole if not count:
                return tones().muted
        return None


def shade(share: float, *, right: bool) -> QColor:
    """The ground of a cell: green where the answer is right, red where not, the stronger the more of its row."""
    colour = QColor(tones().ok if right else tones().error)
    colour.setAlphaF(FAINTEST + (STRONGEST - FAINTEST) * share)
    return colour


class MatrixDelegate(QStyledItemDelegate):
    """Paints a cell as a tile; the diagonal has a frame, and so has the selected cell, whose shade stays seen."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        ground, ink = index.data(Qt.ItemDataRole.BackgroundRole), index.data(Qt.ItemDataRole.ForegroundRole)
        palette: QPalette = option.palette
        painter.save()
        painter.fillRect(option.rect, palette.color(QPalette.ColorRole.Base))  # Over the view's own highlight.
        if isinstance(ground, QBrush):
            painter.fillRect(tile, ground)
        chosen = option.state & QStyle.StateFlag.State_Selected
        if chosen or index.row() == index.column():
            painter.setPen(QPen(tones().accent if chosen else tones().line, 2 if chosen else 1))
            painter.drawRect(tile.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(ink if isinstance(ink, QColor) else palette.color(QPalette.ColorRole.Text))
        painter.drawText(tile, Qt.AlignmentFlag.AlignCenter, str(index.data() or ""))
        painter.restore()


class FillBox(QObject):
    """Keeps the cells of a matrix as large as its box allows, at least `least` pixels wide; then the box scrolls."""

    def __init__(self, view: QTableView, least: int) -> None:
        super().__init__(view)
        self._view, self._least = view, least
        self._height = view.verticalHeader().defaultSectionSize()
        view.viewport().installEventFilter(self)
        view.model().modelReset.connect(self.fit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Share the box among the columns and rows."""
        count, room = self._view.model().rowCount(), self._view.viewport().size()
        if count:
            self._view.horizontalHeader().setDefaultSectionSize(max(self._least, room.width() // count))
            self._view.verticalHeader().setDefaultSectionSize(max(self._height, room.height() // count))


def dress_as_matrix(view: QTableView) -> None:
    """Set a table up for a `MatrixModel`: single cells are chosen, both headers shown."""
    view.setItemDelegate(MatrixDelegate(view))
    view.setAlternatingRowColors(False)
    view.setShowGrid(False)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.verticalHeader().show()
    view.verticalHeader().setSectionsClickable(False)
    view.horizontalHeader().setSectionsClickable(False)
    view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
