"""The preprocessing pipeline as a list of steps that follows the settings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel

Step = tuple[str, str, str]
"""A word for the step, what it does, and the tone of its icon."""


class StepLines(QWidget):
    """One line a step; lines are made as they are needed and kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(2, 1)
        self._lines: list[tuple[IconLabel, ToneLabel, ToneLabel]] = []
        self._steps: tuple[Step, ...] = ()

    def text(self) -> str:
        """All steps, for those who ask what is to be seen."""
        return "\n".join(f"{word}: {text}" for word, text, _ in self._steps)

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Show other steps."""
        self._steps = tuple(steps)
        while len(self._lines) < len(steps):
            self._add_line()
        for place, (icon, word, text) in enumerate(self._lines):
            step = steps[place] if place < len(steps) else None
            if step is not None:
                icon.set_icon("next", step[2])
                word.setText(step[0])
                text.setText(step[1])
            for widget in (icon, word, text):
                widget.setVisible(step is not None)

    def _add_line(self) -> None:
        line = (IconLabel("next", 16, "accent", self), ToneLabel("", "muted", parent=self), ToneLabel("", parent=self))
        line[2].setWordWrap(True)
        top = Qt.AlignmentFlag.AlignTop
        for column, widget in enumerate(line):
            self._grid.addWidget(widget, len(self._lines), column, top if column < 2 else Qt.AlignmentFlag(0))
        self._lines.append(line)
