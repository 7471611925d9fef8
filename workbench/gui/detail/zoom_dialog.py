"""The chosen row's pictures magnified side by side, with the values of the pixel under the mouse."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.detail.pixel_values import ImageValues, PixelValues, TensorValues
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.linked_zoom import LinkedZoomDialog
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.row_summary import InputPreview

WHOLE: Final = 1 << 16
"""Longest side that pictures are read at: their own, for values of a picture made smaller are not its values."""


class ZoomDialog(LinkedZoomDialog):
    """Wheel and drag in one picture move both; the pixel at the same relative place is framed in both."""

    def __init__(
        self,
        name: str,
        original: str,
        seen: InputPreview | None,
        thumbnails: Thumbnails,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Pixels of {name}").format(name=name))
        self._original, self._thumbnails = original, thumbnails
        self.words: list[ElidedLabel] = []
        self._values: list[PixelValues | None] = []
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(self.grid, 1)
        hint = ToneLabel(self.tr("Point at a pixel to see its values; the wheel magnifies."), "muted")
        layout.addLayout(self.tool_row((hint,), stretched=0))
        self._add(self.tr("Original"))
        self._show_original()
        if seen is not None:
            self._add(self.tr("Input preview"))
            self.views[1].set_pixmap(QPixmap(seen.path))
            self._values[1] = TensorValues(seen)
        thumbnails.ready.connect(self._on_ready)
        self.resize(1100, 620)

    def _add(self, title: str) -> None:
        word, column = ElidedLabel("", bold=True), len(self.views)
        self.add_view(title).pointed.connect(self._on_pointed)
        self.words.append(word)
        self._values.append(None)
        self.grid.addWidget(word, 2, column)
        self.grid.setColumnStretch(column, 1)

    def _show_original(self) -> None:
        pixmap = self._thumbnails.get(self._original, WHOLE)
        if pixmap is not None:
            self.views[0].set_pixmap(pixmap)
            self._values[0] = ImageValues(pixmap.toImage())

    def _on_ready(self, path: str, side: int) -> None:
        if (path, side) == (self._original, WHOLE):
            self._show_original()

    def _on_pointed(self, x: float, y: float) -> None:
        for view, word, values in zip(self.views, self.words, self._values, strict=True):
            pixel = view.pixel_at(x, y)
            view.mark(pixel)
            found = values.words(*pixel) if pixel is not None and values is not None else ""
            place = self.tr("x {x}, y {y}").format(x=pixel[0], y=pixel[1]) if pixel is not None else ""
            word.set_text(f"{place}   {found}".strip())
