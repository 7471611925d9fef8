"""The list of checks: an icon that turns while one runs, title and finding below each other, measured against limit."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QElapsedTimer,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QIcon, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from workbench.gui import icons
from workbench.gui.gate.checks_model import ROW_ROLE, CheckColumn, CheckRow, ChecksModel
from workbench.gui.gate.status import LOOKS
from workbench.gui.theme import tones
from workbench.gui.widgets.row_table import RowTable

ROW_HEIGHT: Final = 37
_TURN_MS: Final = 1100
_FRAME_MS: Final = 60
_ICON: Final = 16
_PAD: Final = 10
_FIGURES: Final = {CheckColumn.MEASURED: (136, 0.225), CheckColumn.LIMIT: (120, 0.2)}
"""Pixels of each of the two columns of figures where there is room, and its part of the width where there is not."""

_Index = QModelIndex | QPersistentModelIndex


class ChecksView(RowTable):
    """One row a check; `chosen` tells the row that is looked at."""

    chosen = Signal(object)  # CheckRow

    def __init__(self, model: ChecksModel, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Checks of the release gate"), ROW_HEIGHT, parent)
        self._checks = model
        self._clock = QElapsedTimer()
        self._clock.start()
        self.setModel(model)
        self._painter = CheckPainter(self._clock, self)
        self.setItemDelegate(self._painter)
        self.setSelectionMode(self.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(60)
        header.setSectionResizeMode(CheckColumn.CHECK, QHeaderView.ResizeMode.Stretch)
        for column in _FIGURES:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self._frames = QTimer(self, interval=_FRAME_MS)
        self._frames.timeout.connect(self._turn)
        model.dataChanged.connect(self._on_data_changed)
        model.modelReset.connect(self._on_reset)
        self.selectRow(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column, (most, part) in _FIGURES.items():
            self.horizontalHeader().resizeSection(column, min(most, int(part * self.viewport().width())))

    def current_row(self) -> CheckRow:
        """The check that is looked at."""
        place = self.currentIndex().row()
        return self._checks.rows[max(place, 0)]

    def set_faded(self, faded: bool) -> None:
        """Take the colours away: what is shown does not count any more."""
        if faded is not self._painter.faded:
            self._painter.faded = faded
            self.viewport().update()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.chosen.emit(self.current_row())

    def _on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        running = any(row.state == "running" for row in self._checks.rows)
        if running != self._frames.isActive():
            self._frames.start() if running else self._frames.stop()
        if first.row() <= self.currentIndex().row() <= last.row():
            self.chosen.emit(self.current_row())

    def _on_reset(self) -> None:
        self._frames.stop()
        self.selectRow(0)

    def _turn(self) -> None:
        for place, row in enumerate(self._checks.rows):
            if row.state == "running":
                self.viewport().update(self.visualRect(self._checks.index(place, CheckColumn.CHECK)))


class CheckPainter(QStyledItemDelegate):
    """Paints a row's ground as the style does, and on it icon, title, finding and figures."""

    def __init__(self, clock: QElapsedTimer, parent: QWidget) -> None:
        super().__init__(parent)
        self._clock = clock
        self.faded = False

    def _tone(self, row: CheckRow) -> str:
        return "muted" if self.faded else LOOKS[row.state][1]

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(ROW_ROLE)
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        text, plain.text, plain.icon = plain.text, "", QIcon()
        QApplication.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, option.widget)
        if not isinstance(row, CheckRow):
            return
        painter.save()
        if index.column() == CheckColumn.CHECK:
            self._icon(painter, option.rect, row)
            self._words(painter, option, row)
        else:
            judged = index.column() == CheckColumn.MEASURED and row.state in ("fail", "warn")
            painter.setPen(
                getattr(tones(), self._tone(row)) if judged else option.palette.color(QPalette.ColorRole.Text)
            )
            room = option.rect.adjusted(4, 0, -_PAD, 0)
            fitted = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), fitted)
        painter.restore()

    def _icon(self, painter: QPainter, cell: QRect, row: CheckRow) -> None:
        pixmap = icons.pixmap(LOOKS[row.state][0], _ICON, self._tone(row))
        centre = QRect(cell.left() + _PAD, cell.top(), _ICON, cell.height()).center()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(centre)
        if row.state == "running":
            painter.rotate(360 * (self._clock.elapsed() % _TURN_MS) / _TURN_MS)
        painter.drawPixmap(-_ICON // 2, -_ICON // 2, pixmap)
        painter.restore()

    def _words(self, painter: QPainter, option: QStyleOptionViewItem, row: CheckRow) -> None:
        room = option.rect.adjusted(_PAD + _ICON + _PAD, 3, -8, -3)
        font, small = QFont(option.font), QFont(option.font)
        font.setBold(row.state != "waiting")
        small.setPointSizeF(small.pointSizeF() * 0.92)
        waiting = self.faded or row.state in ("waiting", "skip", "stopped")
        painter.setPen(tones().muted if waiting else option.palette.color(QPalette.ColorRole.Text))
        self._line(painter, font, room, row.title, Qt.AlignmentFlag.AlignTop)
        painter.setPen(tones().muted)
        self._line(painter, small, room, row.words, Qt.AlignmentFlag.AlignBottom)

    def _line(self, painter: QPainter, font: QFont, room: QRect, text: str, place: Qt.AlignmentFlag) -> None:
        painter.setFont(font)
        fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(place | Qt.AlignmentFlag.AlignLeft), fitted)
