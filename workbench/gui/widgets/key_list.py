"""A list of request keys: add, rename in place, remove. value/set_value/value_changed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import icons


class KeyList(QWidget):
    """Keys in the order given; Delete removes the chosen one, a double click renames it."""

    value_changed = Signal(object)  # tuple[str, ...]

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = QLineEdit(placeholderText=placeholder)
        self.entry.setAccessibleName(self.tr("New key"))
        self.entry.returnPressed.connect(self._on_add)
        self.add_button = QPushButton(self.tr("A&dd"))
        self.add_button.clicked.connect(self._on_add)
        icons.put(self.add_button, "add")
        self.remove_button = QToolButton()
        self.remove_button.setToolTip(self.tr("Remove the chosen key (Delete)"))
        self.remove_button.setEnabled(False)
        self.remove_button.setAccessibleName(self.tr("Remove the chosen key"))
        self.remove_button.clicked.connect(self._on_remove)
        icons.put(self.remove_button, "remove")
        self.list = _FlatList()
        self.list.setAccessibleName(name)
        self.list.itemChanged.connect(self._on_edited)
        self.list.currentRowChanged.connect(self._on_row_changed)
        self.list.installEventFilter(self)
        self._lay_out()

    def value(self) -> tuple[str, ...]:
        """The keys."""
        return tuple(self.list.item(n).text() for n in range(self.list.count()))

    def set_value(self, keys: tuple[str, ...]) -> None:
        """Show these keys; emits nothing."""
        if keys == self.value():
            return
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for key in keys:
            self._append(key)
        blocker.unblock()
        self._on_row_changed(self.list.currentRow())
        self.list.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        ):
            self._on_remove()
            return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.entry, 1)
        top.addWidget(self.add_button)
        top.addWidget(self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.list)

    def _append(self, key: str) -> None:
        item = QListWidgetItem(key)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.list.addItem(item)

    def _on_add(self) -> None:
        key = self.entry.text().strip()
        if key:
            self._append(key)
            self.entry.clear()
            self._tell()

    def _on_remove(self) -> None:
        if self.list.currentRow() >= 0:
            self.list.takeItem(self.list.currentRow())
            self._tell()

    def _on_edited(self, item: QListWidgetItem) -> None:
        if not item.text().strip():
            self.list.takeItem(self.list.row(item))
        self._tell()

    def _on_row_changed(self, row: int) -> None:
        self.remove_button.setEnabled(row >= 0)

    def _tell(self) -> None:
        self.list.updateGeometry()
        self.value_changed.emit(self.value())


class _FlatList(QListWidget):
    """As high as its keys, between two and five lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setUniformItemSizes(True)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height() + 8
        return QSize(200, line * min(max(self.count(), 2), 5) + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())
