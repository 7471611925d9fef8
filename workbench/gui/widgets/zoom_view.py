"""One picture that can be magnified and moved; several follow each other."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

LARGEST: Final = 40.0
"""How many times larger than fitted a picture can be shown."""


GRID_FROM: Final = 8.0
"""Screen pixels from which on a picture's pixel is framed by a grid."""

_GRID: Final = QColor(128, 128, 128, 110)
_MARK: Final = (QColor("black"), QColor("white"))
"""Two colours: one of them is seen on any picture."""


class ZoomView(QGraphicsView):
    """`factor` 1 fits the picture in; the place in its middle is told in parts of the picture, 0 to 1."""

    moved = Signal(float, float, float)  # factor, x, y
    pointed = Signal(float, float)  # x, y in parts of the picture; both -1: at none

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._item = QGraphicsPixmapItem()
        self._scene = QGraphicsScene(self)
        self._scene.addItem(self._item)
        self.setScene(self._scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(120, 120)
        self.setMouseTracking(True)
        self._mark: tuple[int, int] | None = None
        self._factor, self._x, self._y = 1.0, 0.5, 0.5
        self._following = False
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._on_scrolled)

    @property
    def place(self) -> tuple[float, float, float]:
        """Factor and the part of the picture that is in the middle."""
        return self._factor, self._x, self._y

    def set_pixmap(self, pixmap: QPixmap | None) -> None:
        """Show a picture, or nothing."""
        self._item.setPixmap(pixmap or QPixmap())
        self._scene.setSceneRect(self._item.boundingRect())
        self._apply()

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Column and row of the pixel at a place in parts of the picture; None beside it."""
        size = self._item.pixmap().size()
        inside = 0 <= x < 1 and 0 <= y < 1 and not size.isEmpty()
        return (int(x * size.width()), int(y * size.height())) if inside else None

    def mark(self, pixel: tuple[int, int] | None) -> None:
        """Frame a pixel, or none."""
        if pixel != self._mark:
            self._mark = pixel
            self.viewport().update()

    def follow(self, factor: float, x: float, y: float) -> None:
        """Show the same part of the picture as another view does."""
        self._factor = min(max(factor, 1.0), LARGEST)
        self._x, self._y = x, y
        self._apply()

    def zoom(self, by: float) -> None:
        """Magnify, and tell the others."""
        self.follow(self._factor * by, self._x, self._y)
        self.moved.emit(*self.place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps:
            self.zoom(1.25**steps)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        size = self._item.boundingRect().size()
        if not size.isEmpty():
            place = self.mapToScene(event.position().toPoint())
            self.pointed.emit(place.x() / size.width(), place.y() / size.height())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1.0, -1.0)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self.transform().m11() < GRID_FROM:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_grid(painter, QRectF(rect).intersected(self._item.boundingRect()))
        for width, colour in zip((3, 1), _MARK, strict=True):
            if self._mark is not None:
                painter.setPen(_cosmetic(colour, width))
                painter.drawRect(QRectF(*self._mark, 1, 1))

    def _draw_grid(self, painter: QPainter, part: QRectF) -> None:
        painter.setPen(_cosmetic(_GRID, 1))
        columns = range(math.ceil(part.left()), math.floor(part.right()) + 1)
        rows = range(math.ceil(part.top()), math.floor(part.bottom()) + 1)
        painter.drawLines([QLineF(x, part.top(), x, part.bottom()) for x in columns])
        painter.drawLines([QLineF(part.left(), y, part.right(), y) for y in rows])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._apply()

    def _apply(self) -> None:
        size = self._item.boundingRect().size()
        if size.isEmpty():
            return
        room = self.viewport().size()
        scale = self._factor * min(room.width() / size.width(), room.height() / size.height())
        # What is magnified shows its pixels: they are what is compared.
        smooth = scale * self.devicePixelRatioF() < 1
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        mode = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
        self._item.setTransformationMode(mode)
        self._following = True
        self.setTransform(QTransform.fromScale(scale, scale))
        self.centerOn(QPointF(self._x * size.width(), self._y * size.height()))
        self._following = False

    def _on_scrolled(self) -> None:
        if self._following or self._item.boundingRect().isEmpty():
            return
        size: QRectF = self._item.boundingRect()
        middle = self.mapToScene(self.viewport().rect().center())
        self._x, self._y = middle.x() / size.width(), middle.y() / size.height()
        self.moved.emit(*self.place)


def _cosmetic(colour: QColor, width: int) -> QPen:
    """A pen that is so many screen pixels wide, however large the picture is shown."""
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    return pen
