"""A filter that is in force, as a word with a cross: a click takes it away."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.theme import tones
from workbench.gui.widgets.card import paint_tinted

LONGEST: Final = 40
"""Characters of a chip at most: what is typed may be long."""


class Chip(QToolButton):
    """`clicked` asks for its end; the tool tip and the accessible name say the whole of it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = text
        self.setText(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
        self.setToolTip(self.tr("Remove this filter: {what}").format(what=text))
        self.setAccessibleName(self.toolTip())
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # The cross stands behind the word.
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        icons.put(self, "close")

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_tinted(self, tones().accent, 0.11, 8)
        super().paintEvent(event)
