"""The Test tab's second view: times, scores, class folders. Made when it is first looked at."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from workbench.gui.charts.bins import Bins
from workbench.gui.charts.histogram import Histogram
from workbench.gui.charts.matrix import FillBox, dress_as_matrix
from workbench.gui.project.session import ProjectSession
from workbench.gui.results.class_metrics import ClassMetricsCard
from workbench.gui.results.confusion_model import ConfusionCountsModel
from workbench.gui.results.reach_card import ReachCard
from workbench.gui.rows.class_folders import ConfusionCounts, confusion_of
from workbench.gui.rows.image_row import SCORE_BINS, TIMES
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.texts import number_text
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.tone_label import ToneLabel

_CELL: Final = 44
_TIMES: Final = Bins(TIMES, log=True, below=True, above=True)
_SCORES: Final = Bins(tuple(n / SCORE_BINS for n in range(SCORE_BINS + 1)))


class ChartsPage(QWidget):
    """Follows the run while it is in sight, at most twice a second."""

    cell_chosen = Signal(int, int)  # true and said class

    def __init__(self, session: ProjectSession, run: PredictionRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self.times = Histogram(self.tr("Time per image"), self.tr("milliseconds"), self.tr("ms"))
        self.scores = Histogram(self.tr("Top-1 score"), self.tr("score"))
        self.confusion = ConfusionCountsModel(self)
        self.table = self._make_table()
        self.accuracy = ToneLabel("")
        self.note = ToneLabel("", "muted")
        self.note.setWordWrap(True)
        self.reach = ReachCard(session)
        times = _card(self.tr("Time per image"), "run", self.times)
        scores = _card(self.tr("Top-1 score"), "charts", self.scores)
        self.metrics = ClassMetricsCard(self.tr("Per class"))
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(12)
        self._rows.addLayout(_side_by_side((self._confusion_card(), 7), (self.metrics, 5)), 4)
        self._rows.addLayout(_side_by_side((times, 1), (scores, 1), (self.reach, 1)), 3)
        self._soon = QTimer(self, singleShot=True, interval=500)
        self._soon.timeout.connect(self.refresh)
        run.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Show what has been counted up to now."""
        tally, classes = self._run.model.tally, self._run.model.wish.classes
        self.times.show_counts(*_TIMES.around(tally.times))
        self.times.describe(self._said(tally.times, _TIMES, self.tr("ms")))
        self.scores.show_counts(_SCORES, tally.scores)
        self.scores.describe(self._said(tally.scores, _SCORES, ""))
        found = confusion_of(tally.pairs, classes)
        self.confusion.set_confusion(found, classes)
        self.metrics.show_counts(found, classes)
        self._say_accuracy(found, assumed=classes.assumed)

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        super().showEvent(event)

    def _confusion_card(self) -> Card:
        card = Card(self.tr("Confusion matrix"), "folder")
        card.head.addWidget(self.accuracy)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.note)
        return card

    def _make_table(self) -> RowTable:
        table = RowTable(self.tr("Confusion matrix. Rows: actual class. Columns: predicted class"), 22)
        table.setModel(self.confusion)
        dress_as_matrix(table)
        table.verticalHeader().setMaximumWidth(120)
        header = table.horizontalHeader()
        FillBox(table, _CELL)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.activated.connect(self._on_cell)
        table.clicked.connect(self._on_cell)
        return table

    def _on_cell(self, index: QModelIndex) -> None:
        self.cell_chosen.emit(*self.confusion.pair(index))

    def _say_accuracy(self, found: ConfusionCounts, *, assumed: bool) -> None:
        for part in (self.table, self.metrics):
            part.setVisible(bool(found.total))
        self._rows.setStretch(0, 4 if found.total else 0)
        if not found.total:
            self.accuracy.setText("")
            self.note.setText(
                self.tr("Drop class folders (one folder per class) to see the accuracy and the confusion matrix.")
            )
            return
        text = self.tr("Accuracy {part:.1%} ({right}/{total})")
        counts = {"right": number_text(found.right), "total": number_text(found.total)}
        self.accuracy.setText(text.format(part=found.accuracy, **counts))
        down = self.tr("Rows: actual class. Columns: predicted. Click a cell to show its rows.")
        order = self.tr("Classes are in alphabetical order of the folders, as in Keras.")
        self.note.setText(f"{down} {order}" if assumed else down)

    def _said(self, counts: list[int], bins: Bins, unit: str) -> str:
        total = sum(counts)
        if not total:
            return self.tr("No rows yet.")
        most = max(range(len(counts)), key=counts.__getitem__)
        text = self.tr("{n} rows; most ({most}) at {where} {unit}")
        return text.format(n=total, most=counts[most], where=bins.name(most), unit=unit).strip()

    def _on_changed(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()


def _side_by_side(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    layout = QHBoxLayout()
    layout.setSpacing(12)
    for widget, share in parts:
        layout.addWidget(widget, share)
    return layout


def _card(title: str, icon: str, chart: QWidget) -> Card:
    card = Card(title, icon)
    card.body.addWidget(chart, 1)
    return card
