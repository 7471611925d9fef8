"""List of notes: icon, message and advice; details behind a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel


@dataclass(frozen=True)
class NoteItem:
    """One line of the list. `code` is the word programs use, `details` what only some want to read."""

    code: str
    message: str
    advice: str = ""
    details: str = ""
    icon: str = "alert"
    tone: str = "warn"


class NoteList(QWidget):
    """Shows notes; all of their text can be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notes: tuple[NoteItem, ...] = ()
        self._rows: list[NoteRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(10)

    @property
    def notes(self) -> tuple[NoteItem, ...]:
        """What is shown."""
        return self._notes

    @property
    def rows(self) -> list[NoteRow]:
        """The widgets that show them."""
        return self._rows

    def set_notes(self, notes: Sequence[NoteItem]) -> None:
        """Show other notes."""
        if tuple(notes) == self._notes:
            return
        self._notes = tuple(notes)
        for row in self._rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [NoteRow(note) for note in notes]
        for row in self._rows:
            self._layout.addWidget(row)


class NoteRow(QWidget):
    """One note; `more` opens what only some want to read."""

    def __init__(self, note: NoteItem) -> None:
        super().__init__()
        self._details = _text(note.details, "muted", 0.95)
        self.more = QToolButton(autoRaise=True)
        self.more.setCheckable(True)
        self.more.setText(self.tr("Details"))
        self.more.setAccessibleName(self.tr("Details of {code}").format(code=note.code))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        # No higher than the line it stands in, so that notes with and without details are alike.
        self.more.setFixedHeight(self.fontMetrics().height() + 2)
        self.more.toggled.connect(self._on_toggled)
        advice = _text(note.advice, "muted")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(_text(note.code, note.tone, 0.9, bold=True, wrap=False))
        head.addStretch(1)
        head.addWidget(self.more)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addLayout(head)
        for widget in (_text(note.message), advice, self._details):
            texts.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(IconLabel(note.icon, 16, note.tone), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        # Only now: a widget without a parent that is made visible is a window of its own for a moment.
        advice.setVisible(bool(note.advice))
        self.more.setVisible(bool(note.details))
        self._details.hide()

    def _on_toggled(self, open_: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self._details.setVisible(open_)


def _text(text: str, tone: str = "", scale: float = 1.0, *, bold: bool = False, wrap: bool = True) -> ToneLabel:
    label = ToneLabel(text, tone, scale=scale, bold=bold)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
