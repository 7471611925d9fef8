"""An icon on its own that is painted in the theme's colours of the moment."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import icons


class IconLabel(QWidget):
    """Paints the icon of that name at `side` pixels; the name may change, the colour follows the palette."""

    def __init__(self, name: str, side: int = 16, tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._side, self._tone = name, side, tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, tone: str = "") -> None:
        """Show another icon."""
        if (name, tone) != (self._name, self._tone):
            self._name, self._tone = name, tone
            self.update()

    @property
    def shown(self) -> tuple[str, str]:
        """Name and tone of the icon, for those who ask what is to be seen."""
        return self._name, self._tone

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = (self.height() - self._side) // 2
        painter.drawPixmap(0, top, icons.pixmap(self._name, self._side, self._tone))
        painter.end()
