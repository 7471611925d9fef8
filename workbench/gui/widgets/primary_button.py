"""The primary button of a tab, filled with the accent colour."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QPushButton, QStyle, QWidget

from workbench.gui import icons

_ICON = 16
_GAP = 6


class PrimaryButton(QPushButton):
    """Paints itself: Fusion lightens a button's colour so far that white letters can no longer be read on it."""

    def __init__(self, text: str, icon: str = "", *, behind: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._behind = behind
        if icon:
            icons.put(self, icon, "bright")

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + 20, hint.height())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground())
        painter.drawRoundedRect(frame, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        self._words(painter)
        painter.end()

    def _ground(self) -> QColor:
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        colour = self.palette().color(group, QPalette.ColorRole.Highlight)
        if self.isDown():
            return colour.darker(118)
        return colour.lighter(112) if self.isEnabled() and self.underMouse() else colour

    def _words(self, painter: QPainter) -> None:
        """Icon and text in the middle, the icon on the side it belongs to."""
        flags = Qt.TextFlag.TextShowMnemonic
        if not self.style().styleHint(QStyle.StyleHint.SH_UnderlineShortcut, None, self):
            flags = Qt.TextFlag.TextHideMnemonic
        text_width = self.fontMetrics().size(int(flags), self.text()).width()
        icon_width = 0 if self.icon().isNull() else _ICON + _GAP
        left = (self.width() - text_width - icon_width) // 2
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, QPalette.ColorRole.HighlightedText))
        text_left = left if self._behind else left + icon_width
        place = QRect(text_left, 0, text_width + 2, self.height())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | flags), self.text())
        if icon_width:
            icon_left = left + text_width + _GAP if self._behind else left
            self.icon().paint(painter, QRect(icon_left, (self.height() - _ICON) // 2, _ICON, _ICON))
