"""The choice of a reader by library, and the line of training code that the chosen one stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontDatabase, QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.tone_label import ToneLabel, plain_tip
from workbench.spec.errors import WorkbenchError
from workbench.spec.reader import READERS, parse_reader
from workbench.spec.reader_groups import GROUPS, readers_of

_SCALE: Final = 0.92
_MEASURED: Final = 8
"""Lines of code that are measured for the room they need."""


class ReaderChoice(ChoiceEditor):
    """Every reader below the name of its library, with its line of code as tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.blockSignals(True)
        for group in GROUPS:
            self._add_heading(group)
            for reader in readers_of(group):
                self.addItem(reader.words, reader.name)
                self.setItemData(self.count() - 1, plain_tip(reader.code), Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(1)
        self.blockSignals(False)

    def set_value(self, value: str) -> None:
        """Choose a reader; emits nothing. A short name is shown as what it stands for."""
        try:
            name = parse_reader(value).name
        except WorkbenchError:
            name = value
        super().set_value(name)
        self.setToolTip(plain_tip(code_of(value)))

    def _add_heading(self, text: str) -> None:
        """A name that cannot be chosen; the arrow keys pass over it."""
        self.addItem(text)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        item = model.item(self.count() - 1)
        item.setEnabled(False)
        item.setSelectable(False)
        font = item.font()
        font.setBold(True)
        item.setFont(font)


class CodeLine(ToneLabel):
    """A line of code in a fixed font, wrapped; its place has room for the longest of `all_lines` at any width."""

    def __init__(self, all_lines: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__("", "muted", parent=parent)
        # Of a fixed font the longest need the most room, however they wrap.
        self._longest = sorted(all_lines, key=len)[-_MEASURED:]
        self._known: dict[tuple[int, str], int] = {}
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() * _SCALE)
        self.setFont(font)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(240, self._room(max(self.width(), 240)))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 0)

    def heightForWidth(self, width: int) -> int:
        return self._room(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.setFixedHeight(self._room(self.width()))

    def _room(self, width: int) -> int:
        """Layouts ask again and again: measured once a width and font."""
        key = (max(width, 60), self.font().key())
        if key not in self._known:
            flags = Qt.TextFlag.TextWordWrap.value | Qt.TextFlag.TextWrapAnywhere.value
            place, metrics = QRect(0, 0, key[0], 10_000), self.fontMetrics()
            self._known[key] = max(metrics.boundingRect(place, flags, line).height() for line in self._longest) + 2
        return self._known[key]


def code_of(reader: str) -> str:
    """The line of training code a reader stands for; empty for none."""
    try:
        return parse_reader(reader).code
    except WorkbenchError:
        return ""


ALL_CODE: Final = tuple(reader.code for reader in READERS.values())
