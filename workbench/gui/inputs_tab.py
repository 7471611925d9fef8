"""The Inputs tab: how training read its images, and which keys a request carries."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.session import Session
from workbench.gui.tab import Tab, TabState, scrolling
from workbench.gui.texts import tensor_text
from workbench.gui.values import value_keys
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.editors import Choice, ScaleEditor, SizeEditor
from workbench.gui.widgets.field import Field
from workbench.gui.widgets.key_list import KeyList
from workbench.gui.widgets.pipeline import Pipeline
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.preprocess import READERS, SCALES, Preprocess


class InputsTab(Tab):
    """Edits the project's `[preprocess]` and its passthrough keys."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._make_editors()
        self.fields = self._make_fields()
        self.pipeline = Pipeline()
        self._others = ToneLabel("", "")
        self._others.setWordWrap(True)
        self._lay_out()
        self.word = self.add_footer(self.tr("&Next: Signature"))
        session.project_changed.connect(self._on_project_changed)
        session.facts_changed.connect(self._on_facts_changed)
        self._on_project_changed()

    def value(self) -> Preprocess:
        """What the editors say now."""
        return Preprocess(
            size=self.size_editor.value(),
            reader=self.reader.value(),
            scale=self.scale.value(),
            formats=self.formats.value(),  # type: ignore[arg-type] # the choice holds the literal's words only
            input=self.image_input.value(),
        )

    def _make_editors(self) -> None:
        self.size_editor = SizeEditor()
        self.reader = Choice(READERS)
        self.scale = ScaleEditor(SCALES)
        formats = {
            "jpeg": self.tr("JPEG only"),
            "jpeg+png": self.tr("JPEG and PNG"),
            "any": self.tr("any that TensorFlow decodes (needs a newer runtime)"),
        }
        self.formats = Choice(formats)
        self.image_input = Choice()
        self.passthrough = KeyList(self.tr("Passthrough keys"), self.tr("a key, such as object_id"))
        for editor in (self.size_editor, self.reader, self.scale, self.formats, self.image_input):
            editor.value_changed.connect(self._on_edited)
        self.passthrough.value_changed.connect(self._on_passthrough_edited)

    def _make_fields(self) -> dict[str, Field]:
        reader_hint = self.tr("Keras' load_img and flow_from_directory take the nearest pixel unless told otherwise.")
        scale_hint = self.tr("What training did to the grey levels 0..255 before the first layer.")
        return {
            "preprocess.input": Field(self.tr("&Image input"), self.image_input),
            "preprocess.size": Field(self.tr("Si&ze"), self.size_editor, focus=self.size_editor.height_box),
            "preprocess.reader": Field(self.tr("&Reader"), self.reader, reader_hint),
            "preprocess.scale": Field(self.tr("S&cale"), self.scale, scale_hint, focus=self.scale.choice),
            "preprocess.formats": Field(self.tr("Image forma&ts a request may carry"), self.formats),
            "signature.passthrough": Field(
                self.tr("Passthrough &keys"),
                self.passthrough,
                self.tr("Text that comes back unchanged in the reply, so that callers know which answer is whose."),
                focus=self.passthrough.entry,
            ),
        }

    def _lay_out(self) -> None:
        reading = Card(self.tr("How did training read its images?"), "inputs")
        for name, field in self.fields.items():
            if name != "signature.passthrough":
                reading.body.addWidget(field)
        reading.body.addStretch(1)
        request = Card(self.tr("What else a request carries"), "signature")
        request.body.addWidget(self.fields["signature.passthrough"])
        request.body.addWidget(ToneLabel(self.tr("Other model inputs"), ""))
        request.body.addWidget(self._others)
        request.body.addStretch(1)
        path = Card(self.tr("From the request to the network"), "next")
        path.body.addWidget(self.pipeline)
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addWidget(reading, 1)
        right = QVBoxLayout()
        right.setSpacing(12)
        right.addWidget(path)
        right.addWidget(request, 1)
        columns.addLayout(right, 1)
        self.root.addWidget(scrolling(content), 1)

    def _on_facts_changed(self) -> None:
        facts = self._session.facts
        images = facts.image_inputs() if facts else ()
        options = {t.name: f"{t.name}  {tensor_text(t)}" for t in images}
        if len(images) == 1:
            options = {"": options[images[0].name]}
        self.image_input.set_options(options)
        self.fields["preprocess.input"].setVisible(len(images) > 1)

    def _on_project_changed(self) -> None:
        project = self._session.project
        self.setEnabled(project is not None)
        if project is None:
            self.word.setText(self.tr("Open a model that takes an image first."))
            self.set_state(TabState.NOT_YET)
            return
        preprocess = project.preprocess
        self.size_editor.set_value(preprocess.size)
        self.reader.set_value(preprocess.reader)
        self.scale.set_value(preprocess.scale)
        self.formats.set_value(preprocess.formats)
        self.image_input.set_value(preprocess.input)
        self.passthrough.set_value(project.signature.passthrough)
        self._show_others()
        self._show_problems()
        self.pipeline.show_steps(preprocess, self._session.facts)

    def _show_others(self) -> None:
        composition = self._session.composition
        keys = value_keys(composition)
        feeds = composition.feeds if composition else {}
        lines = [f"{alias}   {spec.dtype} {spec.shape}" for alias, spec in keys.items() if alias in feeds]
        self._others.setText("\n".join(lines) or self.tr("none: the image is all the model takes"))
        self._others.set_tone("" if lines else "muted")

    def _show_problems(self) -> None:
        for name, field in self.fields.items():
            field.set_problem("\n".join(p.message for p in self._session.problems(name)))
        found = self._session.problems(*self.fields)
        self.word.setText(self.tr("{n} to mend").format(n=len(found)) if found else "")
        self.set_state(TabState.ATTENTION if found else TabState.DONE)

    def _on_edited(self) -> None:
        self._session.set_preprocess(self.value())

    def _on_passthrough_edited(self, keys: tuple[str, ...]) -> None:
        project = self._session.project
        if project is not None:
            self._session.set_signature(msgspec.structs.replace(project.signature, passthrough=keys))
