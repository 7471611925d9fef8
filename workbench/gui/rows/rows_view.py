"""The table of the Test tab: set up for `RowsModel`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.row_painter import ROW_HEIGHT, RowPainter
from workbench.gui.rows.rows_model import RowsModel
from workbench.gui.rows.rows_table import ROW_ROLE, SIDE
from workbench.gui.widgets.row_table import RowTable

_WIDTHS: Final = {
    RowColumn.PICTURE: SIDE + 20,
    RowColumn.FILE: 150,
    RowColumn.FOLDER: 90,
    RowColumn.MARGIN: 66,
    RowColumn.DIFFERENCE: 96,
    RowColumn.TIME: 66,
    RowColumn.ERROR: 124,
}
_KEPT: Final = 1000
"""Chosen rows that are chosen again in another order; of more only the one that is shown."""


class RowsView(RowTable):
    """Whole rows are chosen; the prediction's column takes the room; a third click on a header undoes its order."""

    chosen = Signal(object)  # ImageRow | None
    selection_changed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, model: RowsModel, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Images and their predictions"), ROW_HEIGHT, parent)
        self._rows = model
        self._kept: list[ImageRow] = []
        self._current: ImageRow | None = None
        self.setModel(model)
        self.setItemDelegate(RowPainter(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.menu_wanted)
        self._set_up_header(self.horizontalHeader())
        model.dataChanged.connect(self._on_data_changed)
        model.modelAboutToBeReset.connect(self._on_before_reset)
        model.modelReset.connect(self._on_reset)

    def _set_up_header(self, header: QHeaderView) -> None:
        header.setSectionResizeMode(RowColumn.PICTURE, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(RowColumn.PREDICTION, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, width)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.show_column(RowColumn.FOLDER, shown=False)
        self.show_column(RowColumn.DIFFERENCE, shown=False)
        self.show_column(RowColumn.ERROR, shown=False)

    def show_column(self, column: RowColumn, *, shown: bool) -> None:
        """Show a column that not every test has."""
        self.setColumnHidden(column, not shown)

    def selected_rows(self) -> list[ImageRow]:
        """The chosen rows in the list's order. By spans: an index for each of 100 000 rows would be felt."""
        shown = self._rows.shown
        return [shown[place] for place in self._places() if place < len(shown)]

    def selected_paths(self) -> tuple[str, ...]:
        """Their files, each once."""
        return tuple(dict.fromkeys(row.path for row in self.selected_rows()))

    def choose(self, path: str) -> None:
        """Go to a file's first row, if it is shown."""
        current = self.current_row()
        if current is not None and current.path == path:
            return
        place = next((n for n, row in enumerate(self._rows.shown) if row.path == path), None)
        if place is not None:
            self.selectRow(place)
            self.scrollTo(self._rows.index(place, RowColumn.FILE))

    def current_row(self) -> ImageRow | None:
        """The row the detail pane shows."""
        row = self.currentIndex().data(ROW_ROLE)
        return row if isinstance(row, ImageRow) else None

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.chosen.emit(self.current_row())
        self.selection_changed.emit()

    def _places(self) -> Iterator[int]:
        chosen = self.selectionModel().selection()
        spans = sorted((chosen.at(n).top(), chosen.at(n).bottom()) for n in range(chosen.count()))
        for top, bottom in spans:
            yield from range(top, bottom + 1)

    def _on_before_reset(self) -> None:
        self._current = self.current_row()
        chosen = self.selected_rows()
        self._kept = chosen if len(chosen) <= _KEPT else []

    def _on_reset(self) -> None:
        # A reset takes the selection away without a word from the selection model.
        wanted = {id(row) for row in (*self._kept, self._current)}
        places = [place for place, row in enumerate(self._rows.shown) if id(row) in wanted] if wanted else []
        selection = QItemSelection()
        for place in places:
            selection.select(self._rows.index(place, 0), self._rows.index(place, len(RowColumn) - 1))
        current = next((p for p in places if self._rows.shown[p] is self._current), -1)
        if current >= 0:
            index = self._rows.index(current, RowColumn.FILE)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._kept, self._current = [], None
        if places:
            return
        self.chosen.emit(None)
        self.selection_changed.emit()
        if self._rows.shown:
            self.selectRow(0)

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if first.row() <= self.currentIndex().row() <= last.row() and last.column() > RowColumn.PICTURE:
            self.chosen.emit(self.current_row())
