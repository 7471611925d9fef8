"""Inline confirmation beside the button that was pressed, instead of a message box."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.card import paint_tinted
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.key_filters import EscapeFilter
from workbench.gui.widgets.tone_label import ToneLabel


class InlineConfirmation(QWidget):
    """Hidden until `ask`. Escape anywhere in the widget it stands in leaves it, as its own Cancel does.

    `asked` tells when a question comes and goes: what is around it can make room.
    """

    asked = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        EscapeFilter(parent, self.withdraw, lambda: self.asking)
        self._then: Callable[[], None] | None = None
        self._before: QWidget | None = None
        self._title, self._text = ToneLabel("", bold=True), ToneLabel()
        self.act_button = QPushButton(self.tr("Continue"))
        self.act_button.clicked.connect(self._on_act)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Cancel (Escape)"))
        self.cancel_button.clicked.connect(self.withdraw)
        icons.put(self.cancel_button, "close")
        self._lay_out()
        self.hide()

    @property
    def asking(self) -> bool:
        """Whether a question is open."""
        return self._then is not None

    @property
    def text(self) -> str:
        """All that is asked; empty while nothing is."""
        return f"{self._title.text()}\n{self._text.text()}" if self.asking else ""

    def ask(self, title: str, sentences: Sequence[str], act: str, then: Callable[[], None]) -> None:
        """Ask; `act` are the words of the button that calls `then`. The safe button has the focus."""
        self._then = then
        self._before = QApplication.focusWidget()
        self._title.setText(title)
        self._text.setText("\n".join(sentences))
        self._text.setVisible(bool(sentences))
        self.act_button.setText(act)
        self.show()
        self.asked.emit(True)
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)
        QAccessible.updateAccessibility(QAccessibleEvent(self._title, QAccessible.Event.Alert))

    def withdraw(self) -> None:
        """Leave it; the focus goes back to where it was."""
        if self._then is None:
            return
        self._then = None
        mine = self.isAncestorOf(QApplication.focusWidget() or self)
        self.hide()
        self.asked.emit(False)
        if mine and self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_tinted(self, tones().warn, 0.11, 6)

    def _lay_out(self) -> None:
        self._text.setWordWrap(True)
        self._title.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.act_button, self.cancel_button):
            buttons.addWidget(button)
        texts = QVBoxLayout()
        texts.setSpacing(6)
        for part in (self._title, self._text):
            texts.addWidget(part)
        texts.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(10)
        layout.addWidget(IconLabel("alert", 20, "warn"), 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)

    def _on_act(self) -> None:
        then = self._then
        self.withdraw()
        if then is not None:
            then()
