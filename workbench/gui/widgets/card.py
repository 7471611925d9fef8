"""A titled group on its own ground: the one container all tabs are made of."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.theme import tones
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel


class Card(QWidget):
    """Rounded ground with a hairline; `body` takes the content."""

    def __init__(self, title: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(16, 14, 16, 16)
        self.body.setSpacing(10)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        if title:
            if icon:
                self.head.addWidget(IconLabel(icon, 16, "muted"))
            self.head.addWidget(ToneLabel(title, bold=True))
            self.head.addStretch(1)
            self.body.addLayout(self.head)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tones().line, 1))
        painter.setBrush(tones().card)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.end()


def paint_tinted(widget: QWidget, colour: QColor, strength: float, radius: int) -> None:
    """Paints a widget's background in a faint tint of a colour with a hairline border."""
    ground = QColor(colour)
    ground.setAlphaF(strength)
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.end()


def row(*widgets: QWidget, stretch: int = -1, spacing: int = 8) -> QHBoxLayout:
    """Widgets side by side; the one at index `stretch` takes the room, else what is left stays empty on the right."""
    layout = QHBoxLayout()
    layout.setSpacing(spacing)
    for index, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if index == stretch else 0)
    if stretch < 0:
        layout.addStretch(1)
    return layout


def keep_place(widget: QWidget) -> None:
    """Keep a widget's place while it is hidden: what is beside and below it does not move when it comes."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
