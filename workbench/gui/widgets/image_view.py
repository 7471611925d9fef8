"""One picture, as large as it fits; small ones are magnified with their pixels kept visible."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

_TINY: Final = 96
"""Pixels; below this side a picture is magnified without smoothing."""


class ImageView(QWidget):
    """Shows a pixmap in the middle, or a word where there is none."""

    activated = Signal()  # double-clicked while there is a picture

    def __init__(self, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self._pixmap: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)

    @property
    def word(self) -> str:
        """What stands there in place of a picture; empty where there is one."""
        return self._empty if self._pixmap is None or self._pixmap.isNull() else ""

    def set_pixmap(self, pixmap: QPixmap | None, empty: str = "") -> None:
        """Show another picture, or the word `empty` in its place."""
        self._pixmap = pixmap
        self._empty = empty
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self.word:
            self.activated.emit()
        super().mouseDoubleClickEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().brush(QPalette.ColorRole.AlternateBase))
        if self._pixmap is None or self._pixmap.isNull():
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._empty)
        else:
            tiny = max(self._pixmap.width(), self._pixmap.height()) <= _TINY
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not tiny)
            painter.drawPixmap(self._place(self._pixmap.size()), self._pixmap)
        painter.end()

    def _place(self, size: QSize) -> QRect:
        room = self.rect().adjusted(8, 8, -8, -8)
        fitted = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(room.topLeft(), fitted)
        place.moveCenter(room.center())
        return place
