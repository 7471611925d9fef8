"""The chosen record as its file has it: a line a key."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from workbench.gui.detail.record_model import RecordColumn, RecordModel
from workbench.gui.texts import size_text
from workbench.gui.widgets.copy_rows import add_copy
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.data import RecordContents

_ROW: Final = 26

KINDS: Final = {"lines": "JSON lines", "npy": ".npy", "npz": ".npz", "tfrecord": "TFRecord"}
"""The formats by their own names, which no language translates."""


class RecordPage(QWidget):
    """Which record of what kind of file it is; below it the keys. Or a word on why nothing is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RecordModel(self)
        self.word = ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self.view = RowTable(self.tr("Keys of the record"), _ROW)
        self.view.setModel(self.model)
        self.view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.view.horizontalHeader().setSectionResizeMode(RecordColumn.VALUE, QHeaderView.ResizeMode.Stretch)
        add_copy(self.view, self.tr("Copy the chosen keys"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 8, 4, 4)
        layout.addWidget(self.word)
        layout.addWidget(self.view, 1)

    def show_record(self, record: RecordContents) -> None:
        """Show the keys of a record."""
        words = self.tr("{kind}, record {number}").format(kind=KINDS.get(record.kind, ""), number=record.number)
        self.word.setText(f"{words}  ·  {size_text(record.length)}" if record.length else words)
        self.word.set_tone("muted")
        self.model.set_values(record.values)
        self.view.show()

    def show_word(self, text: str, tone: str = "muted") -> None:
        """Show a sentence and no record."""
        self.word.setText(text)
        self.word.set_tone(tone)
        self.model.set_values(())
        self.view.hide()
