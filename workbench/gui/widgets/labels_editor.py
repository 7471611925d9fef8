"""Class labels, one a line: typed, pasted or read from a text file. value/set_value/value_changed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget


class LabelsEditor(QPlainTextEdit):
    """The lines in order are the labels; empty lines at the end do not count."""

    value_changed = Signal(object)  # tuple[str, ...]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.textChanged.connect(self._on_text_changed)

    def sizeHint(self) -> QSize:
        # Some six lines: the cards around it want room as well.
        return QSize(240, 6 * self.fontMetrics().lineSpacing() + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def value(self) -> tuple[str, ...]:
        """The labels."""
        return read_labels(self.toPlainText())

    def set_value(self, labels: tuple[str, ...]) -> None:
        """Show these labels; emits nothing and leaves the cursor alone where they are there already."""
        if labels == self.value():
            return
        blocker = QSignalBlocker(self)
        self.setPlainText("\n".join(labels))
        blocker.unblock()

    def _on_text_changed(self) -> None:
        self.value_changed.emit(self.value())


def read_labels(text: str) -> tuple[str, ...]:
    """A text file's labels: one a line, white space around them and empty lines at the end taken off."""
    return tuple(line.strip() for line in text.rstrip().splitlines())
