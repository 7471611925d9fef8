"""Errors and news as one line over another widget instead of a message box: nothing moves when it comes or goes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QEnterEvent, QHideEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.card import paint_tinted
from workbench.gui.widgets.icon_label import IconLabel

_LOOKS: Final = {"error": ("alert", "error"), "warning": ("alert", "warn"), "info": ("info", "accent")}

LEAST_MS: Final = 4000
"""How long news without a button stay at least."""

PER_CHARACTER_MS: Final = 60
"""And for each character of them: slow readers read some 15 characters a second."""


class Banner(QWidget):
    """One sentence with an icon, at most one action, and a way to close it. Hidden until `show_text`.

    It lies over the widget `over` and takes its place in that one's window. News that ask for nothing leave by
    themselves, unless the mouse is on them; errors and what has a button stay until they are closed.
    """

    action_wanted = Signal()
    left = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over.parentWidget())
        self._over = over
        over.installEventFilter(self)
        self._leaving = QTimer(self, singleShot=True)
        self._leaving.timeout.connect(self._on_close)
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
        self._close.clicked.connect(self._on_close)
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
    def close_button(self) -> QToolButton:
        """The cross."""
        return self._close

    @property
    def leaving(self) -> bool:
        """Whether it goes by itself after a while."""
        return self._leaving.isActive()

    @property
    def action(self) -> QPushButton:
        """The button beside the sentence."""
        return self._action

    def show_text(self, text: str, severity: str = "error", action: str = "") -> None:
        """Show a sentence in place of the one before; `action` is the button's text, empty for none."""
        self._leaving.stop()
        self._severity = severity
        self._icon.set_icon(*_LOOKS[severity])
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._place()
        self.setVisible(True)
        self.raise_()
        self.update()
        self._leave_later()
        # Screen readers speak an alert when it comes, not when one walks to it.
        QAccessible.updateAccessibility(QAccessibleEvent(self._text, QAccessible.Event.Alert))

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._leaving.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._leave_later()
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._leaving.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), tones().card)
        painter.end()
        colour = getattr(tones(), _LOOKS[self._severity][1])
        paint_tinted(self, colour, 0.11, 6)

    def _place(self) -> None:
        """Over the other widget, and as much higher as the sentence needs."""
        parent = self.parentWidget()
        assert parent is not None
        width = self._over.width()
        height = max(self._over.height(), self.heightForWidth(width))
        self.setGeometry(QRect(self._over.mapTo(parent, self._over.rect().topLeft()), QSize(width, height)))

    def _leave_later(self) -> None:
        if self._severity == "info" and self._action.isHidden() and not self.isHidden():
            self._leaving.start(LEAST_MS + PER_CHARACTER_MS * len(self._text.text()))

    def _on_action(self) -> None:
        self.hide()
        self.action_wanted.emit()
        if self.isHidden():
            self.left.emit()

    def _on_close(self) -> None:
        self.hide()
        self.left.emit()
