"""The selected record as its file has it: a line a key, with type, size and beginning of each value."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from workbench.gui.texts import size_text
from workbench.gui.widgets.row_table import RowTable, add_copy
from workbench.gui.widgets.tone_label import ToneLabel, plain_tip
from workbench.spec.data import RecordContents, RecordValue

Index = QModelIndex | QPersistentModelIndex
_ROW: Final = 26
KINDS: Final = {"lines": "JSON lines", "npy": ".npy", "npz": ".npz", "tfrecord": "TFRecord"}
"""The formats by their own names, which no language translates."""


class RecordColumn(IntEnum):
    """What stands where."""

    KEY = 0
    TYPE = 1
    SIZE = 2
    VALUE = 3


class RecordModel(QAbstractTableModel):
    """A row a key, in the file's order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.values: tuple[RecordValue, ...] = ()

    def set_values(self, values: tuple[RecordValue, ...]) -> None:
        """Show another record."""
        if values != self.values:
            self.beginResetModel()
            self.values = values
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.values)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(RecordColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Key"), self.tr("Type"), self.tr("Size"), self.tr("Value"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.values):
            return None
        value = self.values[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(value, RecordColumn(index.column()))
            case Qt.ItemDataRole.ToolTipRole if index.column() in (RecordColumn.KEY, RecordColumn.VALUE):
                return plain_tip(value.text if index.column() == RecordColumn.VALUE else self._key(value))
        return None

    def _text(self, value: RecordValue, column: RecordColumn) -> str:
        match column:
            case RecordColumn.KEY:
                return self._key(value)
            case RecordColumn.TYPE:
                return value.dtype
            case RecordColumn.SIZE:
                return self._size(value)
        return f"{value.image}: {value.text}" if value.image else value.text

    def _size(self, value: RecordValue) -> str:
        if value.dtype == "bytes":
            return size_text(value.bytes)
        return " × ".join(map(str, value.shape)) if value.shape else self.tr("single")

    def _key(self, value: RecordValue) -> str:
        return value.key or self.tr("(no name)")


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
        add_copy(self.view, self.tr("Copy the selected keys"))
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
