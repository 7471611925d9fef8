"""The table of the Test tab: set up for `RowsModel`."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QModelIndex, QSize, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from workbench.gui.row_painter import ROW_HEIGHT, RowPainter
from workbench.gui.rows import ImageRow
from workbench.gui.rows_model import ROW_ROLE, SIDE, Column, RowsModel
from workbench.gui.widgets.calm_table import CalmTable


class RowsView(CalmTable):
    """Whole rows are chosen; the prediction's column takes the room."""

    chosen = Signal(object)  # ImageRow | None

    def __init__(self, model: RowsModel, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Images and their predictions"), ROW_HEIGHT, parent)
        self.setModel(model)
        self.setItemDelegate(RowPainter(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIconSize(QSize(SIDE, SIDE))
        self._size_columns(self.horizontalHeader())
        model.dataChanged.connect(self._on_data_changed)
        model.modelReset.connect(self._on_reset)

    def _size_columns(self, header: QHeaderView) -> None:
        header.setSectionResizeMode(Column.PICTURE, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Column.PREDICTION, QHeaderView.ResizeMode.Stretch)
        for column, width in ((Column.PICTURE, SIDE + 20), (Column.FILE, 170), (Column.TIME, 76)):
            header.resizeSection(column, width)

    def selected_paths(self) -> tuple[str, ...]:
        """The chosen rows' files in the list's order."""
        indexes = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        rows = (index.data(ROW_ROLE) for index in indexes)
        return tuple(dict.fromkeys(row.path for row in rows if isinstance(row, ImageRow)))

    def current_row(self) -> ImageRow | None:
        """The row the detail pane shows."""
        row = self.currentIndex().data(ROW_ROLE)
        return row if isinstance(row, ImageRow) else None

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.chosen.emit(self.current_row())

    def _on_reset(self) -> None:
        # A reset takes the selection away without a word from the selection model.
        self.chosen.emit(None)

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        if first.row() <= self.currentIndex().row() <= last.row() and last.column() > Column.PICTURE:
            self.chosen.emit(self.current_row())
