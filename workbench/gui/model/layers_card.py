"""The layer table with its filter line and a count of what is shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QWidget

from workbench.gui import icons
from workbench.gui.model.layers_model import LayerColumn, LayersFilter, LayersModel
from workbench.gui.texts import number_text, tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.row_table import RowTable, add_copy
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.model import LayerFacts

_WIDEST: Final = 210
"""Pixels no column but the first takes of itself; the user may give it more."""

_LOOKED_AT: Final = 300
"""Rows whose texts decide how wide a column begins."""

_PAUSE_MS: Final = 80


class LayersCard(Card):
    """Filter, sort by a click on a column (a third click: the file's order), copy rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("LayersCard", "Layers"), "model", parent)
        self.model = LayersModel(self)
        self.shown = LayersFilter(self.model, self)
        self.count = ToneLabel("", "muted")
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setPlaceholderText(self.tr("Filter by name, class or activation"))
        self.filter.setAccessibleName(self.tr("Filter the layers"))
        glass = QAction(self.filter)
        icons.put(glass, "search", "muted")
        self.filter.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.filter.textChanged.connect(self._on_typed)
        # A filter over thousands of rows waits for the end of the word.
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self._filter)
        self.view = self._make_view()
        self.head.addWidget(self.count)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.view, 1)
        self.setMinimumHeight(260)

    def set_layers(self, layers: tuple[LayerFacts, ...]) -> None:
        """Show the layers of a model; the words of the filter stay."""
        self.model.set_layers(layers)
        self._fit_columns()
        self._say_count()

    def _make_view(self) -> RowTable:
        view = RowTable(self.tr("Layers"), 26)
        view.setModel(self.shown)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setSortingEnabled(True)
        # The end of a path is the layer's own name; what is around it may go first.
        view.setTextElideMode(Qt.TextElideMode.ElideLeft)
        header = view.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSectionResizeMode(LayerColumn.LAYER, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        header.setResizeContentsPrecision(_LOOKED_AT)
        add_copy(view, self.tr("Copy the selected layers"))
        return view

    def _fit_columns(self) -> None:
        for column in list(LayerColumn)[1:]:
            self.view.resizeColumnToContents(column)
            width = self.view.columnWidth(column) + 8
            self.view.setColumnWidth(column, min(width, _WIDEST))

    def _on_typed(self) -> None:
        self._soon.start()

    def _filter(self) -> None:
        self.shown.set_words(self.filter.text())
        self._say_count()

    def _say_count(self) -> None:
        shown, known = self.shown.rowCount(), self.model.rowCount()
        if shown == known:
            self.count.setText(number_text(known))
        else:
            self.count.setText(self.tr("{shown} of {known}").format(shown=number_text(shown), known=number_text(known)))
