"""The Signature tab: the keys of request and reply, the labels, and the SignatureDef as it will be."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QWidget,
)

from workbench.gui import icons
from workbench.gui.session import Session
from workbench.gui.tab import Tab, TabState
from workbench.gui.texts import json_text
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.field import Field
from workbench.gui.widgets.labels_editor import LabelsEditor, read_labels
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.errors import ErrorInfo
from workbench.spec.project import SignatureSettings
from workbench.spec.render import render_text, sample_reply, sample_request
from workbench.spec.signature import SERVING_DEFAULT, Composition


class SignatureTab(Tab):
    """Edits the project's `[signature]` but for the passthrough keys; shows what comes of it at once."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._make_editors()
        self.fields = self._make_fields()
        self.signature_text = CopyText(self.tr("Signature"), self.tr("Signature text"))
        self.request_text = CopyText(self.tr("Sample request"), self.tr("Sample request"))
        self.reply_text = CopyText(self.tr("Sample reply"), self.tr("Sample reply"))
        self._lay_out()
        self.word = self.add_footer(self.tr("&Next: Test"))
        session.project_changed.connect(self._on_project_changed)
        self._on_project_changed()

    def load_labels(self, path: str) -> None:
        """Take the labels from a text file, one a line."""
        try:
            labels = read_labels(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as err:
            text = self.tr("The labels cannot be read: {reason}.").format(reason=err)
            self._session.complain(ErrorInfo("BAD_LABELS", text, where=path))
            return
        self._replace(labels=labels)

    def _make_editors(self) -> None:
        self.image_key = QLineEdit()
        self.scores_key = QLineEdit()
        self.labels = LabelsEditor()
        self.labels.setPlaceholderText(self.tr("one class a line, in the order of the scores"))
        self.load_button = QPushButton(self.tr("L&oad from file..."))
        self.load_button.clicked.connect(self._on_load)
        icons.put(self.load_button, "open")
        self.label_count = ToneLabel("", "muted")
        self.image_key.textChanged.connect(self._on_edited)
        self.scores_key.textChanged.connect(self._on_edited)
        self.labels.value_changed.connect(self._on_labels_edited)

    def _make_fields(self) -> dict[str, Field]:
        image_hint = self.tr('Carries the image\'s bytes as base64: {"b64": ...}.')
        return {
            "signature.image_key": Field(self.tr("&Image key"), self.image_key, image_hint),
            "signature.scores_key": Field(self.tr("&Scores key"), self.scores_key, " "),
            "signature.labels": Field(self.tr("Class &labels"), self.labels),
        }

    def _lay_out(self) -> None:
        keys = Card(self.tr("Keys and labels"), "signature")
        keys.setMinimumWidth(300)
        for field in self.fields.values():
            keys.body.addWidget(field, 1 if field.editor is self.labels else 0)
        under = QHBoxLayout()
        under.addWidget(self.label_count, 1)
        under.addWidget(self.load_button)
        keys.body.addLayout(under)
        texts = Card()
        samples = QSplitter(Qt.Orientation.Horizontal)
        samples.addWidget(self.request_text)
        samples.addWidget(self.reply_text)
        upright = QSplitter(Qt.Orientation.Vertical)
        upright.addWidget(self.signature_text)
        upright.addWidget(samples)
        upright.setSizes([360, 190])
        for splitter in (samples, upright):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(12)
        texts.body.addWidget(upright)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addWidget(keys, 4)
        columns.addWidget(texts, 9)
        self.root.addLayout(columns, 1)

    def _on_project_changed(self) -> None:
        project, composition = self._session.project, self._session.composition
        self.setEnabled(project is not None)
        if project is None or composition is None:
            self.word.setText(self.tr("Open a model that takes an image first."))
            self.set_state(TabState.NOT_YET)
            return
        self._show_settings(project.signature)
        self._show_texts(composition)
        self._show_problems()

    def _show_settings(self, settings: SignatureSettings) -> None:
        for edit, text in ((self.image_key, settings.image_key), (self.scores_key, settings.scores_key)):
            if edit.text() != text:
                edit.blockSignals(True)
                edit.setText(text)
                edit.blockSignals(False)
        self.labels.set_value(settings.labels)
        outputs = len(self._session.facts.outputs) if self._session.facts else 1
        self.scores_key.setEnabled(outputs == 1)
        hint = self.tr("Carries the scores in the reply.")
        many = self.tr("The model has {n} outputs: each keeps its own name.")
        self.fields["signature.scores_key"].set_hint(hint if outputs == 1 else many.format(n=outputs))
        self._count_labels(len(settings.labels))

    def _count_labels(self, count: int) -> None:
        facts = self._session.facts
        shape = facts.outputs[0].shape if facts and len(facts.outputs) == 1 else None
        width = shape[-1] if shape else None
        text = self.tr("{n} labels for {width} scores") if width else self.tr("{n} labels")
        self.label_count.setText(text.format(n=count, width=width) if count else self.tr("no labels"))

    def _show_texts(self, composition: Composition) -> None:
        signature = composition.signatures.get(SERVING_DEFAULT)
        self.signature_text.set_text(render_text(composition.signatures) if signature else "")
        request = sample_request(signature, composition.image_alias) if signature else None
        self.request_text.set_text(json_text(request) if request else "")
        self.reply_text.set_text(json_text(sample_reply(signature)) if signature else "")

    def _show_problems(self) -> None:
        for name, field in self.fields.items():
            field.set_problem("\n".join(p.message for p in self._session.problems(name)))
        # Passthrough keys are edited in Inputs, but a key used twice may have been typed here.
        elsewhere = ("signature.passthrough", "")
        found = self._session.problems(*self.fields, *elsewhere)
        loose = [p.message for p in self._session.problems(*elsewhere)]
        self.word.set_tone("error" if loose else "muted")
        self.word.setText(" ".join(loose) or (self.tr("{n} to mend").format(n=len(found)) if found else ""))
        self.set_state(TabState.ATTENTION if found else TabState.DONE)

    def _on_edited(self) -> None:
        self._replace(image_key=self.image_key.text(), scores_key=self.scores_key.text())

    def _on_labels_edited(self, labels: tuple[str, ...]) -> None:
        self._replace(labels=labels)

    def _replace(self, **changes: object) -> None:
        project = self._session.project
        if project is not None:
            self._session.set_signature(msgspec.structs.replace(project.signature, **changes))

    def _on_load(self) -> None:
        dialog = QFileDialog(self, self.tr("Labels, one a line"), "", self.tr("Text files (*.txt);;All files (*)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.load_labels)
        dialog.open()
