"""The model inputs that no picture feeds: what a request carries for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.gui.values import describe
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.tensors import SignatureInput


class ValuesList(QWidget):
    """A line an input: its key, what it takes in words, the model's own name where that is another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._feeds: tuple[SignatureInput, ...] | None = None
        self._labels: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)

    def set_feeds(self, feeds: Sequence[SignatureInput]) -> None:
        """Show other inputs."""
        if self._feeds == tuple(feeds):
            return
        self._feeds = tuple(feeds)
        for widget in self._labels:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._labels = []
        for row, feed in enumerate(feeds):
            self._add(row, feed)

    def text(self) -> str:
        """What is shown, for those who ask."""
        return "\n".join(f"{f.alias} {describe(f.tensor)}" for f in self._feeds or ())

    def _add(self, row: int, feed: SignatureInput) -> None:
        name = ElidedLabel(bold=True)
        name.set_text(feed.alias if feed.alias == feed.source else f"{feed.alias} ({feed.source})")
        kind = ToneLabel(describe(feed.tensor), "muted")
        for column, widget in enumerate((IconLabel("next", 16, "muted"), name, kind)):
            self._labels.append(widget)
            self._grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignVCenter)
