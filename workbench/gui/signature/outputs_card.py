"""Reply settings: outputs, the scores output, its activation, and top-k labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from workbench.gui.signature.key_rows import KeyRow, output_rows
from workbench.gui.signature.key_table import KeyTable
from workbench.gui.texts import tensor_text, tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.field import FormField
from workbench.gui.widgets.key_filters import one_undo
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_answer
from workbench.spec.signature import Composition

MOST: Final = 1000
"""Best labels where the number of scores is not known."""


class AnswersCard(Card):
    """Tells what was chosen; `show_project` shows what came of it."""

    scores_chosen = Signal(str)
    activation_chosen = Signal(str)
    top_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("AnswersCard", "Outputs"), "next", parent)
        headings = (self.tr("Key"), self.tr("Returns"), self.tr("Type"), self.tr("Shape"))
        self.table = KeyTable(self.tr("Output keys"), headings)
        self.scores_of = ChoiceEditor()
        self.activation = ChoiceEditor(
            {
                "": self.tr("unchanged"),
                "softmax": self.tr("softmax"),
                "sigmoid": self.tr("sigmoid"),
            }
        )
        self.top = QSpinBox(minimum=0)
        self.top.setSpecialValueText(self.tr("none"))
        self.top.setMaximumWidth(110)
        self.fields = {
            "signature.scores_of": FormField(self.tr("&Output with scores"), self.scores_of),
            "signature.activation": FormField(self.tr("Output scores (acti&vation)"), self.activation),
            "signature.top_k": FormField(self.tr("Top-&k labels"), self.top),
        }
        for choice in (self.scores_of, self.activation):
            choice.setMinimumContentsLength(14)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        where, how, many = self.fields.values()
        grid.addWidget(where, 0, 0, 1, 2)
        grid.addWidget(how, 1, 0)
        grid.addWidget(many, 1, 1)
        grid.setColumnStretch(0, 1)
        self.body.addWidget(self.table)
        self.body.addLayout(grid)
        self.scores_of.value_changed.connect(self.scores_chosen)
        self.activation.value_changed.connect(self.activation_chosen)
        self.top.valueChanged.connect(self.top_changed)
        one_undo(self.top)

    def show_project(self, facts: ModelFacts, project: Project, composition: Composition) -> None:
        """Show the outputs of a model as a project answers them."""
        rows = output_rows(facts, project, composition)
        keys = project.signature
        self.table.set_rows(rows, self._of_table(rows, composition.problems), composition.notes)
        several = len(facts.outputs) > 1
        self.fields["signature.scores_of"].setVisible(several or bool(keys.scores_of))
        unsaid = {} if len(facts.outputs) == 1 else {"": self.tr("none")}
        self.scores_of.set_options(unsaid | {t.name: f"{t.name}  {tensor_text(t)}" for t in facts.outputs})
        self.scores_of.set_value(keys.scores_of)
        self.activation.set_value(keys.activation)
        scores = scores_answer(facts, project)
        self.fields["signature.activation"].setEnabled(scores is not None or bool(keys.activation))
        self.fields["signature.top_k"].setEnabled(scores is not None or keys.top_k != 0)
        blocker = QSignalBlocker(self.top)
        self.top.setMaximum(max(scores.width if scores else MOST, keys.top_k))
        self.top.setValue(keys.top_k)
        blocker.unblock()
        for name, field in self.fields.items():
            field.set_problem("\n".join(p.message for p in composition.problems if p.field == name))
            field.set_note("\n".join(p.message for p in composition.notes if p.field == name), warn=True)

    def _of_table(self, rows: Sequence[KeyRow], problems: Sequence[Problem]) -> list[Problem]:
        """What is said at a field of its own below the table is not said there, too."""
        return [p for p in problems if p.field not in self.fields]
