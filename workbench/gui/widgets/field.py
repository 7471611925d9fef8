"""A labelled editor with a hint below and, where there is something to say, the problem or note at the field itself."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel

CALM: Final = ("info", "accent", "muted")
WARN: Final = ("alert", "warn", "warn")
"""Icon, its tone and that of the words: for what is worth knowing, and for what was probably not meant."""


class FormField(QWidget):
    """Label, editor, and below it the problem, else the hint and the note: what is below does not move by a problem.

    `label` may hold a mnemonic, which goes to `focus` or the editor.
    """

    def __init__(
        self,
        label: str,
        editor: QWidget,
        hint: str = "",
        *,
        focus: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.editor = editor
        self._hint = ToneLabel(hint, "muted", scale=0.92)
        self._hint.setWordWrap(True)
        self._problem, self._note = RemarkLine("alert", "error"), RemarkLine()
        title = QLabel(label)
        title.setBuddy(focus or editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._remarks = QWidget()
        remarks = QVBoxLayout(self._remarks)
        remarks.setContentsMargins(0, 0, 0, 0)
        remarks.setSpacing(4)
        for remark in (self._hint, self._problem, self._note):
            remarks.addWidget(remark)
        remarks.addStretch(1)
        for part in (title, editor, self._remarks):
            layout.addWidget(part)
        # Only now: a widget without a parent that is made visible is a window of its own for a moment.
        self._show_remarks()
        self._name(focus or editor, label.replace("&", ""), hint)

    def add_below(self, widget: QWidget) -> None:
        """Put a widget between the editor and what is said about it."""
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.indexOf(self._remarks), widget)

    def set_hint(self, text: str) -> None:
        """Change the sentence below the editor."""
        self._hint.setText(text)
        self._show_remarks()

    def set_problem(self, text: str) -> None:
        """Show what is wrong, in the place of what else is said; or nothing."""
        if text and not self._problem.text:
            # First the room, then the words: shown beside a hint they would push what is below for a moment.
            self._show_remarks(wrong=True)
        self._problem.set_text(text)
        self._show_remarks()

    def set_note(self, text: str, *, warn: bool = False) -> None:
        """Show what is worth knowing though it is not wrong, or nothing; `warn` where it probably was not meant."""
        self._note.set_look(*(WARN if warn else CALM))
        self._note.set_text(text)
        self._show_remarks()

    @property
    def hint(self) -> str:
        """The sentence below the editor."""
        return self._hint.text()

    @property
    def problem(self) -> str:
        """What is shown as wrong."""
        return self._problem.text

    @property
    def note(self) -> str:
        """What is shown as worth knowing."""
        return self._note.text

    def _show_remarks(self, *, wrong: bool = False) -> None:
        """The place below the editor keeps the height it had when a problem comes, and has one line in any case."""
        kept = bool(self._problem.text)
        height = self._remarks.height() if wrong and self._remarks.isVisible() else 0
        if wrong or not kept:
            self._remarks.setMinimumHeight(max(height, line_height(self._problem)))
        wrong = wrong or kept
        self._hint.setVisible(bool(self._hint.text()) and not wrong)
        self._note.setVisible(bool(self._note.text) and not wrong)

    def _name(self, widget: QWidget, name: str, hint: str) -> None:
        if not widget.accessibleName():
            widget.setAccessibleName(name)
        if isinstance(widget, QComboBox):
            widget.view().setAccessibleName(name)
        widget.setAccessibleDescription(hint)


class RemarkLine(QWidget):
    """An icon and a sentence in their tones; hidden where there is nothing to say."""

    def __init__(self, icon: str = "info", tone: str = "accent", text_tone: str = "") -> None:
        super().__init__()
        self._icon = IconLabel(icon, 16, tone)
        self._label = ToneLabel("", text_tone or tone)
        self._label.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._label, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        """Say something else, or nothing."""
        self._label.setText(text)
        self.setVisible(bool(text))

    def set_look(self, icon: str, tone: str, text_tone: str) -> None:
        """Change how it is meant."""
        self._icon.set_icon(icon, tone)
        self._label.set_tone(text_tone)


def line_height(remark: QWidget) -> int:
    """Pixels that one line of a remark takes."""
    return max(18, remark.fontMetrics().lineSpacing() + 2)
