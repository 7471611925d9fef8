"""The targets as cards below each other; the chosen one has a frame. Arrow keys walk."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui import icons
from workbench.gui.deploy.target_text import kind_title, runs, where
from workbench.gui.deploy.targets_model import ROW_ROLE, TargetRow, TargetsModel
from workbench.gui.theme import tones

_Index = QModelIndex | QPersistentModelIndex

LEAST: Final = 1
"""Cards that are seen at once however low the window is; the list scrolls beyond what there is room for."""

_GAP: Final = 6
_PAD: Final = 10
_ICON: Final = 22
_SMALL: Final = 0.92


class TargetsView(QListView):
    """`chosen` tells the name of the target one has gone to."""

    chosen = Signal(str)

    def __init__(self, model: TargetsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._targets = model
        self.setAccessibleName(self.tr("Targets"))
        self.setModel(model)
        self._painter = TargetPainter(self)
        self.setItemDelegate(self._painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.viewport().setAutoFillBackground(False)
        self.selectionModel().currentChanged.connect(self._on_current)
        model.modelReset.connect(self._fit)
        self._fit()

    def choose(self, name: str) -> None:
        """Go to a target."""
        place = self._targets.place(name)
        if place >= 0 and place != self.currentIndex().row():
            self.setCurrentIndex(self._targets.index(place))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        height = self._painter.height(self.fontMetrics().height())
        count = max(len(self._targets.rows), 1)
        self.setMinimumHeight(height * min(count, LEAST))
        self.setMaximumHeight(height * count)

    def _on_current(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, TargetRow):
            self.chosen.emit(row.name)


class TargetPainter(QStyledItemDelegate):
    """Icon, name and mark; the kind and where; what runs there and the state."""

    def height(self, line: int) -> int:
        """The height of one card and the gap below it, for letters of that height."""
        return 3 * line + 2 * _PAD + 4 + _GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(160, self.height(option.fontMetrics.height()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, TargetRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = chosen and bool(option.state & QStyle.StateFlag.State_HasFocus)
        frame = QRect(option.rect).adjusted(0, 0, 0, -_GAP)
        _paint_ground(painter, frame, chosen=chosen, focused=focused)
        self._paint_row(painter, frame.adjusted(_PAD + 2, _PAD, -_PAD, -_PAD), option, row)
        painter.restore()

    def _paint_row(self, painter: QPainter, room: QRect, option: QStyleOptionViewItem, row: TargetRow) -> None:
        line = option.fontMetrics.height()
        painter.drawPixmap(room.left(), room.top(), icons.pixmap(row.target.facts.icon, _ICON, "muted"))
        texts = room.adjusted(_ICON + 10, 0, 0, 0)
        mark = _paint_mark(painter, texts, option.font, self.tr("practice")) if row.practice else 0
        bold = QFont(option.font)
        bold.setBold(True)
        text = option.palette.text().color()
        top = QRect(texts.left(), texts.top(), texts.width() - mark, line)
        _write(painter, top, row.name, bold, text)
        small = QFont(option.font)
        small.setPointSizeF(small.pointSizeF() * _SMALL)
        second = QRect(texts.left(), top.bottom() + 3, texts.width(), line)
        _write(painter, second, f"{kind_title(row.target)}  ·  {where(row.target)}", small, tones().muted)
        third = second.translated(0, line + 1)
        state = _paint_state(painter, third, small, row) if row.word else 0
        _write(painter, third.adjusted(0, 0, -state, 0), runs(row.target), small, tones().muted)


def _paint_ground(painter: QPainter, frame: QRect, *, chosen: bool, focused: bool) -> None:
    ground = QColor(tones().tint if chosen else tones().card)
    painter.setBrush(ground)
    painter.setPen(QPen(tones().accent if chosen else tones().line, 2 if focused else 1))
    painter.drawRoundedRect(QRectF(frame).adjusted(1, 1, -1, -1), 8, 8)


def _paint_mark(painter: QPainter, room: QRect, font: QFont, text: str) -> int:
    """A little sign at the right end of the first line; answers the room it took."""
    small = QFont(font)
    small.setPointSizeF(small.pointSizeF() * 0.85)
    painter.setFont(small)
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(text) + 12
    sign = QRect(room.right() - width, room.top(), width, metrics.height() + 2)
    ground = QColor(tones().accent)
    ground.setAlphaF(0.14)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(sign), 4, 4)
    painter.setPen(tones().accent)
    painter.drawText(sign, int(Qt.AlignmentFlag.AlignCenter), text)
    return width + 8


def _paint_state(painter: QPainter, line: QRect, font: QFont, row: TargetRow) -> int:
    """Icon and word at the right end of a line; answers the room they took."""
    painter.setFont(font)
    most = line.width() * 3 // 5
    text = painter.fontMetrics().elidedText(row.word, Qt.TextElideMode.ElideRight, most - 20)
    width = painter.fontMetrics().horizontalAdvance(text) + 20
    left = line.right() - width
    painter.drawPixmap(left, line.top() + (line.height() - 14) // 2, icons.pixmap(row.icon, 14, row.tone))
    _write(painter, QRect(left + 18, line.top(), width, line.height()), text, font, getattr(tones(), row.tone))
    return width + 8


def _write(painter: QPainter, room: QRect, text: str, font: QFont, colour: QColor) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
