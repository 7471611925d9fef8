"""A sentence with buttons in the middle of a table: why it is empty, or what is asked before it is filled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui.widgets.card import Card
from workbench.gui.widgets.tone_label import ToneLabel

Button = tuple[str, Callable[[], object]]
"""A button's text, and what it does."""

WIDEST: Final = 520
"""Pixels: longer lines are not read better."""


class ViewMessage(QWidget):
    """Lies over the rows of `view` and moves none of them. Hidden until `show_text`."""

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view.viewport())
        self._view = view
        view.viewport().installEventFilter(self)
        self.buttons: list[QPushButton] = []
        self._text = ToneLabel("")
        self._text.setWordWrap(True)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addStretch(1)
        card = Card()
        card.setMaximumWidth(WIDEST)
        card.body.addWidget(self._text)
        card.body.addLayout(self._row)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(card)
        layout.addStretch(2)
        layout.setAlignment(card, Qt.AlignmentFlag.AlignHCenter)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence; empty while there is none."""
        return "" if self.isHidden() else self._text.text()

    def show_text(self, text: str, *buttons: Button) -> None:
        """Say something in the place of what was said before."""
        if text == self.text and [b.text() for b in self.buttons] == [words for words, _ in buttons]:
            return
        self._text.setText(text)
        for old in self.buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self.buttons = [self._button(words, act) for words, act in buttons]
        self.setGeometry(self._view.viewport().rect())
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self._text, QAccessible.Event.Alert))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._view.viewport().rect())
        return super().eventFilter(watched, event)

    def _button(self, text: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: act())
        self._row.addWidget(button)
        return button
