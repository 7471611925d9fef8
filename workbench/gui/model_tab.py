"""The Model tab: open a model, and what its file says."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.session import Session
from workbench.gui.tab import Tab, TabState, scrolling
from workbench.gui.texts import number_text, size_text, tensor_text
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.drop_zone import DropZone
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.model import ModelFacts, TensorFacts, is_image


class ModelTab(Tab):
    """A drop zone while nothing is open; then the facts."""

    open_wanted = Signal()
    sample_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.zone = self._empty_state()
        self._facts = QWidget()
        self._facts_layout = QVBoxLayout(self._facts)
        self._facts_layout.setContentsMargins(0, 0, 0, 0)
        self._page: QWidget | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.zone)
        self._stack.addWidget(self._facts)
        self.root.addWidget(self._stack, 1)
        session.facts_changed.connect(self._on_facts_changed)

    def set_drag_hot(self, hot: bool) -> None:
        self.zone.set_hot(hot)

    def _empty_state(self) -> DropZone:
        text = self.tr("A trained image model (.h5, .hdf5, .keras) or a project (.toml), anywhere in this window.")
        zone = DropZone("model", self.tr("Drop a Keras model here"), text)
        self.open_button = PrimaryButton(self.tr("&Open..."), "open")
        self.open_button.clicked.connect(self.open_wanted)
        self.sample_button = QPushButton(self.tr("Open the sa&mple"))
        self.sample_button.clicked.connect(self.sample_wanted)
        icons.put(self.sample_button, "sample")
        for button in (self.open_button, self.sample_button):
            zone.add_button(button)
        return zone

    def _on_facts_changed(self) -> None:
        facts = self._session.facts
        if facts is None:
            return
        old, self._page = self._page, _FactsPage(facts)
        self._facts_layout.addWidget(self._page)
        if old is not None:
            self._facts_layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        else:
            self.add_footer(self.tr("&Next: Inputs"))
        self._stack.setCurrentWidget(self._facts)
        self.set_state(TabState.ATTENTION if facts.problems else TabState.DONE)


class _FactsPage(QWidget):
    """Everything the scan found, made new for every model."""

    def __init__(self, facts: ModelFacts) -> None:
        super().__init__()
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addLayout(_column(self._summary(facts)), 5)
        columns.addLayout(_column(*self._cards(facts)), 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(content))

    def _summary(self, facts: ModelFacts) -> Card:
        card = Card(self.tr("Model file"), "model")
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(9)
        grid.setColumnStretch(1, 1)
        for place, (word, value) in enumerate(self._facts_of(facts)):
            grid.addWidget(ToneLabel(word, "muted"), place, 0, Qt.AlignmentFlag.AlignTop)
            label = ElidedLabel()
            label.set_text(value)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, place, 1)
        card.body.addLayout(grid)
        return card

    def _facts_of(self, facts: ModelFacts) -> list[tuple[str, str]]:
        written = self.tr("Keras {version} on {backend}")
        return [
            (self.tr("File"), facts.path),
            (self.tr("Size"), size_text(facts.bytes)),
            (self.tr("Format"), {"h5": "HDF5 (.h5)", "keras": "Keras 3 (.keras)"}[facts.format]),
            (self.tr("Written by"), written.format(version=facts.keras_version, backend=facts.backend)),
            (self.tr("Loaded with"), {"tf_keras": "tf_keras (Keras 2)", "keras": "Keras 3"}[facts.loads_with]),
            (self.tr("Class"), facts.class_name),
            (self.tr("Layers"), number_text(facts.layers)),
            (self.tr("Parameters"), number_text(facts.parameters)),
            (self.tr("SHA-256"), f"{facts.sha256[:16]}..."),
        ]

    def _cards(self, facts: ModelFacts) -> list[Card]:
        cards = [
            _tensors(self.tr("Inputs"), facts.inputs, self.tr("image")),
            _tensors(self.tr("Outputs"), facts.outputs, ""),
        ]
        if facts.problems:
            cards.insert(0, self._problems(facts))
        if facts.runs_code or facts.custom_objects:
            cards.append(self._code(facts))
        return cards

    def _problems(self, facts: ModelFacts) -> Card:
        card = Card(self.tr("Worth knowing"), "alert")
        for problem in facts.problems:
            card.body.addWidget(ToneLabel(problem.code, "warn", scale=0.9, bold=True))
            card.body.addWidget(_wrapped(problem.message))
        return card

    def _code(self, facts: ModelFacts) -> Card:
        card = Card(self.tr("Carries code"), "log")
        names = ", ".join((*facts.runs_code, *facts.custom_objects))
        text = self.tr("These layers bring Python code of their own, which runs when the model is loaded to predict:")
        card.body.addWidget(_wrapped(text, "muted"))
        card.body.addWidget(_wrapped(names))
        return card


def _tensors(title: str, tensors: tuple[TensorFacts, ...], image_word: str) -> Card:
    card = Card(title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(1, 1)
    for place, tensor in enumerate(tensors):
        picture = bool(image_word) and is_image(tensor)
        grid.addWidget(IconLabel("test" if picture else "next", 16, "accent" if picture else "muted"), place, 0)
        grid.addWidget(ToneLabel(tensor.name, bold=True), place, 1)
        grid.addWidget(ToneLabel(image_word if picture else "", "accent"), place, 2)
        grid.addWidget(ToneLabel(tensor_text(tensor), "muted"), place, 3)
    card.body.addLayout(grid)
    return card


def _wrapped(text: str, tone: str = "") -> ToneLabel:
    label = ToneLabel(text, tone)
    label.setWordWrap(True)
    return label


def _column(*cards: Card) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(12)
    for card in cards:
        layout.addWidget(card)
    layout.addStretch(1)
    return layout
