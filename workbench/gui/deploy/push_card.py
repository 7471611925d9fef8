"""What to push: model name, version, what becomes of it at once; the gate's verdict, and the way to begin."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QSpinBox, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.deploy.machine_form import MachineForm
from workbench.gui.deploy.push_progress import PushProgress
from workbench.gui.deploy.target_text import push_costs
from workbench.gui.gate.status import GateBadge
from workbench.gui.tab import scrolling
from workbench.gui.widgets.card import row
from workbench.gui.widgets.field import FormField
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.inline_confirmation import InlineConfirmation
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.targets.base import NameRule, Target
from workbench.spec.targets.local import LocalTarget

WIDEST: Final = 560
"""Pixels of the form at most: lines to type in are not read better when they are longer."""


class PushCard(QWidget):
    """A small form; `push_wanted` once it is clean, the button is pressed, and what it costs has been agreed to."""

    push_wanted = Signal()
    plan_wanted = Signal()
    model_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._target: Target = LocalTarget()
        self._name = "local"
        self._ready = self._busy = self._default_chosen = False
        self._reason = self._objection = ""
        self.model = QLineEdit()
        self.version = QLineEdit(placeholderText=self.tr("empty: next free name"))
        self.default = QCheckBox(self.tr("Ma&ke it the default version"))
        self.traffic = QSpinBox(minimum=-1, maximum=100, value=-1, suffix=" %")
        self.traffic.setSpecialValueText(self.tr("none"))
        self.machine = MachineForm()
        self.override = QLineEdit(placeholderText=self.tr("recorded with the version"))
        self.button = PrimaryButton(self.tr("&Push this version"), "deploy")
        self.plan_button = QPushButton(self.tr("Dr&y run"))
        self.plan_button.setToolTip(self.tr("Show all requests and commands of this push; nothing is sent"))
        icons.put(self.plan_button, "plan")
        self.confirm = InlineConfirmation(self)
        self.progress = PushProgress()
        self.steps = self.progress.steps
        self._lay_out()
        self._connect()

    @property
    def word(self) -> str:
        """What is said below the steps."""
        return self.progress.word

    @property
    def reason(self) -> str:
        """Why it is pushed against the release gate; empty where that has nothing against it."""
        return self.override.text().strip() if self._objection else ""

    @property
    def share(self) -> int | None:
        """The share of the requests it gets at once, in percent; `None` for none."""
        value = self.traffic.value()
        return value if value >= 0 and self._target.facts.splits_traffic else None

    def set_target(self, name: str, target: Target) -> None:
        """What is pushed goes there from now on."""
        self._name, self._target = name, target
        self.confirm.withdraw()
        self.traffic_field.setVisible(target.facts.splits_traffic)
        self.machine.set_target(target)
        self._check()

    def set_ready(self, ready: bool, reason: str = "") -> None:
        """Whether a push can begin now; `reason` says why it cannot."""
        self._ready = ready
        if reason or self._reason:
            self.progress.say(reason, "warn")
        self._reason = reason
        self._check()

    def set_busy(self, busy: bool) -> None:
        """A push is under way."""
        self._busy = busy
        self._check()

    @property
    def gate_word(self) -> str:
        """The gate's verdict, and which one a push would record."""
        return f"{self._gate_word.toolTip()}\n{self._recorded.text()}".strip()

    def set_gate(self, objection: str, badge: GateBadge | None = None, recorded: str = "") -> None:
        """What the release gate has against a push, which then needs a reason; its verdict as it is shown.

        `recorded` says which verdict a push would record.
        """
        if objection != self._objection:
            self._objection = objection
            self.override.clear()
        self.override_field.set_problem(objection)
        self.override_field.setVisible(bool(objection))
        if badge is not None:
            self._gate_icon.set_icon(badge.icon, badge.tone)
            self._gate_word.set_text(self.tr("Release gate: {verdict}").format(verdict=badge.word))
        self._recorded.setText(recorded)
        self._recorded.setVisible(bool(recorded))
        self._check()

    def suggest(self, model_path: str) -> None:
        """The model's name as its file suggests it."""
        self.model.setText(self._target.facts.model_name.suggest(Path(model_path).stem))

    def suggest_default(self, *, first: bool) -> None:
        """Tick "default" for a model's first version; what the user has ticked or not stays."""
        if not self._default_chosen:
            self.default.setChecked(first)

    def _lay_out(self) -> None:
        self.model_field = FormField(self.tr("Model"), self.model)
        self.version_field = FormField(self.tr("Version"), self.version)
        self.traffic_field = FormField(self.tr("Initial traffic"), self.traffic)
        self.override_field = FormField(self.tr("Override reason (the gate failed)"), self.override)
        self._gate_icon, self._gate_word = IconLabel("shield", 16, "muted"), ElidedLabel("", "muted")
        self._recorded = ToneLabel("", "muted", scale=0.92)
        self._recorded.setWordWrap(True)
        form = QWidget()
        left = QVBoxLayout(form)
        left.setContentsMargins(0, 0, 8, 0)
        left.setSpacing(8)
        for field in (self.model_field, self.version_field, self.default, self.traffic_field, self.machine):
            left.addWidget(field)
        left.addWidget(self.override_field)
        left.addStretch(1)
        self._body, column = QWidget(), QWidget()
        column.setMaximumWidth(WIDEST)
        lines = QVBoxLayout(column)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        lines.addWidget(scrolling(form), 1)
        lines.addLayout(row(self.button, self.plan_button, stretch=0))
        both = QHBoxLayout(self._body)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(20)
        both.addWidget(column, 1)
        both.addWidget(self._right(), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.confirm)
        layout.addWidget(self._body, 1)
        layout.addStretch(0)
        for field in (self.override_field, self.traffic_field):
            field.hide()

    def _right(self) -> QWidget:
        """The gate's verdict, and how the push goes."""
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addLayout(row(self._gate_icon, self._gate_word, stretch=1))
        column.addWidget(self._recorded)
        column.addWidget(self.progress)
        column.addStretch(1)
        area = scrolling(right)
        # Steps come below each other: the last one is the one to be seen.
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))
        return area

    def _connect(self) -> None:
        # However low the window is, the whole of a question is seen: what it is about is named in it.
        self.confirm.asked.connect(lambda asked: self._body.setVisible(not asked))
        self.model.textChanged.connect(self._on_model)
        for line in (self.version, self.override):
            line.textChanged.connect(self._on_edited)
        self.default.toggled.connect(self._on_edited)
        self.default.clicked.connect(self._on_default_clicked)
        self.traffic.valueChanged.connect(self._on_edited)
        self.machine.changed.connect(self._on_edited)
        self.button.clicked.connect(self._on_push)
        self.plan_button.clicked.connect(self.plan_wanted)

    def _on_edited(self) -> None:
        # A question that is open is about what was set before.
        self.confirm.withdraw()
        self._check()

    def _on_default_clicked(self) -> None:
        self._default_chosen = True

    def _on_model(self) -> None:
        self._default_chosen = False
        self._on_edited()
        self.model_changed.emit(self.model.text())

    def _on_push(self) -> None:
        machine = self.machine.machine()
        costs = push_costs(self._target, machine, default=self.default.isChecked(), traffic=self.share)
        if not costs:
            self.push_wanted.emit()
            return
        title = self.tr("Push '{model}' to {target}?").format(model=self.model.text(), target=self._name)
        self.confirm.ask(title, costs, self.tr("Push"), self.push_wanted.emit)

    def _check(self) -> None:
        facts, asked = self._target.facts, self.version.text()
        model = _problem(facts.model_name, self.model.text())
        version = _problem(facts.version_name, asked) if asked else ""
        self.model_field.set_problem(model if self.model.text() or self._ready else "")
        self.version_field.set_problem(version)
        self.default.setEnabled(self.share is None)
        clean = self._ready and not self._busy and not model and not version and not self.machine.problem
        allowed = not self._objection or bool(self.reason)
        self.button.setEnabled(clean and allowed)
        if not self.button.isEnabled():
            self.confirm.withdraw()
        self.plan_button.setEnabled(clean)
        self.button.setToolTip("" if allowed else self._objection)


def _problem(rule: NameRule, name: str) -> str:
    try:
        rule.check(name)
    except WorkbenchError as err:
        return str(err)
    return ""
