"""Paints a row of the Test tab: the picture in its cell, the best classes with bars, errors in red."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.gui import icons
from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.image_row import ImageRow, RowState, ScoreLine
from workbench.gui.rows.rows_table import ROW_ROLE, SCORES_ROLE, SIDE, WRONG_ROLE
from workbench.gui.theme import tones

ROW_HEIGHT: Final = SIDE + 12
_PAD: Final = 4
LEGIBLE: Final = 110
"""Pixels of a label that a figure may never take from it."""
_Index = QModelIndex | QPersistentModelIndex


class _Fonts(NamedTuple):
    """A font in both weights with its measures; creating them per line took a third of the paint time."""

    plain: QFont
    bold: QFont
    plain_metrics: QFontMetrics
    bold_metrics: QFontMetrics
    number_width: int


@lru_cache(maxsize=4)
def _fonts(description: str) -> _Fonts:
    plain, bold = QFont(), QFont()
    for font in (plain, bold):
        font.fromString(description)
    plain.setBold(False)
    bold.setBold(True)
    metrics = QFontMetrics(bold)
    return _Fonts(plain, bold, QFontMetrics(plain), metrics, metrics.horizontalAdvance("> 99.9 %") + 4)


class RowPainter(QStyledItemDelegate):
    """For the picture and the prediction column; the others are Qt's own."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        if index.column() not in (RowColumn.PICTURE, RowColumn.PREDICTION):
            super().paint(painter, option, index)
            return
        self._ground(painter, option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.column() == RowColumn.PICTURE:
            self._picture(painter, option.rect, index)
        else:
            self._prediction(painter, option, index)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        # Not `initStyleOption`: it asks the model for eight roles a cell, and nothing of them is painted here.
        ground = QStyle.PrimitiveElement.PE_PanelItemViewItem
        QApplication.style().drawPrimitive(ground, option, painter, option.widget)

    def _picture(self, painter: QPainter, cell: QRect, index: _Index) -> None:
        row, picture = index.data(ROW_ROLE), index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QPixmap):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > SIDE)
            size = picture.deviceIndependentSize().toSize().scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(cell.topLeft(), size)
            place.moveCenter(cell.center())
            painter.drawPixmap(place, picture)
        elif isinstance(row, ImageRow):
            place = QRect(0, 0, 24, 24)
            place.moveCenter(cell.center())
            failed = row.state is RowState.FAILED
            usual = "records" if row.records else "test"
            painter.drawPixmap(place, icons.pixmap("failed" if failed else usual, 24, "error" if failed else "muted"))

    def _prediction(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, scores = index.data(ROW_ROLE), index.data(SCORES_ROLE)
        room = option.rect.adjusted(_PAD, 4, -_PAD, -4)
        if not isinstance(row, ImageRow):
            return
        if row.state is RowState.FAILED:
            painter.setPen(tones().error)
            line = option.fontMetrics.elidedText(row.error_line, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), line)
        elif scores:
            self._scores(painter, option, room, scores, wrong=bool(index.data(WRONG_ROLE)))
        else:
            painter.setPen(tones().muted)
            text = self.tr("waiting") if row.state is RowState.WAITING else self.tr("see the reply")
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)

    def _scores(
        self, painter: QPainter, option: QStyleOptionViewItem, room: QRect, scores: list[ScoreLine], *, wrong: bool
    ) -> None:
        line = min(room.height() // len(scores), option.fontMetrics.height() + 4)
        top = room.top() + (room.height() - line * len(scores)) // 2
        for n, score in enumerate(scores):
            place = QRect(room.left(), top + n * line, room.width(), line)
            colour = tones().warn if wrong and n == 0 else option.palette.color(QPalette.ColorRole.Text)
            self._line(painter, option, place, score, colour, first=n == 0)

    def _line(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        line: QRect,
        score: ScoreLine,
        colour: QColor,
        *,
        first: bool,
    ) -> None:
        fonts = _fonts(option.font.toString())
        font, metrics = (fonts.bold, fonts.bold_metrics) if first else (fonts.plain, fonts.plain_metrics)
        number_width = fonts.number_width
        painter.setFont(font)
        room = line.width() - number_width - 4
        wanted = metrics.horizontalAdvance(score.label)
        if room < min(wanted, LEGIBLE):  # The class matters more than its figure; the detail pane has both.
            painter.setPen(colour)
            text = metrics.elidedText(score.label, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), text)
            return
        label_width = min(max(LEGIBLE, int(room * 0.45)), room)
        label = QRect(line.left(), line.top(), label_width, line.height())
        painter.setPen(colour)
        text = metrics.elidedText(score.label, Qt.TextElideMode.ElideRight, label_width)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignVCenter), text)
        number = QRect(line.right() - number_width, line.top(), number_width, line.height())
        painter.drawText(number, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), score.number)
        if score.part is not None:
            track = QRectF(label.right() + 8, line.center().y() - 2, number.left() - label.right() - 20, 6)
            self._bar(painter, track, score.part, first=first)

    def _bar(self, painter: QPainter, track: QRectF, part: float, *, first: bool) -> None:
        if track.width() < 12:
            return
        colour = tones().accent if first else tones().muted
        painter.setPen(Qt.PenStyle.NoPen)
        ground = QColor(colour)
        ground.setAlphaF(0.16)
        painter.setBrush(ground)
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(colour)
        filled = QRectF(track)
        filled.setWidth(track.width() * min(max(part, 0.0), 1.0))
        if filled.width() >= 1:
            painter.drawRoundedRect(filled, min(3.0, filled.width() / 2), 3)
