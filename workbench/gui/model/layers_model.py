"""The layers of a model as a table that sorts itself, and the filter over it. Made for ten thousand rows."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from workbench.gui.texts import number_text
from workbench.gui.theme import tones
from workbench.spec.image_feeds import describe_shape
from workbench.spec.model import LayerFacts, Shape

Index = QModelIndex | QPersistentModelIndex

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LayerColumn(enum.IntEnum):
    """What stands where."""

    LAYER = 0
    CLASS = 1
    OUTPUT = 2
    ACTIVATION = 3
    TRAINABLE = 4
    PARAMETERS = 5


class LayersModel(QAbstractTableModel):
    """Rows in the order of the file until `sort`; sorting by column -1 goes back to that order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file_order: tuple[LayerFacts, ...] = ()
        self._rows: list[LayerFacts] = []
        self._sorted = (-1, Qt.SortOrder.AscendingOrder)

    @property
    def rows(self) -> list[LayerFacts]:
        """The layers in the order shown."""
        return self._rows

    def set_layers(self, layers: tuple[LayerFacts, ...]) -> None:
        """Show other layers, sorted as those before."""
        self.beginResetModel()
        self._file_order = layers
        self._rows = self._in_order()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        # Sorted here with keys and not by a proxy, which asks `data` twice for every comparison.
        self._sorted = (column, order)
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        layers = [self._rows[index.row()] for index in kept]
        self._rows = self._in_order()
        if kept:
            places = {id(layer): row for row, layer in enumerate(self._rows)}
            moved = [self.index(places[id(layer)], i.column()) for layer, i in zip(layers, kept, strict=True)]
            self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(LayerColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(LayerColumn):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            texts = (self.tr("Layer"), self.tr("Class"), self.tr("Output"), self.tr("Activation"))
            return (*texts, self.tr("Trainable"), self.tr("Parameters"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == LayerColumn.PARAMETERS:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        layer = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(layer, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return f"{layer.path}: {layer.class_name}"
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == LayerColumn.PARAMETERS:
                return _RIGHT
            case Qt.ItemDataRole.ForegroundRole if not layer.trainable:
                return tones().muted
        return None

    def _text(self, layer: LayerFacts, column: int) -> str:
        match column:
            case LayerColumn.LAYER:
                return layer.path
            case LayerColumn.CLASS:
                return layer.class_name
            case LayerColumn.OUTPUT:
                return describe_shape(layer.output) if layer.output is not None else ""
            case LayerColumn.PARAMETERS:
                return number_text(layer.parameters)
            case LayerColumn.ACTIVATION:
                return layer.activation
        return self.tr("yes") if layer.trainable else self.tr("no")

    def _in_order(self) -> list[LayerFacts]:
        column, order = self._sorted
        if column < 0:
            return list(self._file_order)
        return sorted(self._file_order, key=_KEYS[LayerColumn(column)], reverse=order is Qt.SortOrder.DescendingOrder)


class LayersFilter(QSortFilterProxyModel):
    """Keeps the layers that have every word that was typed in their path, class or activation."""

    def __init__(self, source: LayersModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._words: tuple[str, ...] = ()
        self.setSourceModel(source)

    def set_words(self, text: str) -> None:
        """Filter by the words of `text`; empty shows all."""
        self._words = tuple(text.casefold().split())
        # Looks through the rows anew in every Qt 6; the functions made for it come and go with its versions.
        self.setFilterFixedString(text)

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._words:
            return True
        layer = self._source.rows[row]
        text = f"{layer.path} {layer.class_name} {layer.activation}".casefold()
        return all(word in text for word in self._words)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._source.sort(column, order)


def _extent(shape: Shape | None) -> int:
    """How much comes out of a layer, with open dimensions counted as one; -1 where it is not known."""
    return -1 if shape is None else math.prod(size or 1 for size in shape)


_KEYS: Final[dict[LayerColumn, Callable[[LayerFacts], str | int]]] = {
    LayerColumn.LAYER: lambda layer: layer.path.casefold(),
    LayerColumn.CLASS: lambda layer: layer.class_name.casefold(),
    LayerColumn.OUTPUT: lambda layer: _extent(layer.output),
    LayerColumn.PARAMETERS: lambda layer: layer.parameters,
    LayerColumn.ACTIVATION: lambda layer: layer.activation,
    LayerColumn.TRAINABLE: lambda layer: layer.trainable,
}
