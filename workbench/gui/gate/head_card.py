"""The panel's head: the verdict, on what and when, and the buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.gate.run import GateRun
from workbench.gui.gate.run_inputs import InputsRow
from workbench.gui.gate.status import badge, when
from workbench.gui.theme import tones
from workbench.gui.widgets.card import Card, keep_place, paint_tinted
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel


class HeadCard(Card):
    """Says the state in its colour; grey while a verdict is out of date."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._tone = "muted"
        self._icon = IconLabel("shield", 32, "muted")
        self.word = ToneLabel("", scale=1.35, bold=True)
        self.remark, self.when = ElidedLabel(""), ElidedLabel("", "muted", scale=0.92)
        self.run_button = PrimaryButton(self.tr("Run the chec&ks"), "run")
        # As wide as its other word: Cancel beside it must not come under the mouse.
        for word in (self.tr("Run agai&n"), self.tr("Run the chec&ks")):
            self.run_button.setText(word)
            self.run_button.setMinimumWidth(max(self.run_button.minimumWidth(), self.run_button.sizeHint().width()))
        self.run_button.setToolTip(self.tr("Run all checks on the project as it is now (F6)"))
        # Not the button's own shortcut: its text changes, and with it the mnemonic would take its place.
        QShortcut(QKeySequence(Qt.Key.Key_F6), self).activated.connect(self.run_button.click)
        self.cancel_button = QPushButton(self.tr("Ca&ncel"))
        keep_place(self.cancel_button)
        icons.put(self.cancel_button, "stop")
        self.push_button = PrimaryButton(self.tr("&Push"), "deploy")
        self.push_button.setEnabled(False)
        self.save_button = QPushButton(self.tr("Save rep&ort..."))
        icons.put(self.save_button, "save")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setMaximumHeight(4)
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keep_place(self.bar)
        self.inputs = InputsRow()
        self.body.addLayout(self._line())
        self.body.addWidget(self.bar)
        self.body.addWidget(self.inputs)
        self.body.setContentsMargins(16, 12, 16, 12)
        self.body.setSpacing(8)

    def show_run(self, run: GateRun, why_not: str) -> None:
        """Show where the gate is; `why_not` says why it cannot be run, empty when it can."""
        shown = badge(run)
        self._icon.set_icon(shown.icon, shown.tone)
        self.word.setText(shown.word)
        self.word.set_tone(shown.tone)
        self.remark.set_text(why_not or shown.remark)
        self.when.set_text("" if run.running else when(run))
        self.when.setVisible(bool(self.when.toolTip()))
        self.run_button.setEnabled(not run.running and not why_not)
        self.run_button.setText(self.tr("Run agai&n") if run.report else self.tr("Run the chec&ks"))
        self.cancel_button.setVisible(run.running)
        self.save_button.setEnabled(run.report is not None and not run.running)
        self.inputs.setEnabled(not run.running)
        self.bar.setVisible(run.running)
        self.bar.setRange(0, run.total * 100 if run.number else 0)
        part = run.progress.done / run.progress.total if run.progress.total else 0.0
        self.bar.setValue(int((run.number - 1 + min(part, 1.0)) * 100) if run.number else 0)
        self._tone = shown.tone
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._tone not in ("ok", "warn", "error"):
            return
        colour = getattr(tones(), self._tone)
        paint_tinted(self, colour, 0.07, 8)

    def _line(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(1)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.word)
        top.addWidget(self.when, 1, Qt.AlignmentFlag.AlignBottom)
        texts.addLayout(top)
        texts.addWidget(self.remark)
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self._icon)
        line.addLayout(texts, 1)
        for button in (self.run_button, self.cancel_button, self.save_button, self.push_button):
            line.addWidget(button)
        return line
