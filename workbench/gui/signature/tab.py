"""The Signature tab: the keys of request and reply, the labels, and the SignatureDefs as they will be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from workbench.gui.project.session import ProjectSession
from workbench.gui.signature import key_edits
from workbench.gui.signature.key_rows import input_rows
from workbench.gui.signature.key_table import KeyTable
from workbench.gui.signature.label_offers import LabelOffers
from workbench.gui.signature.labels_card import LabelsCard, read_labels
from workbench.gui.signature.names_card import NamesCard
from workbench.gui.signature.outputs_card import AnswersCard
from workbench.gui.signature.passthrough_card import PassthroughCard
from workbench.gui.signature.signature_text import SignatureTexts
from workbench.gui.tab import Tab, TabState, scrolling
from workbench.gui.widgets.card import Card
from workbench.spec.errors import ErrorInfo
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.problems import problems_text
from workbench.spec.project import Project
from workbench.spec.signature import Composition
from workbench.spec.targets.local import LOCAL


class SignatureTab(Tab):
    """Edits the project's `[signature]` and the keys of further pictures; shows what comes of it at once."""

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        headings = (self.tr("Key"), self.tr("Content"), self.tr("Type"), self.tr("Shape"), self.tr("Default"))
        self.inputs = KeyTable(self.tr("Input keys"), headings)
        self.passthrough, self.answers = PassthroughCard(), AnswersCard()
        self.labels, self.names = LabelsCard(), NamesCard()
        self.exchange = SignatureTexts()
        self.offers = LabelOffers(session, self.load_labels, self)
        self._lay_out()
        self.word = self.add_footer(self.tr("&Next: Test"))
        self._connect()
        session.project_changed.connect(self._on_project_changed)
        session.files.labels_outdated.connect(self.load_labels)
        self._on_project_changed()

    def load_labels(self, path: str) -> None:
        """Take the labels from a text file, one a line."""
        try:
            labels = read_labels(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as err:
            text = self.tr("The labels cannot be read: {reason}.").format(reason=err)
            self._session.complain(ErrorInfo("BAD_LABELS", text, where=path))
            return
        self._set(self.tr("Load labels"), labels=labels)
        self._session.files.note_labels(path)
        self.offers.propose_top()

    def _lay_out(self) -> None:
        inputs = Card(self.tr("Inputs"), "inputs")
        inputs.body.addWidget(self.inputs)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(12)
        for card in (inputs, self.passthrough, self.answers, self.labels, self.names):
            column.addWidget(card, 1 if card is self.labels else 0)
        texts = Card()
        texts.body.addWidget(self.exchange)
        area = scrolling(left)
        area.setMinimumWidth(380)
        page = QSplitter(Qt.Orientation.Horizontal)
        page.setObjectName("signature")
        page.addWidget(area)
        page.addWidget(texts)
        page.setChildrenCollapsible(False)
        page.setHandleWidth(12)
        page.setStretchFactor(1, 1)
        page.setSizes([600, 700])
        self.root.addWidget(page, 1)

    def _connect(self) -> None:
        for table in (self.inputs, self.passthrough.table, self.answers.table):
            table.typed.connect(self._on_typed)
            table.ticked.connect(self._on_ticked)
            table.edit_ended.connect(self._session.history.seal)
        self.passthrough.add_wanted.connect(self._on_add)
        self.passthrough.remove_wanted.connect(self._on_remove)
        self.answers.scores_chosen.connect(lambda name: self._set(self.tr("Change the scores"), scores_of=name))
        self.answers.activation_chosen.connect(lambda a: self._set(self.tr("Change the activation"), activation=a))
        self.answers.top_changed.connect(self._on_top)
        self.labels.edited.connect(lambda labels: self._set(self.tr("Edit labels"), "signature.labels", labels=labels))
        self.labels.file_chosen.connect(self.load_labels)
        self.labels.top_wanted.connect(self.offers.add_top)
        self.names.named.connect(self._on_named)
        for line in self.names.lines.values():
            line.editingFinished.connect(self._session.history.seal)

    def _on_project_changed(self) -> None:
        session = self._session
        project, composition, facts = session.project, session.composition, session.facts
        self.setEnabled(project is not None)
        if project is None or composition is None or facts is None:
            self.word.setText(self.tr("Open a model first."))
            self.set_state(TabState.NOT_YET)
            return
        keys = project.signature
        self.inputs.set_rows(input_rows(facts, project, composition), composition.problems, composition.notes)
        for table in (self.inputs, self.passthrough.table):
            table.show_defaults(bool(keys.tf_example or keys.classify))
        self.passthrough.show_project(project, composition)
        self.answers.show_project(facts, project, composition)
        self.labels.show_project(facts, project, composition)
        self.labels.offer_top(self.offers.wants_top())
        self.names.show_settings(keys, composition)
        local = project.target(LOCAL)
        self.exchange.set_target(local.endpoint(), local.facts.model_name.suggest(Path(facts.path).stem))
        self.exchange.set_composition(composition, keys.labels)
        self._say(composition)

    def _say(self, composition: Composition) -> None:
        """The word below: problems that stand at no cell are told whole."""
        found = [p for p in composition.problems if is_of_signature(p)]
        placed = self._fields()
        loose = [p.message for p in found if p.field not in placed]
        self.word.set_tone("error" if loose else "muted")
        self.word.setText(" ".join(loose) or (problems_text(len(found)) if found else ""))
        self.set_state(TabState.ATTENTION if found else TabState.DONE)

    def _fields(self) -> set[str]:
        """The fields of the project at which something can be said here."""
        tables = (self.inputs, self.passthrough.table, self.answers.table)
        rows = {field for table in tables for row in table.model.rows for field in row.fields}
        return rows | set(self.answers.fields) | {"signature.labels"} | {f"signature.{n}" for n in self.names.lines}

    def _on_typed(self, row: str, column: int, text: str) -> None:
        def act(facts: ModelFacts, project: Project) -> Project:
            return key_edits.typed(facts, project, row, column, text)

        self._edit(act, self.tr("Edit a key"), f"{row}/{column}")

    def _on_ticked(self, row: str, on: bool) -> None:
        words = self.tr("Add an output") if on else self.tr("Remove an output")
        self._edit(lambda facts, project: key_edits.ticked(facts, project, row, on), words)

    def _on_add(self) -> None:
        self._edit(lambda _, project: key_edits.added(project), self.tr("Add a passthrough key"))
        self.passthrough.table.edit(len(self.passthrough.table.model.rows) - 1)

    def _on_remove(self, place: int) -> None:
        self._edit(lambda _, project: key_edits.removed(project, place), self.tr("Remove a passthrough key"))

    def _on_top(self, count: int) -> None:
        words = self.tr("Change the number of top-k labels")
        self._edit(lambda _, project: key_edits.with_top(project, count), words, "signature.top_k")

    def _on_named(self, name: str, text: str, typed: bool) -> None:
        self._set(self.tr("Rename a signature"), f"signature.{name}" if typed else "", **{name: text})

    def _set(self, words: str, typed: str = "", **changes: object) -> None:
        project = self._session.project
        if project is not None:
            self._session.set_signature(msgspec.structs.replace(project.signature, **changes), words, typed)

    def _edit(self, act: Callable[[ModelFacts, Project], Project], words: str, typed: str = "") -> None:
        project, facts = self._session.project, self._session.facts
        if project is not None and facts is not None:
            self._session.edit(act(facts, project), words, typed)


def is_of_signature(problem: Problem) -> bool:
    """Whether a problem is mended in Signature: keys, names, and what belongs to no field."""
    further_key = problem.field.startswith("images.") and problem.field.endswith(".key")
    return not problem.field or problem.field.startswith("signature.") or further_key
