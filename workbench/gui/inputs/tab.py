"""The Inputs tab: how training read its images, and which inputs are fed by values."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.inputs import option_texts
from workbench.gui.inputs.find_button import FindButton
from workbench.gui.inputs.image_source import Feeding, fed, feeding, field_of, read_as, reading_of
from workbench.gui.inputs.image_source_editor import FeedingEditor
from workbench.gui.inputs.preprocess_form import PictureForm
from workbench.gui.inputs.preprocess_steps import steps_of
from workbench.gui.inputs.preview_card import ReadingPreviewCard
from workbench.gui.inputs.values_list import ValuesList
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import Tab, TabState, scrolling
from workbench.gui.widgets.card import Card, row
from workbench.gui.widgets.pipeline import StepLines
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.default_reasons import reading_reasons
from workbench.spec.image_feeds import own_size
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.preprocess import Preprocess
from workbench.spec.problems import problems_text
from workbench.spec.project import Project
from workbench.spec.reading_confirmation import is_confirmed, is_proven, unconfirmed, with_confirmed


class InputsTab(Tab):
    """Edits the project's `[preprocess]` and `[images]` tables."""

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.feeding, self.form = FeedingEditor(), PictureForm()
        self.fields = self.form.fields
        self.pipeline, self.values = StepLines(), ValuesList()
        self.preview = ReadingPreviewCard(session)
        self._like_word = ToneLabel("", "muted")
        self._like_word.setWordWrap(True)
        self._values_word = ToneLabel("", "muted")
        self._values_word.setWordWrap(True)
        self.find_button = FindButton(session, self.feeding.name)
        self._lay_out()
        self.word = self.add_footer(self.tr("&Next: Signature"))
        self.feeding.looked_at.connect(self._show)
        self.feeding.feeding_changed.connect(self._on_feeding)
        self.form.value_changed.connect(self._on_read)
        self.form.confirmed.connect(self._on_confirmed)
        self.preview.compare_wanted.connect(self._on_compare)
        session.facts_changed.connect(self._on_facts_changed)
        session.project_changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        self.reading_card = Card(self.tr("Preprocessing in training"), "inputs")
        for widget in (self.feeding, self._like_word, self.form):
            self.reading_card.body.addWidget(widget)
        self.reading_card.body.addLayout(row(self.find_button))
        self.reading_card.body.addStretch(1)
        self.path_card = Card(self.tr("Preprocessing pipeline"), "next")
        self.path_card.body.addWidget(self.pipeline)
        self.values_card = Card(self.tr("Other inputs"), "signature")
        self.values_card.body.addWidget(self._values_word)
        self.values_card.body.addWidget(self.values)
        self.values_card.body.addStretch(1)
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addWidget(self.reading_card, 1)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(self.preview)
        right.addWidget(self.path_card)
        right.addWidget(self.values_card, 1)
        columns.addLayout(right, 1)
        self.root.addWidget(scrolling(content), 1)

    def _on_facts_changed(self) -> None:
        facts = self._session.facts
        self.feeding.set_inputs(facts.image_inputs() if facts else ())

    def _show(self) -> None:
        project, facts = self._session.project, self._session.facts
        self.setEnabled(project is not None)
        if project is None or facts is None:
            self.word.setText(self.tr("Open a model first."))
            self.set_state(TabState.NOT_YET)
            return
        self.feeding.show_project(facts, project)
        self._show_reading(facts, project)
        self._show_values(facts)
        self._show_remarks(facts, project)

    def _show_reading(self, facts: ModelFacts, project: Project) -> None:
        name = self.feeding.name()
        how: Feeding = feeding(facts, project, name) if name else "values"
        pictured = how != "values"
        self.reading_card.setVisible(bool(name))
        self.form.setVisible(pictured)
        self.form.setEnabled(how != "like")
        self.find_button.setVisible(pictured)
        self.find_button.setEnabled(how != "like")
        self.path_card.setVisible(pictured)
        self.preview.setVisible(pictured)
        self._like_word.setText(self._like_text(how))
        self._like_word.setVisible(how in ("like", "values"))
        if pictured:
            tensor = next(t for t in facts.image_inputs() if t.name == name)
            reading = reading_of(facts, project, name)
            self.form.set_value(reading, (tensor.shape or (3,))[-1] or 3, own_size(tensor))
            self.pipeline.set_steps(steps_of(reading, tensor, facts))
            why = self.tr("The project file says how training loaded its images.") if is_proven(project) else ""
            self.form.show_confirmed(is_confirmed(project, reading.reader), why)
            self.preview.show_reading(project, reading, tensor)

    def _like_text(self, how: Feeding) -> str:
        if how == "like":
            return self.tr("Same settings as the first image input, at the size of this input.")
        return self.tr("Requests contain the values as JSON lists; no preprocessing is applied.")

    def _show_values(self, facts: ModelFacts) -> None:
        composition = self._session.composition
        feeds = [f for f in composition.feeds if f.kind == "tensor"] if composition else []
        self.values.set_feeds(feeds)
        if not facts.image_inputs():
            text = self.tr("This model has no image input: requests contain all inputs as numbers.")
            self._values_word.setText(text)
        else:
            self._values_word.setText("" if feeds else self.tr("None"))
        self._values_word.setVisible(bool(self._values_word.text()))

    def _show_remarks(self, facts: ModelFacts, project: Project) -> None:
        problems = [p for p in self._session.problems() if is_of_reading(p)]
        prefix = field_of(facts, project, self.feeding.name())
        reasons = {default.field: default.reason for default in reading_reasons(facts, project)}
        self.form.show_remarks(problems, self._session.notes(), prefix, reasons)
        mismatch = [p.message for p in problems if p.field == "preprocess.input"]
        self.feeding.which_field.set_problem("\n".join(mismatch))
        if mismatch:
            self.feeding.show()
        self._say(problems, facts, project)

    def _say(self, problems: list[Problem], facts: ModelFacts, project: Project) -> None:
        wrong = [t.name for t in facts.image_inputs() if _any_at(field_of(facts, project, t.name), problems)]
        self.feeding.mark(wrong)
        elsewhere = [name for name in wrong if name != self.feeding.name()]
        text = problems_text(len(problems)) if problems else ""
        asked = unconfirmed(facts, project)
        if asked and not problems:
            text = self.tr("Confirm how training loaded its images, or choose another image loading")
            elsewhere = [] if self.feeding.name() in asked else list(asked)
        self.word.setText(text + (self.tr(", in {names}").format(names=", ".join(elsewhere)) if elsewhere else ""))
        self.set_state(TabState.ATTENTION if problems else TabState.NOT_YET if asked else TabState.DONE)

    def _on_feeding(self, name: str, how: str) -> None:
        project, facts = self._session.project, self._session.facts
        if project is not None and facts is not None and how in option_texts.feedings():
            words = self.tr("Change the source of {name}").format(name=name)
            self._session.edit(fed(facts, project, name, how), words)  # type: ignore[arg-type] # just looked up

    def _on_read(self, preprocess: Preprocess, setting: str, typed: bool) -> None:
        project, facts = self._session.project, self._session.facts
        if project is not None and facts is not None:
            name = self.feeding.name()
            field = f"{field_of(facts, project, name)}.{setting}" if typed else ""
            made = read_as(facts, project, name, preprocess)
            if setting == "reader":  # Who chooses one says that it is training's.
                made = with_confirmed(made, preprocess.reader)
            self._session.edit(made, option_texts.step_words()[setting], field)

    def _on_confirmed(self, confirmed: bool) -> None:
        project, facts = self._session.project, self._session.facts
        if project is not None and facts is not None:
            reader = reading_of(facts, project, self.feeding.name()).reader
            words = self.tr("Confirm the image loading") if confirmed else self.tr("Withdraw the confirmation")
            self._session.edit(with_confirmed(project, reader, confirmed=confirmed), words)

    def _on_compare(self) -> None:
        from workbench.gui.inputs.compare_dialog import CompareDialog

        project, facts = self._session.project, self._session.facts
        if project is None or facts is None or not self.preview.source:
            return
        name = self.feeding.name()
        tensor = next(t for t in facts.image_inputs() if t.name == name)
        reading = reading_of(facts, project, name)
        dialog = CompareDialog(self._session, reading, tensor, self.preview.source, self)
        dialog.chosen.connect(self._on_reader)
        dialog.open()

    def _on_reader(self, reader: str) -> None:
        """Choose a reader as the form does; the same once more confirms it."""
        if reader == self.form.reader.value():
            self._on_confirmed(True)
        self.form.reader.setCurrentIndex(self.form.reader.findData(reader))


def is_of_reading(problem: Problem) -> bool:
    """Whether a problem is mended in Inputs: those of `[preprocess]` and `[images.NAME.preprocess]`."""
    return problem.field.startswith("preprocess.") or ".preprocess." in problem.field


def _any_at(field: str, problems: list[Problem]) -> bool:
    return any(p.field.startswith(f"{field}.") for p in problems)
