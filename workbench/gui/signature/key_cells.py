"""How a cell of a table of keys looks and is edited: a field that tells every key that is typed, or a choice."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPen, QPolygonF, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui import icons
from workbench.gui.signature.key_edits import SHAPE
from workbench.gui.signature.key_rows import PASSED, KeyColumn, KeyRow
from workbench.gui.signature.keys_model import REMARK_ROLE, ROW_ROLE
from workbench.gui.signature.remarks import CellRemark
from workbench.gui.theme import tones
from workbench.gui.widgets.key_filters import is_undo_key
from workbench.spec.settings import PASSTHROUGH_DTYPES

ROW_HEIGHT: Final = 32
_ICON: Final = 16
_PAD: Final = 6
_FIRST: Final = "workbench_first_text"
_Index = QModelIndex | QPersistentModelIndex


class KeyCells(QStyledItemDelegate):
    """Editable cells look like fields; a remark stands in them as an icon."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        style = QApplication.style()
        room = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, plain, option.widget)
        tick = style.subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, plain, option.widget)
        text, plain.text = plain.text, ""
        plain.state &= ~QStyle.StateFlag.State_HasFocus
        plain.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, option.widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._cell(
            painter, option, index, QRect(room.left(), option.rect.top(), room.width(), option.rect.height()), text
        )
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is not None:
            _tick(painter, tick, Qt.CheckState(state) is Qt.CheckState.Checked, bool(index.flags() & _TICKABLE))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(super().sizeHint(option, index).width() + 2 * _PAD, ROW_HEIGHT)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        row = index.data(ROW_ROLE)
        if isinstance(row, KeyRow) and row.id.startswith(PASSED) and index.column() == KeyColumn.TYPE:
            return self._choice(parent, index)
        return self._line(parent, index)

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        text = str(index.data(Qt.ItemDataRole.EditRole) or "")
        if isinstance(editor, QComboBox):
            editor.setCurrentText(text)
        elif isinstance(editor, QLineEdit) and editor.property(_FIRST) is None:
            # Once only: afterwards the cell follows the editor, and the cursor stays where it is.
            editor.setProperty(_FIRST, text)
            editor.setText(text)

    def setModelData(self, editor: QWidget, model: object, index: _Index) -> None:
        text = editor.currentText() if isinstance(editor, QComboBox) else ""
        text = editor.text() if isinstance(editor, QLineEdit) else text
        index.model().setData(index, text)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        room = QApplication.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, plain, option.widget)
        editor.setGeometry(QRect(room.left(), option.rect.top() + 3, room.width() - 1, option.rect.height() - 6))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and _is_for_project(editor, event)
        ):
            # Letters are taken back first, in the editor; with none left, what was done before it was opened.
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.RevertModelCache)
            event.ignore()
            return True
        escape = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if escape and event.key() == Qt.Key.Key_Escape and isinstance(editor, QLineEdit):  # type: ignore[attr-defined]
            # What was typed has been told letter by letter; Escape means none of it.
            editor.setText(str(editor.property(_FIRST) or ""))
            self.commitData.emit(editor)
        return super().eventFilter(editor, event)

    def _choice(self, parent: QWidget, index: _Index) -> QComboBox:
        box = QComboBox(parent)
        box.addItems(list(PASSTHROUGH_DTYPES))
        box.setAccessibleName(self._name_of(index))
        box.activated.connect(lambda: self._done(box))
        return box

    def _line(self, parent: QWidget, index: _Index) -> QLineEdit:
        line = QLineEdit(parent)
        line.setAcceptDrops(False)
        line.setAccessibleName(self._name_of(index))
        if index.column() == KeyColumn.SHAPE:
            line.setValidator(QRegularExpressionValidator(SHAPE, line))
            line.setPlaceholderText(self.tr("4 or ?,2"))
        else:
            line.textEdited.connect(lambda text: self.commitData.emit(line) if text.strip() else None)
        return line

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box, QStyledItemDelegate.EndEditHint.NoHint)

    def _name_of(self, index: _Index) -> str:
        heading = index.model().headerData(index.column(), Qt.Orientation.Horizontal)
        return f"{heading}: {index.data()}"

    def _cell(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, room: QRect, text: str) -> None:
        remark = index.data(REMARK_ROLE)
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            wrong = isinstance(remark, CellRemark) and remark.wrong
            focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QPen(tones().error if wrong else tones().accent if focused else tones().line, 1))
            painter.setBrush(option.palette.base())
            painter.drawRoundedRect(QRectF(room).adjusted(0.5, 3.5, -2.5, -3.5), 4, 4)
        elif option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(tones().accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(room).adjusted(0.5, 3.5, -2.5, -3.5), 4, 4)
        # Below its heading; only what looks like a field, or stands where one can be, is set in.
        indented = index.flags() & Qt.ItemFlag.ItemIsEditable or index.column() == KeyColumn.KEY
        inner = room.adjusted(_PAD if indented else 3, 0, -_PAD, 0)
        if isinstance(remark, CellRemark):
            name, tone = ("alert", "error") if remark.wrong else ("info", "accent")
            painter.drawPixmap(inner.right() - _ICON, inner.center().y() - _ICON // 2, icons.pixmap(name, _ICON, tone))
            inner.setRight(inner.right() - _ICON - 4)
        colour = index.data(Qt.ItemDataRole.ForegroundRole) or option.palette.text().color()
        painter.setPen(colour)
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def _is_for_project(editor: QObject, event: QKeyEvent) -> bool:
    """Whether keys of undo or redo have nothing to do in an editor."""
    if not is_undo_key(event):
        return False
    if not isinstance(editor, QLineEdit):
        return True
    undo = event.matches(QKeySequence.StandardKey.Undo)
    return not (editor.isUndoAvailable() if undo else editor.isRedoAvailable())


_TICKABLE: Final = Qt.ItemFlag.ItemIsUserCheckable


def _tick(painter: QPainter, place: QRect, on: bool, usable: bool) -> None:
    """A tick box; Fusion's own cannot be seen on a dark ground."""
    box = QRectF(place.center().x() - 6.5, place.center().y() - 6.5, 14, 14)
    colour = tones().accent if usable else tones().line
    painter.setPen(QPen(colour if on else tones().muted if usable else tones().line, 1.2))
    painter.setBrush(colour if on else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 3, 3)
    if on:
        painter.setPen(QPen(tones().card, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        left, top = box.left(), box.top()
        painter.drawPolyline(QPolygonF([QPointF(left + x, top + y) for x, y in ((3.5, 7.2), (6, 9.8), (10.6, 4.4))]))
