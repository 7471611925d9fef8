"""A labelled editor with a hint below and, where something is wrong, the problem at the field itself."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel


class Field(QWidget):
    """Label, editor, hint and problem. `label` may hold a mnemonic, which goes to `focus` or the editor."""

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
        self._problem = _ProblemLine()
        title = QLabel(label)
        title.setBuddy(focus or editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (title, editor, self._hint, self._problem):
            layout.addWidget(widget)
        # Only now: a widget without a parent that is made visible is a window of its own for a moment.
        self._hint.setVisible(bool(hint))
        self._name(focus or editor, label.replace("&", ""), hint)

    def set_hint(self, text: str) -> None:
        """Change the sentence below the editor."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))

    def set_problem(self, text: str) -> None:
        """Show what is wrong, or nothing."""
        self._problem.set_text(text)

    @property
    def problem(self) -> str:
        """What is shown as wrong."""
        return self._problem.text

    def _name(self, widget: QWidget, name: str, hint: str) -> None:
        if not widget.accessibleName():
            widget.setAccessibleName(name)
        if isinstance(widget, QComboBox):
            widget.view().setAccessibleName(name)
        widget.setAccessibleDescription(hint)


class _ProblemLine(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = ToneLabel("", "error")
        self._label.setWordWrap(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(IconLabel("alert", 16, "error"))
        layout.addWidget(self._label, 1)
        self.hide()

    @property
    def text(self) -> str:
        return self._label.text()

    def set_text(self, text: str) -> None:
        self._label.setText(text)
        self.setVisible(bool(text))
