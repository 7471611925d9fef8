"""A push as it goes: its steps, how far each is, how it ended, where its receipt is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.progress_text import ProgressMeter
from workbench.gui.texts import seconds_text, size_text, tr
from workbench.gui.widgets.card import row
from workbench.gui.widgets.field import RemarkLine
from workbench.gui.widgets.step_list import StepList
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.evidence import verdict_words
from workbench.spec.messages import AnyEvent, Failed, PushPlanned, VersionPushed
from workbench.spec.model import Progress
from workbench.spec.target import PushResult


class PushProgress(QWidget):
    """Says how a push goes until there is one to be seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = StepList()
        self._meter = ProgressMeter()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMaximumHeight(6)
        self._figures = ToneLabel("", "muted", scale=0.92)
        self._word = ToneLabel("", "muted")
        self._word.setWordWrap(True)
        self._word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._notes = RemarkLine("info", "accent", "muted")
        self._verdict = RemarkLine("shield", "muted", "muted")
        self._receipt = ElidedLabel("", "muted", scale=0.92)
        self.receipt_button = QPushButton(self.tr("Sho&w receipt"))
        self.receipt_button.setToolTip(self.tr("Open the receipt: user, target, version and files of the push"))
        self.receipt_button.clicked.connect(self._on_receipt)
        icons.put(self.receipt_button, "records")
        about = self.tr(
            "A push runs the release gate, uploads the export, creates the version and sends golden images to it. The "
            "version gets traffic only if you chose so above."
        )
        self._about = ToneLabel(about, "muted", scale=0.92)
        self._about.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._about)
        for part in (self.steps, self._bar, self._figures, self._word, self._verdict, self._notes):
            layout.addWidget(part)
        layout.addLayout(row(self._receipt, self.receipt_button, stretch=0))
        self._clear()

    @property
    def word(self) -> str:
        """How it ended, or why it cannot begin."""
        return self._word.text()

    @property
    def figures(self) -> str:
        """How far the step is, in bytes or files, and how long it takes yet."""
        return self._figures.text()

    @property
    def notes(self) -> str:
        """What is worth knowing from now on, such as what it costs."""
        return self._notes.text

    @property
    def verdict(self) -> str:
        """The verdict of the release gate that was recorded, with its reason; empty until there is one."""
        return self._verdict.text

    @property
    def receipt(self) -> str:
        """The receipt's file; empty without one."""
        return self._receipt.toolTip()

    def begin(self, word: str = "") -> None:
        """Something begins; `word` says what."""
        self._clear()
        self._about.hide()
        self._meter = ProgressMeter()
        self.steps.clear()
        self.say(word, "muted")
        self._bar.setRange(0, 0)
        self._bar.show()

    def on_progress(self, progress: Progress) -> None:
        """A step of it."""
        self.steps.reach(progress.step)
        self._bar.setRange(0, min(progress.total, 10_000))
        # Qt counts in 32 bits: bytes are shown in parts of the whole.
        self._bar.setValue(progress.done * min(progress.total, 10_000) // progress.total if progress.total else 0)
        self._figures.setText(self._meter.words(progress))
        self._figures.setVisible(bool(self._figures.text()))

    def end(self, event: AnyEvent) -> None:
        """How it ended."""
        self._bar.hide()
        self._figures.hide()
        if isinstance(event, VersionPushed):
            self.steps.finish()
            self.say(done_words(event.result), "ok")
            gate = event.result.gate
            self._verdict.set_text(verdict_words(gate) if gate.verdict != "none" else "")
            self._notes.set_text("\n".join(event.result.notes))
            self._show_receipt(event.result.receipt)
        elif isinstance(event, PushPlanned):
            self.steps.finish()
            self.say(self.tr("See the dry run on the right. Nothing has been sent."), "muted")
        else:
            self.steps.fail()
            self.say(_why(event) if isinstance(event, Failed) else self.tr("Cancelled."), "error")

    def say(self, text: str, tone: str) -> None:
        """Put a sentence below the steps."""
        self._word.set_tone(tone)
        self._word.setText(text)
        self._word.setVisible(bool(text))

    def _clear(self) -> None:
        self._bar.hide()
        self._figures.hide()
        self._notes.set_text("")
        self._verdict.set_text("")
        self._show_receipt("")
        self.say("", "muted")

    def _show_receipt(self, path: str) -> None:
        self._receipt.set_text(path)
        for widget in (self._receipt, self.receipt_button):
            widget.setVisible(bool(path))

    def _on_receipt(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self.receipt))))


def _why(event: Failed) -> str:
    """Why it failed; of a file that changed, which one and what to do, for it is said nowhere else."""
    error = event.error
    return error.sentence() if error.code == "CHANGED_SINCE_CHECK" else error.message


def done_words(result: PushResult) -> str:
    """A push that has been done, in a sentence or two."""
    if result.repeated:
        text = tr("PushProgress", "{model}/{version} already exists with the same files. Nothing was sent.")
        return text.format(model=result.model, version=result.version)
    text = tr("PushProgress", "{model}/{version} is live: {size} in {seconds}{default}.")
    default = tr("PushProgress", ", now the default") if result.default else ""
    if result.traffic:
        default = tr("PushProgress", ", with {n} % of the traffic").format(n=result.traffic)
    size, seconds = size_text(result.bytes), seconds_text(result.seconds)
    done = text.format(model=result.model, version=result.version, size=size, seconds=seconds, default=default)
    return f"{done} {_tried(result)}".strip()


def _tried(result: PushResult) -> str:
    if not result.tried:
        return ""
    text = tr("PushProgress", "Smoke test: {n} golden cases, largest difference from local {d}.")
    return text.format(n=result.tried, d=f"{result.difference:.1e}")
