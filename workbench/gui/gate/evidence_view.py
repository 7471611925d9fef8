"""One piece of evidence as a widget: a table, a shaded matrix, a chart, pictures side by side."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QVBoxLayout, QWidget

from workbench.gui.charts.matrix import dress_as_matrix
from workbench.gui.gate.evidence_images import EvidenceImagesView
from workbench.gui.gate.evidence_models import ConfusionEvidenceModel, EvidenceTableModel
from workbench.gui.texts import tr
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.disclosure import Disclosure
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.evidence import as_table
from workbench.spec.report import Chart, ConfusionEvidence, Evidence, EvidenceImages, EvidenceTable

_ROW: Final = 26
_HIGHEST: Final = 330
_WIDEST: Final = 360
"""Pixels; a longer table scrolls, a longer cell is cut and whole in its tool tip."""


class EvidenceView(Disclosure):
    """A title that opens what is behind it; open from the start."""

    def __init__(self, evidence: Evidence, folder: str, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(evidence.title.replace("&", "&&"), parent)
        widget, note = _widget(evidence, folder, thumbnails)
        if note:
            word = ToneLabel(note, "muted")
            word.setWordWrap(True)
            self.body.addWidget(word)
        self.body.addWidget(widget)
        self.body.setContentsMargins(8, 0, 0, 6)
        self.content = widget
        self.open()


def chart_widget(chart: Chart) -> QWidget:
    """A chart, and its numbers as a table that opens below it."""
    from workbench.gui.charts.evidence import EvidenceChart

    numbers = Disclosure(tr("EvidenceView", "As a table"))
    numbers.button.setToolTip(tr("EvidenceView", "The same as a table"))
    numbers.body.addWidget(table_widget(as_table(chart)))
    both = QWidget()
    both.setAccessibleName(chart.title)
    layout = QVBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    layout.addWidget(EvidenceChart(chart))
    layout.addWidget(numbers)
    return both


def table_widget(table: EvidenceTable) -> FittedTable:
    """Text at the left, numbers at the right, as wide as they need."""
    view = FittedTable(table.title, _ROW)
    view.setModel(EvidenceTableModel(table, view))
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.resizeColumnsToContents()
    for column in range(len(table.columns)):
        view.setColumnWidth(column, min(view.columnWidth(column) + 14, _WIDEST))
    return view


def confusion_widget(confusion: ConfusionEvidence) -> FittedTable:
    """The matrix with the true classes at the left and the answers above."""
    view = FittedTable(confusion.title, _ROW)
    model = ConfusionEvidenceModel(confusion, view)
    view.setModel(model)
    dress_as_matrix(view)
    header = view.horizontalHeader()
    header.setMinimumSectionSize(34)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return view


def _widget(evidence: Evidence, folder: str, thumbnails: Thumbnails) -> tuple[QWidget, str]:
    match evidence:
        case EvidenceTable():
            return table_widget(evidence), evidence.note
        case ConfusionEvidence():
            view = confusion_widget(evidence)
            model = view.model()
            return view, model.note if isinstance(model, ConfusionEvidenceModel) else evidence.note
        case Chart():
            return chart_widget(evidence), evidence.note
        case EvidenceImages():
            return EvidenceImagesView(evidence, folder, thumbnails), evidence.note


class FittedTable(RowTable):
    """A table as high as its rows, and its scroll bar where it has one; up to a limit."""

    def updateGeometries(self) -> None:
        super().updateGeometries()
        model: QAbstractItemModel | None = self.model()
        if model is None:
            return
        needed = self.horizontalHeader().height() + _ROW * model.rowCount() + 2 * self.frameWidth()
        bar = self.horizontalScrollBar()
        needed += bar.sizeHint().height() if bar.maximum() > 0 else 0
        height = min(needed, _HIGHEST)
        if height != self.maximumHeight() or height != self.minimumHeight():
            self.setFixedHeight(height)
