"""Errors and news as one line above the tabs instead of a message box."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.card import paint_tinted
from workbench.gui.widgets.icon_label import IconLabel

_LOOKS: Final = {"error": ("alert", "error"), "warning": ("alert", "warn"), "info": ("info", "accent")}


class Banner(QWidget):
    """One sentence with an icon, at most one action, and a way to close it. Hidden until `show_text`."""

    action_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._severity = "error"
        self._icon = IconLabel("alert", 20, "error")
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action)
        self._close = QToolButton(autoRaise=True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.hide)
        icons.put(self._close, "close")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.setSpacing(10)
        for widget in (self._icon, self._text, self._action, self._close):
            layout.addWidget(widget, 1 if widget is self._text else 0)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """The sentence that is shown; empty when there is none."""
        return "" if self.isHidden() else self._text.text()

    @property
    def action(self) -> QPushButton:
        """The button beside the sentence."""
        return self._action

    def show_text(self, text: str, severity: str = "error", action: str = "") -> None:
        """Show a sentence in place of the one before; `action` is the button's text, empty for none."""
        self._severity = severity
        self._icon.set_icon(*_LOOKS[severity])
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setVisible(True)
        self.update()
        # Screen readers speak an alert when it comes, not when one walks to it.
        QAccessible.updateAccessibility(QAccessibleEvent(self._text, QAccessible.Event.Alert))

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = getattr(tones(), _LOOKS[self._severity][1])
        paint_tinted(self, colour, 0.11, 6)

    def _on_action(self) -> None:
        self.hide()
        self.action_wanted.emit()
