"""The tab bar of the five steps: their names at once, their places filled later, their states as icons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QTabWidget, QWidget

if TYPE_CHECKING:
    from workbench.gui.tab import TabState


class StepPages(QTabWidget):
    """Five empty pages until the tabs are put in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(self.tr("Steps"))
        self.tabBar().setAccessibleName(self.tr("Steps"))
        nothing = QPixmap(16, 16)
        nothing.fill(QColor(0, 0, 0, 0))
        room = QIcon(nothing)  # Drawing the real ones would hold the first paint up.
        for text in self._texts():
            self.addTab(QWidget(), room, text)

    def paint_states(self, states: Iterable[TabState]) -> None:
        """Say in the tab bar where one is with each tab; `states` are theirs in order."""
        from workbench.gui import icons

        tones = {"not-yet": "muted", "attention": "warn", "done": "ok"}
        for place, state in enumerate(states):
            self.setTabIcon(place, icons.icon(state.value, tones[state.value]))

    def _texts(self) -> tuple[str, ...]:
        return self.tr("Model"), self.tr("Inputs"), self.tr("Signature"), self.tr("Test"), self.tr("Deploy")
