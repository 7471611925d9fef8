"""Which signatures an export has, and what they are called."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.field import CALM, RemarkLine
from workbench.gui.widgets.key_filters import one_undo
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.settings import SignatureSettings
from workbench.spec.signature import Composition

USUAL = {"tf_example": "tf_example", "tensor": "tensor", "classify": "classify"}
"""The name a signature gets when it is ticked."""


class NamesCard(Card):
    """A line a signature: a tick where it may be left out, its name, what it takes."""

    named = Signal(str, str, bool)  # setting, name, whether it was typed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("NamesCard", "Signatures"), "signature", parent)
        self.lines = {name: QLineEdit() for name in ("name", "tf_example", "examples_key", "tensor", "classify")}
        self.ticks = {name: QCheckBox(words) for name, words in self._words().items() if name in USUAL}
        self.problem, self.note = RemarkLine("alert", "error"), RemarkLine(*CALM)
        self._lay_out()
        for name, line in self.lines.items():
            line.textEdited.connect(partial(self._on_typed, name))
        for name, tick in self.ticks.items():
            tick.toggled.connect(partial(self._on_ticked, name))
        one_undo(*self.lines.values())

    def show_settings(self, settings: SignatureSettings, composition: Composition) -> None:
        """Show a project's names and what is said of them."""
        for name, line in self.lines.items():
            text = getattr(settings, name)
            if line.text() != text:
                line.setText(text)
        for name, tick in self.ticks.items():
            blocker = QSignalBlocker(tick)
            tick.setChecked(bool(getattr(settings, name)))
            blocker.unblock()
            self.lines[name].setEnabled(tick.isChecked())
        self.lines["examples_key"].setEnabled(bool(settings.tf_example))
        fields = {f"signature.{name}" for name in self.lines}
        self.problem.set_text("\n".join(p.message for p in composition.problems if p.field in fields))
        self.note.set_text("\n".join(p.message for p in composition.notes if p.field in fields))

    def _words(self) -> dict[str, str]:
        return {
            "name": self.tr("Images and values (JSON)"),
            "tf_example": self.tr("tf.train.Examples (&TFRecord)"),
            "tensor": self.tr("P&reprocessed pixels"),
            "classify": self.tr("TensorFlow Serving's Cla&ssify"),
        }

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 2)
        for place, (name, words) in enumerate(self._words().items()):
            head: QWidget = self.ticks[name] if name in USUAL else QLabel(words)
            grid.addWidget(head, place, 0)
            grid.addWidget(self.lines[name], place, 1, 1, 1 if name == "tf_example" else 3)
            self.lines[name].setAccessibleName(words.replace("&", ""))
        grid.addWidget(ToneLabel(self.tr("key"), "muted"), 1, 2)
        grid.addWidget(self.lines["examples_key"], 1, 3)
        self.lines["examples_key"].setAccessibleName(self.tr("Key of tf.train.Examples"))
        self.body.addLayout(grid)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.note)

    def _on_typed(self, name: str, text: str) -> None:
        self.named.emit(name, text, True)

    def _on_ticked(self, name: str, on: bool) -> None:
        self.named.emit(name, USUAL[name] if on else "", False)
