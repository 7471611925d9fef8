"""Precision, recall, F1 and support of each class: the table beside the confusion matrix."""

from __future__ import annotations

import enum
import math
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from workbench.gui.rows.class_folders import ClassFolders, ClassMetrics, ConfusionCounts
from workbench.gui.texts import number_text
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.row_table import RowTable, add_copy
from workbench.gui.widgets.tone_label import ToneLabel, plain_tip

Index = QModelIndex | QPersistentModelIndex

_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_FIGURE_WIDTH: Final = 78


class MetricColumn(enum.IntEnum):
    """The columns in their order."""

    CLASS = 0
    PRECISION = 1
    RECALL = 2
    F1 = 3
    SUPPORT = 4


class ClassMetricsModel(QAbstractTableModel):
    """One row per class in the order of the classes until `sort`; column -1 goes back to that order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._classes = ClassFolders()
        self._metrics: tuple[ClassMetrics, ...] = ()
        self._rows: list[ClassMetrics] = []
        self._sorted = (-1, Qt.SortOrder.AscendingOrder)

    def set_metrics(self, metrics: tuple[ClassMetrics, ...], classes: ClassFolders) -> None:
        """Show other figures, sorted as those before."""
        if (metrics, classes) == (self._metrics, self._classes):
            return
        self.beginResetModel()
        self._metrics, self._classes = metrics, classes
        self._rows = self._in_order()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted = (column, order)
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        numbers = [self._rows[index.row()].number for index in kept]
        self._rows = self._in_order()
        places = {metrics.number: row for row, metrics in enumerate(self._rows)}
        moved = [self.index(places[number], i.column()) for number, i in zip(numbers, kept, strict=True)]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(MetricColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(MetricColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            figures = (self.tr("Precision"), self.tr("Recall"), self.tr("F1"), self.tr("Support"))
            return (self.tr("Class"), *figures)[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._hint(MetricColumn(section))
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section > MetricColumn.CLASS else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        metrics, column = self._rows[index.row()], MetricColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(metrics, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._words(metrics))
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and column is not MetricColumn.CLASS else None

    def _text(self, metrics: ClassMetrics, column: MetricColumn) -> str:
        if column is MetricColumn.CLASS:
            return self._classes.text(metrics.number)
        if column is MetricColumn.SUPPORT:
            return number_text(metrics.support)
        figure = _figure(metrics, column)
        return "-" if figure is None else f"{figure:.3f}"

    def _words(self, metrics: ClassMetrics) -> str:
        text = self.tr("{name}: {hits} right of {support} images, predicted for {predicted}")
        counts = {"hits": metrics.hits, "support": metrics.support, "predicted": metrics.predicted}
        return text.format(name=self._classes.text(metrics.number), **counts)

    def _hint(self, column: MetricColumn) -> str:
        return (
            "",
            self.tr("Share of the images predicted as this class that are of this class"),
            self.tr("Share of the images of this class that are predicted as this class"),
            self.tr("Harmonic mean of precision and recall"),
            self.tr("Number of images of this class"),
        )[column]

    def _in_order(self) -> list[ClassMetrics]:
        column, order = self._sorted
        if column < 0:
            return list(self._metrics)
        descending = order is Qt.SortOrder.DescendingOrder
        if column == MetricColumn.CLASS:
            return sorted(self._metrics, key=lambda m: self._classes.text(m.number).casefold(), reverse=descending)
        # A class without a figure stands behind all others either way.
        nothing = -math.inf if descending else math.inf
        keys = {m.number: _figure(m, MetricColumn(column)) for m in self._metrics}
        return sorted(
            self._metrics, key=lambda m: nothing if (key := keys[m.number]) is None else key, reverse=descending
        )


class ClassMetricsCard(Card):
    """The table under its title and the macro F1."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, "test", parent)
        self.model = ClassMetricsModel(self)
        self.summary = ToneLabel("", "muted")
        self.summary.setToolTip(self.tr("Mean of the F1 of all classes in the table, each with the same weight"))
        self.table = self._make_table()
        self.head.addWidget(self.summary)
        self.body.addWidget(self.table, 1)

    def show_counts(self, found: ConfusionCounts, classes: ClassFolders) -> None:
        """Show the figures of other counts."""
        self.model.set_metrics(found.by_class(), classes)
        self.summary.setText(self.tr("Macro F1 {value:.3f}").format(value=found.macro_f1) if found.total else "")

    def _make_table(self) -> RowTable:
        table = RowTable(self.tr("Precision, recall, F1 and support of each class"), 24)
        table.setModel(self.model)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = table.horizontalHeader()
        header.setSectionResizeMode(MetricColumn.CLASS, QHeaderView.ResizeMode.Stretch)
        for column in list(MetricColumn)[1:]:
            header.resizeSection(column, _FIGURE_WIDTH)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        add_copy(table, self.tr("Copy the selected classes"))
        return table


def _figure(metrics: ClassMetrics, column: MetricColumn) -> float | None:
    figures = {
        MetricColumn.PRECISION: metrics.precision,
        MetricColumn.RECALL: metrics.recall,
        MetricColumn.F1: metrics.f1,
    }
    return figures.get(column, float(metrics.support))
