"""The machine of this one version, where it is not as the target says."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from workbench.gui.texts import tr
from workbench.gui.widgets.disclosure import Disclosure
from workbench.gui.widgets.field import FormField
from workbench.spec.target import target_problems, with_machine
from workbench.spec.targets.base import Machine, Target

_UNSET = -1


class MachineForm(Disclosure):
    """Closed and empty unless somebody wants another one; hidden where the target has none to choose."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("MachineForm", "Other machine for this version"), parent)
        self._target: Target | None = None
        self.kind = QLineEdit()
        self.least, self.most = self._box(), self._box()
        self.description = QLineEdit(placeholderText=self.tr("empty: as in the target"))
        self._kind_field = FormField(self.tr("Machine type"), self.kind)
        self._least_field = FormField(self.tr("Minimum nodes"), self.least)
        for field in (
            self._kind_field,
            self._least_field,
            FormField(self.tr("Maximum nodes"), self.most),
            FormField(self.tr("Description"), self.description),
        ):
            self.body.addWidget(field)
        for line in (self.kind, self.description):
            line.textChanged.connect(self._on_changed)
        for box in (self.least, self.most):
            box.valueChanged.connect(self._on_changed)

    def set_target(self, target: Target) -> None:
        """What can be chosen, and what is usual, is the target's."""
        self._target = target
        usual = target.usual_machine()
        self.setVisible(usual is not None)
        named = usual or self.tr("the service's own")
        self.kind.setPlaceholderText(self.tr("empty: {usual}").format(usual=named))
        self._on_changed()

    def machine(self) -> Machine:
        """What was chosen; all empty where nothing was, or nothing can be."""
        if self._target is None or self._target.usual_machine() is None:
            return Machine()
        least, most = (None if box.value() == _UNSET else box.value() for box in (self.least, self.most))
        return Machine(self.kind.text().strip(), least, most, description=self.description.text().strip())

    @property
    def problem(self) -> str:
        """What is wrong with the target on that machine; empty where nothing is."""
        machine = self.machine()
        if self._target is None or machine == Machine():
            return ""
        known = {problem.message for problem in target_problems(self._target)}
        found = [p.message for p in target_problems(with_machine(self._target, machine))]
        return next((message for message in found if message not in known), "")

    def _box(self) -> QSpinBox:
        box = QSpinBox(minimum=_UNSET, maximum=1000, value=_UNSET)
        box.setSpecialValueText(self.tr("as in the target"))
        return box

    def _on_changed(self) -> None:
        self._least_field.set_problem(self.problem)
        self.changed.emit()
