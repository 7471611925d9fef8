"""A chart as a widget: axes around a drawing, and what mouse, keyboard and screen reader find in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui.charts.drawing import Drawing, Mark
from workbench.gui.charts.frame import Frame
from workbench.gui.theme import tones
from workbench.gui.widgets.tone_label import plain_tip

SMALLER = 0.88
"""Size of a chart's letters against the window's."""


class Plot(QWidget):
    """One chart; `name` is what a screen reader says, with `describe` for what it shows.

    The mouse and the arrow keys walk over its marks; the words of the current one are its tool tip and go to the screen
    reader before the description.
    """

    mark_changed = Signal(str)  # the words of the current mark; empty without one

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._marks: list[Mark] | None = None
        self._marks_at: object = None
        self._words = ""
        self._current = -1
        self.setAccessibleName(name)
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def drawing(self) -> Drawing | None:
        """What is drawn; None as long as there is nothing."""
        return self._drawing

    @property
    def marks(self) -> list[Mark]:
        """The bars or points, where they are now."""
        if self._drawing is None:
            return []
        # Worked out once for a size: the mouse asks at every move, and a curve may have thousands.
        place = (self.size(), self.devicePixelRatioF(), self.font())
        if self._marks is None or self._marks_at != place:
            self._marks, self._marks_at = self._drawing.marks(self.frame()), place
        return self._marks

    def frame(self) -> Frame:
        """Where axes and drawing are at the size of now. Raises `AssertionError` where nothing is drawn."""
        assert self._drawing is not None
        return Frame.around(self._drawing, QRectF(self.rect()), self._font(), self.devicePixelRatioF())

    def describe(self, text: str) -> None:
        """The chart in words: for those who cannot see it, and as its tool tip."""
        self._words = text
        self._tell()

    def draw(self, drawing: Drawing) -> None:
        """Draw something else; no mark of it is the current one."""
        self._drawing, self._marks = drawing, None
        self._choose(-1)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawing is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        frame = self.frame()
        frame.paint(painter, self.palette())
        self._drawing.paint(painter, frame, self._current)
        if self.hasFocus():
            painter.setPen(tones().accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._choose(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._choose(-1)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._choose(-1)
        self.update()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self.marks)
        place = _place_after(event.key(), self._current, count)
        if not count or place is None:
            super().keyPressEvent(event)
            return
        self._choose(place)
        shape = self.marks[place].shape
        QToolTip.showText(self.mapToGlobal(shape.center().toPoint()), plain_tip(self._said()), self)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def _show_tip(self, place: QPoint, at: QPoint) -> None:
        found = self._at(QPointF(place))
        text = self.marks[found].text if found >= 0 else self._words
        if text:
            QToolTip.showText(at, plain_tip(text), self)
        else:
            QToolTip.hideText()

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALLER)
        return font

    def _at(self, place: QPointF) -> int:
        return next((n for n, mark in enumerate(self.marks) if mark.hot.contains(place)), -1)

    def _said(self) -> str:
        return self.marks[self._current].text if self._current >= 0 else ""

    def _choose(self, place: int) -> None:
        if place != self._current:
            self._current = place
            self._tell()
            self.mark_changed.emit(self._said())
            self.update()

    def _tell(self) -> None:
        said = self._said()
        self.setAccessibleDescription(f"{said}. {self._words}" if said else self._words)


def _place_after(key: int, place: int, count: int) -> int | None:
    """The mark that a key leads to; None where it is no key of a chart."""
    match key:
        case Qt.Key.Key_Right | Qt.Key.Key_Down:
            return min(place + 1, count - 1)
        case Qt.Key.Key_Left | Qt.Key.Key_Up:
            return max(place - 1, 0)
        case Qt.Key.Key_Home:
            return 0
        case Qt.Key.Key_End:
            return count - 1
    return None
