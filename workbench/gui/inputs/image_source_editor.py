"""Which image input one is looking at, and what feeds it. Hidden where there is nothing to choose."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.inputs import option_texts
from workbench.gui.inputs.image_source import feeding, first_name, options
from workbench.gui.texts import tensor_text
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.field import FormField
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.project import Project


class FeedingEditor(QWidget):
    """`which` is looked at, `how` is it fed; the first is no setting of the project."""

    looked_at = Signal(str)
    feeding_changed = Signal(str, str)  # input, Feeding

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wrong: Collection[str] = ()
        self.which, self.how = ChoiceEditor(), ChoiceEditor()
        self.which_field = FormField(self.tr("&Image input"), self.which)
        self.how_field = FormField(self.tr("S&ource"), self.how)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.which_field)
        layout.addWidget(self.how_field)
        self.which.value_changed.connect(self.looked_at)
        self.how.value_changed.connect(lambda how: self.feeding_changed.emit(self.name(), how))

    def name(self) -> str:
        """The input one is looking at; empty where the model has none."""
        return self.which.value()

    def set_inputs(self, images: Sequence[TensorFacts]) -> None:
        """Show the model's image inputs; the one looked at stays if it is among them."""
        before = self.name()
        self.which.set_options({t.name: f"{t.name}  {tensor_text(t)}" for t in images})
        if any(t.name == before for t in images):
            self.which.set_value(before)

    def show_project(self, facts: ModelFacts, project: Project) -> None:
        """Show how the input is fed."""
        words = option_texts.feedings()
        name = self.name()
        if not name:
            self.hide()
            return
        self.how.set_options({key: words[key] for key in options(facts, project, name)})
        self.how.set_value(feeding(facts, project, name))
        several = len(facts.image_inputs()) > 1
        self.which_field.setVisible(several)
        self.setVisible(several or not first_name(facts, project))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.mark(self._wrong)
        super().changeEvent(event)

    def mark(self, wrong: Collection[str]) -> None:
        """Put a sign on inputs at which something is to mend."""
        self._wrong = wrong
        for place in range(self.which.count()):
            bad = self.which.itemData(place) in wrong
            self.which.setItemIcon(place, icons.icon("alert", "error") if bad else icons.icon("test", "muted"))
