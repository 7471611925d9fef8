"""Collapsible section for advanced settings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget


class Disclosure(QWidget):
    """A button that says what is behind it; `body` takes the content."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton(autoRaise=True)
        self.button.setText(text)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self._content = QWidget()
        self.button.clicked.connect(lambda: self.set_open(self._content.isHidden()))
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(20, 0, 0, 0)
        self.body.setSpacing(10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.button)
        layout.addWidget(self._content)
        self.set_open(False)

    def set_text(self, text: str) -> None:
        """Say something else on the button."""
        self.button.setText(text)

    def open(self) -> None:
        """Show what is behind it."""
        self.set_open(True)

    def set_open(self, is_open: bool) -> None:
        """Show or hide what is behind it."""
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._content.setVisible(is_open)
