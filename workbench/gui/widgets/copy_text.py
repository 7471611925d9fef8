"""Read-only monospaced text with a Copy button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.widgets.tone_label import ToneLabel


class CopyText(QWidget):
    """A title, a Copy button and a read-only text that keeps its place when the text changes."""

    copied = Signal(str)

    def __init__(
        self, title: str, name: str, *, copy: str = "", wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        """`copy` is the button's word with a mnemonic that is free where it stands."""
        super().__init__(parent)
        self._whole: str | None = None
        self._title = ToneLabel(title, bold=True)
        self.copy_button = QPushButton(copy or self.tr("&Copy"))
        self.copy_button.setAccessibleName(self.tr("Copy: {what}").format(what=name))
        self.copy_button.clicked.connect(self._on_copy)
        icons.put(self.copy_button, "copy")
        self.view = QPlainTextEdit(readOnly=True)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        mode = QPlainTextEdit.LineWrapMode
        self.view.setLineWrapMode(mode.WidgetWidth if wrap else mode.NoWrap)
        self.view.setTabChangesFocus(True)
        self.view.setAccessibleName(name)
        self._head = head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)

    def add_to_head(self, widget: QWidget) -> None:
        """Put a choice of what is shown beside the title."""
        self._head.insertWidget(1, widget)

    def text(self) -> str:
        """What is shown."""
        return self.view.toPlainText()

    def set_text(self, text: str, copied: str | None = None) -> None:
        """Show a text; the place one has scrolled to is kept. `copied` is what Copy gives where that is longer."""
        self._whole = copied
        if text == self.text():
            return
        place = self.view.verticalScrollBar().value()
        self.view.setPlainText(text)
        self.view.verticalScrollBar().setValue(place)
        self.copy_button.setEnabled(bool(text))

    def set_placeholder(self, text: str) -> None:
        """Placeholder shown while the text is empty."""
        self.view.setPlaceholderText(text)

    def _on_copy(self) -> None:
        text = self.text() if self._whole is None else self._whole
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(text)
