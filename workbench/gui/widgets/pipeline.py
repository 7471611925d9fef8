"""The way of an image from request to network, as a few lines that change with the settings."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.gui.texts import tensor_text
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import SCALES, Preprocess, parse_reader
from workbench.spec.project import image_input


class Pipeline(QWidget):
    """Four steps, one a line: decode, resize, scale, feed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(10)
        layout.setVerticalSpacing(7)
        layout.setColumnStretch(2, 1)
        words = (self.tr("Decode"), self.tr("Resize"), self.tr("Scale"), self.tr("Feed"))
        self._texts = [ToneLabel("") for _ in words]
        for place, (word, text) in enumerate(zip(words, self._texts, strict=True)):
            layout.addWidget(IconLabel("next", 16, "accent"), place, 0)
            layout.addWidget(ToneLabel(word, "muted"), place, 1)
            text.setWordWrap(True)
            layout.addWidget(text, place, 2)

    def text(self) -> str:
        """All steps, for those who ask what is to be seen."""
        return "\n".join(label.text() for label in self._texts)

    def show_steps(self, preprocess: Preprocess, facts: ModelFacts | None) -> None:
        """Say what these settings do."""
        formats = {"jpeg": self.tr("JPEG bytes"), "jpeg+png": self.tr("JPEG or PNG bytes")}
        steps = (
            formats.get(preprocess.formats, self.tr("image bytes of any format")),
            self._resize(preprocess),
            SCALES.get(preprocess.scale, preprocess.scale),
            self._feed(preprocess, facts),
        )
        for label, text in zip(self._texts, steps, strict=True):
            label.setText(text)

    def _resize(self, preprocess: Preprocess) -> str:
        height, width = preprocess.size
        try:
            family, kernel = parse_reader(preprocess.reader)
        except WorkbenchError:
            return f"{height}×{width}"
        how = {"load_img": self.tr("{kernel}, as Pillow does"), "tf1": self.tr("bilinear, as TensorFlow 1 did")}
        text = how.get(family, self.tr("bilinear, as tf.image.resize does")).format(kernel=kernel)
        return self.tr("to {h}×{w} pixels, {how}").format(h=height, w=width, how=text)

    def _feed(self, preprocess: Preprocess, facts: ModelFacts | None) -> str:
        try:
            image = image_input(facts, preprocess.input) if facts else None
        except WorkbenchError:
            image = None
        return f"{image.name}  {tensor_text(image)}" if image else ""
