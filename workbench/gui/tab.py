"""What all tabs have: a state for the tab bar, and the one obvious next step at the end."""

from __future__ import annotations

import enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.tone_label import ToneLabel


class TabState(enum.Enum):
    """Where one is with a tab; the value is the icon in the tab bar."""

    NOT_YET = "not-yet"
    ATTENTION = "attention"
    DONE = "done"


class Tab(QWidget):
    """Base of the five tabs. Tabs know the session; they know neither each other nor the window."""

    state_changed = Signal(object)  # TabState
    next_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = TabState.NOT_YET
        self.root = QVBoxLayout(self)
        self.root.setContentsMargins(14, 14, 14, 12)
        self.root.setSpacing(12)

    def set_state(self, state: TabState) -> None:
        """Tell the tab bar where one is."""
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def set_drag_hot(self, hot: bool) -> None:
        """Something that may be dropped hangs over the window."""

    def enable_next(self, possible: bool) -> None:
        """Whether the next tab has anything to work on."""
        self.next_button.setEnabled(possible)

    def add_footer(self, next_text: str) -> ToneLabel:
        """The last line: a word on where one is, and the way on. Answers the label of the word."""
        word = ToneLabel("", "muted")
        self.next_button = PrimaryButton(next_text, "next", behind=True)
        self.next_button.clicked.connect(self.next_wanted)
        footer = QHBoxLayout()
        footer.addWidget(word, 1)
        footer.addWidget(self.next_button)
        self.root.addLayout(footer)
        return word


def scrolling(content: QWidget) -> QScrollArea:
    """A frameless scroll area, so that a small window cuts nothing off."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    # The card's ground is Base already; the area must not paint another one below.
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area
