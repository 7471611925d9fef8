"""The left column of the Model tab: what a file is, what goes in and comes out, and the labels it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.texts import number_text, size_text, tensor_text
from workbench.gui.widgets.card import Card, row
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.model import LayerFacts, ModelFacts, TensorFacts, is_image

FORMATS: Final = {"h5": "HDF5 (.h5)", "keras": "Keras (.keras)"}


class FactsColumn(QWidget):
    """Made new for every answer of the engine: it is small."""

    labels_wanted = Signal()

    def __init__(self, facts: ModelFacts, *, can_use_labels: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels_button = QPushButton(self)
        self.labels_button.hide()
        self.set_can_use_labels(can_use_labels)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._summary(facts))
        layout.addWidget(_tensors(self.tr("Inputs"), facts.inputs, self.tr("image")))
        layout.addWidget(_tensors(self.tr("Outputs"), facts.outputs, ""))
        if facts.labels:
            layout.addWidget(self._labels(facts))
        layout.addStretch(1)

    def set_can_use_labels(self, can: bool) -> None:
        """Whether the labels could be put into the project, or are in it already."""
        self.labels_button.setEnabled(can)
        self.labels_button.setText(self.tr("&Use as class labels") if can else self.tr("In &use"))
        icons.put(self.labels_button, "add" if can else "done")

    def _summary(self, facts: ModelFacts) -> Card:
        card = Card(self.tr("Model file"), facts.format)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(8)
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
        optimizer = [(self.tr("Optimizer state"), size_text(facts.optimizer_bytes))] if facts.optimizer_bytes else []
        return [
            (self.tr("File"), facts.path),
            (self.tr("Size"), size_text(facts.bytes)),
            (self.tr("Format"), self._format(facts)),
            (self.tr("Written by"), written.format(version=facts.keras_version or "?", backend=facts.backend)),
            (self.tr("Loaded with"), {"tf_keras": "tf_keras (Keras 2)", "keras": "Keras 3"}[facts.loads_with]),
            (self.tr("Class"), facts.class_name),
            (self.tr("Layers"), number_text(facts.layers)),
            (self.tr("Parameters"), self._parameters(facts)),
            *optimizer,
            (self.tr("SHA-256"), f"{facts.sha256[:16]}..."),
        ]

    def _format(self, facts: ModelFacts) -> str:
        # The scan goes by the content; a name that says otherwise is worth a word.
        suffix = Path(facts.path).suffix.lower()
        if Path(facts.path).is_dir():
            return self.tr("Keras, unzipped folder")
        odd = suffix == ".keras" if facts.format == "h5" else suffix != ".keras"
        name = FORMATS[facts.format]
        return self.tr("{format}, despite the suffix {suffix}").format(format=name, suffix=suffix) if odd else name

    def _parameters(self, facts: ModelFacts) -> str:
        total = number_text(facts.parameters)
        if not facts.layer_table:
            return total
        trainable = max(facts.parameters - frozen_parameters(facts.layer_table), 0)
        if trainable == facts.parameters:
            return self.tr("{total}, all trainable").format(total=total)
        return self.tr("{total}, {n} in trainable layers").format(total=total, n=number_text(trainable))

    def _labels(self, facts: ModelFacts) -> Card:
        card = Card(self.tr("Class labels in the file"), "signature")
        some = ", ".join(facts.labels[:5]) + (", ..." if len(facts.labels) > 5 else "")
        text = ElidedLabel(tone="muted")
        text.set_text(self.tr("{n} labels: {some}").format(n=number_text(len(facts.labels)), some=some))
        text.setToolTip("\n".join((*facts.labels[:40], *(("...",) if len(facts.labels) > 40 else ()))))
        self.labels_button.clicked.connect(self.labels_wanted)
        self.labels_button.show()
        card.body.addLayout(row(text, self.labels_button, stretch=0))
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
        name = ElidedLabel(bold=True)
        name.set_text(tensor.name)
        grid.addWidget(name, place, 1)
        grid.addWidget(ToneLabel(image_word if picture else "", "accent"), place, 2)
        grid.addWidget(ToneLabel(tensor_text(tensor), "muted"), place, 3)
    card.body.addLayout(grid)
    return card


def frozen_parameters(layers: tuple[LayerFacts, ...]) -> int:
    """Parameters of the layers that are not trained. What stands inside a frozen model is counted with it."""
    frozen = {layer.path: layer.parameters for layer in layers if not layer.trainable}
    return sum(count for path, count in frozen.items() if not any(outer in frozen for outer in _around(path)))


def _around(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
