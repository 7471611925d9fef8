"""The steps of a job as they come: done, under way, failed."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel


class StepList(QWidget):
    """One line a step; the last one is under way until `finish` or `fail`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._steps: list[_StepLine] = []

    def clear(self) -> None:
        """Forget the steps."""
        for step in self._steps:
            step.setParent(None)
            step.deleteLater()
        self._steps = []

    def reach(self, text: str) -> None:
        """A step begins; the one before it is done. The same text again is the same step."""
        if self._steps and self._steps[-1].text == text:
            return
        self._mark("done", "ok")
        step = _StepLine(text)
        self._steps.append(step)
        self._layout.addWidget(step)

    def finish(self) -> None:
        """The last step is done too."""
        self._mark("done", "ok")

    def fail(self) -> None:
        """The last step is the one that failed."""
        self._mark("failed", "error")

    def steps(self) -> list[tuple[str, str]]:
        """Each step's text and the icon beside it."""
        return [(step.text, step.icon.shown[0]) for step in self._steps]

    def _mark(self, icon: str, tone: str) -> None:
        if self._steps:
            self._steps[-1].icon.set_icon(icon, tone)


class _StepLine(QWidget):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.icon = IconLabel("working", 16, "accent")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.icon)
        layout.addWidget(ToneLabel(text), 1)
