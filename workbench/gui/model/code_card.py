"""The card of a model that needs code which is not Keras': its own, stored in the file, or its author's classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.model.notes import layers_asked_about
from workbench.gui.project.open_request import needs_consent, needs_custom
from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.model import ModelFacts

_NAMED: Final = 8
"""So many names are listed; the tool tip has all of them."""


class CodeCard(Card):
    """Two questions, each shown only if it applies to the model."""

    allow_wanted = Signal()
    forbid_wanted = Signal()
    custom_wanted = Signal()
    custom_allowed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("CodeCard", "Code in this model"), "code", parent)
        self.allow_button = QPushButton(self.tr("Allow &code of this file..."))
        self.allow_button.clicked.connect(self.allow_wanted)
        icons.put(self.allow_button, "shield")
        self.custom_button = QPushButton(self.tr("P&ython file with custom layers..."))
        self.custom_button.clicked.connect(self.custom_wanted)
        icons.put(self.custom_button, "open")
        self.custom_allow_button = QPushButton(self.tr("Allow this &file..."))
        self.custom_allow_button.clicked.connect(self.custom_allowed)
        icons.put(self.custom_allow_button, "shield")
        self.forbid_button = QPushButton(self.tr("Re&voke"))
        self.forbid_button.clicked.connect(self.forbid_wanted)
        icons.put(self.forbid_button, "clear")
        self.own = ConsentQuestion(self.allow_button, self.forbid_button)
        self.custom = ConsentQuestion(self.custom_allow_button, self.custom_button)
        self.body.addWidget(self.own)
        self.body.addWidget(self.custom)
        self.hide()

    def show_facts(self, facts: ModelFacts, custom: str) -> None:
        """Show what a model needs; `custom` is the Python file that was named for it, empty for none."""
        own, other = needs_consent(facts) or facts.trusted, bool(facts.custom_objects or custom)
        self.own.setVisible(own)
        self.custom.setVisible(other)
        self.setVisible(own or other)
        self._show_own(facts)
        self._show_custom(facts, custom)

    def _show_own(self, facts: ModelFacts) -> None:
        if facts.trusted:
            word = self.tr("You have allowed the code in this file. The consent applies to this file only.")
            self.own.set_state("done", "ok", word, facts.runs_code)
        else:
            word = self.tr("These layers contain Python code. The model is not loaded until you allow it:")
            self.own.set_state("alert", "warn", word, layers_asked_about(facts))
        self.allow_button.setVisible(not facts.trusted)
        self.forbid_button.setVisible(facts.trusted)

    def _show_custom(self, facts: ModelFacts, custom: str) -> None:
        name = Path(custom).name
        self.custom_allow_button.setVisible(facts.custom_code == "asks")
        if facts.custom_code == "asks":
            text = self.tr("{file}, which the project names for these, runs when the model is loaded. Allow it first:")
            self.custom.set_state("alert", "warn", text.format(file=name), facts.custom_objects)
        elif facts.custom_code == "unused":
            text = self.tr("The model needs nothing of {file}, so it is not run.")
            self.custom.set_state("info", "ok", text.format(file=name), ())
        elif not needs_custom(facts):
            text = (
                self.tr("Custom classes and functions are defined in {file}.") if custom else self.tr("Custom classes:")
            )
            self.custom.set_state("done" if custom else "info", "ok", text.format(file=name), facts.custom_objects)
        else:
            text = self.tr("These are not part of Keras. Choose the Python file that defines them:")
            text = self.tr("{file} does not define all of these:") if custom else text
            self.custom.set_state("alert", "warn", text.format(file=name), facts.custom_objects)


class ConsentQuestion(QWidget):
    """An icon, a sentence, the names it is about, and the buttons that answer it."""

    def __init__(self, *buttons: QPushButton) -> None:
        super().__init__()
        self._icon = IconLabel("alert", 16, "warn")
        self._word, self._names = ToneLabel(), ToneLabel(bold=True)
        for label in (self._word, self._names):
            label.setWordWrap(True)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addWidget(self._word)
        texts.addWidget(self._names)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addLayout(texts, 1)
        for button in buttons:
            row.addWidget(button)

    @property
    def text(self) -> str:
        """What is asked or told."""
        return f"{self._word.text()} {self._names.text()}".strip()

    def set_state(self, icon: str, tone: str, word: str, names: Sequence[str]) -> None:
        """Show how the question stands."""
        self._icon.set_icon(icon, tone)
        self._word.setText(word)
        more = tr("CodeCard", " and {n} more").format(n=len(names) - _NAMED) if len(names) > _NAMED else ""
        self._names.setText(", ".join(names[:_NAMED]) + more)
        self._names.setVisible(bool(names))
        self._names.setToolTip("\n".join(names))
