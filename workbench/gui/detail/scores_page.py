"""All scores of one prediction as a chart, which is made when first looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.tab import scrolling
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.reply_keys import ReplyKeys, scores_of

if TYPE_CHECKING:
    from workbench.gui.charts.scores import ScoresChart


class ScoresPage(QWidget):
    """The chart, or a word on why there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart: ScoresChart | None = None
        self._word = ToneLabel("", "muted")
        self._word.setWordWrap(True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 6, 0, 0)
        self._layout.addWidget(self._word, 0, Qt.AlignmentFlag.AlignTop)

    def show_prediction(self, prediction: Mapping[str, object] | None, reading: ReplyKeys) -> None:
        """Show the scores of a prediction; None where there is none."""
        scores = scores_of(prediction, reading) if prediction is not None else []
        if scores and self.chart is None:
            from workbench.gui.charts.scores import ScoresChart

            self.chart = ScoresChart()
            self._area = scrolling(self.chart)
            self._layout.addWidget(self._area, 1)
        if self.chart is not None:
            self._area.setVisible(bool(scores))
        self._word.setVisible(not scores)
        self._word.setText(
            self.tr("Select a row to see its scores.")
            if prediction is None
            else self.tr("This reply has no scores per class. See Reply.")
        )
        if scores and self.chart is not None:
            self.chart.show_scores(scores, reading.labels)
