"""A short list of files to choose from: icon, name, folder. The empty page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import ToneLabel

_HEIGHT = 30
_PAD = 10
_SIDE = 16


class FileList(QWidget):
    """A heading and a row a file; hidden where there is none."""

    chosen = Signal(str)

    def __init__(self, title: str, width: int = 560, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumWidth(width)
        self._rows: list[FileRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        heading = ToneLabel(title, "muted", scale=0.95)
        heading.setIndent(_PAD)
        self._layout.addWidget(heading)
        self._layout.addSpacing(2)
        self.hide()

    @property
    def rows(self) -> list[FileRow]:
        """The rows that are shown."""
        return self._rows

    def set_files(self, files: Sequence[tuple[str, str]]) -> None:
        """Show files as pairs of path and icon."""
        for row in self._rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [FileRow(path, icon) for path, icon in files]
        for row in self._rows:
            row.clicked.connect(lambda _checked=False, path=row.path: self.chosen.emit(path))
            self._layout.addWidget(row)
        self.setVisible(bool(files))


class FileRow(QAbstractButton):
    """A button that looks like a line of a list."""

    def __init__(self, path: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path, self._icon_name = path, icon
        self.setAccessibleName(path)
        self.setToolTip(path)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(_HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(520, _HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(tones().accent if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(tones().tint)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)
        painter.drawPixmap(_PAD, (_HEIGHT - _SIDE) // 2, icons.pixmap(self._icon_name, _SIDE, "accent"))
        left = _PAD + _SIDE + 8
        name = Path(self.path).name
        metrics = self.fontMetrics()
        width = min(metrics.horizontalAdvance(name) + 2, (self.width() - left - _PAD) * 2 // 3)
        middle = Qt.TextElideMode.ElideMiddle
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(left, 0, width, _HEIGHT, flags, metrics.elidedText(name, middle, width))
        left += width + 14
        rest = self.width() - left - _PAD
        painter.setPen(tones().muted)
        painter.drawText(left, 0, rest, _HEIGHT, flags, metrics.elidedText(str(Path(self.path).parent), middle, rest))
        painter.end()
