"""What to push: model name, version, default; the steps while it happens."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QProgressBar, QWidget

from workbench.gui.texts import seconds_text, size_text, tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.field import Field
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.step_list import StepList
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.messages import AnyEvent, Failed, Pushed
from workbench.spec.model import Progress
from workbench.spec.target import check_name


class PushCard(Card):
    """A small form; `push_wanted` when it is clean and the button is pressed."""

    push_wanted = Signal()
    model_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("PushCard", "Push a version"), "deploy", parent)
        self.model = QLineEdit()
        self.version = QLineEdit(placeholderText=self.tr("empty: the next free one"))
        self.default = QCheckBox(self.tr("Make it the &default version"))
        self.override = QLineEdit(placeholderText=self.tr("it is recorded with the version"))
        self.button = PrimaryButton(self.tr("&Push"), "deploy")
        self.steps = StepList()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMaximumHeight(6)
        self._bar.hide()
        self._word = ToneLabel("", "muted")
        self._word.setWordWrap(True)
        self.model_field = Field(self.tr("&Model"), self.model)
        self.version_field = Field(self.tr("&Version"), self.version)
        self.override_field = Field(self.tr("&Reason to push all the same"), self.override)
        options: tuple[QWidget, ...] = (self.model_field, self.version_field, self.default)
        parts = (*options, self.override_field, self.button)
        for widget in (*parts, self.steps, self._bar, self._word):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.model.textChanged.connect(self._on_edited)
        self.version.textChanged.connect(self._on_edited)
        self.override.textChanged.connect(self._check)
        self.button.clicked.connect(self.push_wanted)
        self._ready = self._busy = False
        self._reason = self._objection = ""
        self.override_field.hide()

    @property
    def word(self) -> str:
        """What is said below the steps."""
        return self._word.text()

    def set_ready(self, ready: bool, reason: str = "") -> None:
        """Whether a push can begin now; `reason` says why it cannot."""
        self._ready = ready
        if reason or self._reason:
            self._say(reason, "warn")
        self._reason = reason
        self._check()

    def set_gate(self, objection: str) -> None:
        """What the release gate has against a push; it then needs a reason. Empty where it has nothing."""
        if objection != self._objection:
            self._objection = objection
            self.override.clear()
        self.override_field.set_problem(objection)
        self.override_field.setVisible(bool(objection))
        self._check()

    @property
    def reason(self) -> str:
        """Why it is pushed against the release gate; empty where that has nothing against it."""
        return self.override.text().strip() if self._objection else ""

    def suggest(self, model_path: str) -> None:
        """The model's name as its file suggests it."""
        self.model.setText(legal_name(Path(model_path).stem))

    def begin(self) -> None:
        """A push begins."""
        self._busy = True
        self.steps.clear()
        self._word.setText("")
        self._bar.setRange(0, 0)
        self._bar.show()
        self._check()

    def on_progress(self, progress: Progress) -> None:
        """A step of the push."""
        self.steps.reach(progress.step)
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)

    def end(self, event: AnyEvent) -> None:
        """How the push ended."""
        self._busy = False
        self._bar.hide()
        if isinstance(event, Pushed):
            self.steps.finish()
            self._say(_done_words(event), "ok")
        else:
            self.steps.fail()
            self._say(event.error.message if isinstance(event, Failed) else self.tr("Cancelled."), "error")
        self._check()

    def _say(self, text: str, tone: str) -> None:
        self._word.set_tone(tone)
        self._word.setText(text)

    def _on_edited(self) -> None:
        self._check()
        self.model_changed.emit(self.model.text())

    def _check(self) -> None:
        model = _problem("model", self.model.text())
        version = _problem("version", self.version.text()) if self.version.text() else ""
        self.model_field.set_problem(model if self.model.text() or self._ready else "")
        self.version_field.set_problem(version)
        allowed = not self._objection or bool(self.reason)
        self.button.setEnabled(self._ready and not self._busy and not model and not version and allowed)
        self.button.setToolTip("" if allowed else self._objection)


def legal_name(stem: str) -> str:
    """A file's stem as a model name: letters, digits and `_`, a letter first, at most 128."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")
    return (name if name[:1].isalpha() else f"model_{name}".rstrip("_"))[:128]


def _problem(kind: str, name: str) -> str:
    try:
        check_name(kind, name)
    except WorkbenchError as err:
        return str(err)
    return ""


def _done_words(event: Pushed) -> str:
    result = event.result
    text = tr("PushCard", "{model}/{version} is live: {size} in {seconds}{default}.")
    default = tr("PushCard", ", now the default") if result.default else ""
    size, seconds = size_text(result.bytes), seconds_text(result.seconds)
    return text.format(model=result.model, version=result.version, size=size, seconds=seconds, default=default)
