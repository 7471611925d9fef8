"""The empty state: what to drop here, and the buttons that do the same."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.theme import tones
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel


class DropZone(QWidget):
    """A dashed field with an icon, a headline, a sentence and buttons. The window takes the drop itself."""

    def __init__(self, icon: str, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._hot = False
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(10)
        self._below = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(2)
        layout.addWidget(IconLabel(icon, 48, "accent"), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(4)
        self._title, self._text = ToneLabel(title, scale=1.5, bold=True), ToneLabel(text, "muted")
        layout.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(10)
        layout.addLayout(self._buttons)
        layout.addSpacing(18)
        layout.addLayout(self._below)
        layout.addStretch(3)
        self._buttons.addStretch(1)
        self._buttons.addStretch(1)

    def set_words(self, title: str, text: str) -> None:
        """Invite with other words."""
        self._title.setText(title)
        self._text.setText(text)

    def words(self) -> str:
        """What is said, for those who ask."""
        return f"{self._title.text()} {self._text.text()}"

    def add_button(self, button: QPushButton) -> None:
        """Put a button in the middle row."""
        self._buttons.insertWidget(self._buttons.count() - 1, button)

    def add_below(self, widget: QWidget) -> None:
        """Put a widget under the buttons."""
        self._below.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def set_hot(self, hot: bool) -> None:
        """Show that what hangs over the window may be dropped."""
        if hot is not self._hot:
            self._hot = hot
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = tones().accent if self._hot else self.palette().color(QPalette.ColorRole.Dark)
        ground = QColor(tones().accent)
        ground.setAlphaF(0.12 if self._hot else 0.03)
        painter.setPen(QPen(line, 1.4, Qt.PenStyle.DashLine))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
        painter.end()
