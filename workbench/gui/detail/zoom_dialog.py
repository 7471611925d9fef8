"""The chosen row's pictures magnified side by side, with the values of the pixel under the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.detail.pixel_values import ImageValues, PixelValues, TensorValues
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.gui.widgets.zoom_view import ZoomView
from workbench.spec.row_summary import InputPreview

WHOLE: Final = 1 << 16
"""Longest side that pictures are read at: their own, for values of a picture made smaller are not its values."""

_STEP: Final = 1.5


class ZoomDialog(QDialog):
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
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Pixels of {name}").format(name=name))
        self._original, self._thumbnails = original, thumbnails
        self.views: list[ZoomView] = []
        self.words: list[ElidedLabel] = []
        self._values: list[PixelValues | None] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self._grid.setRowStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(self._grid, 1)
        layout.addLayout(self._tools())
        self._add(self.tr("Original"))
        self._show_original()
        if seen is not None:
            self._add(self.tr("Input preview"))
            self.views[1].set_pixmap(QPixmap(seen.path))
            self._values[1] = TensorValues(seen)
        thumbnails.ready.connect(self._on_ready)
        self.resize(1100, 620)

    def zoom(self, by: float) -> None:
        """Magnify both."""
        self.views[0].zoom(by)

    def fit(self) -> None:
        """Show both whole."""
        for view in self.views:
            view.follow(1.0, 0.5, 0.5)

    def _add(self, title: str) -> None:
        view, word, column = ZoomView(title), ElidedLabel("", bold=True), len(self.views)
        view.moved.connect(self._on_moved)
        view.pointed.connect(self._on_pointed)
        self.views.append(view)
        self.words.append(word)
        self._values.append(None)
        self._grid.addWidget(view, 0, column)
        self._grid.addWidget(ToneLabel(title, "muted"), 1, column)
        self._grid.addWidget(word, 2, column)
        self._grid.setColumnStretch(column, 1)

    def _tools(self) -> QHBoxLayout:
        self.out_button = self._button(self.tr("Zoom &out"), "zoom-out", lambda: self.zoom(1 / _STEP), "-")
        self.in_button = self._button(self.tr("Zoom &in"), "zoom-in", lambda: self.zoom(_STEP), "+")
        self.fit_button = self._button(self.tr("&Fit"), "fit", self.fit, "0")
        close = QPushButton(self.tr("&Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(ToneLabel(self.tr("Point at a pixel to see its values; the wheel magnifies."), "muted"), 1)
        for widget in (self.out_button, self.in_button, self.fit_button, close):
            row.addWidget(widget)
        return row

    def _button(self, text: str, icon: str, slot: Callable[[], None], key: str) -> QPushButton:
        button = QPushButton(text)
        icons.put(button, icon)
        # Not the button's own shortcut: that would take its mnemonic away.
        QShortcut(QKeySequence(key), self).activated.connect(button.click)
        button.setToolTip(self.tr("{what} ({key})").format(what=text.replace("&", ""), key=key))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: slot())
        return button

    def _show_original(self) -> None:
        pixmap = self._thumbnails.get(self._original, WHOLE)
        if pixmap is not None:
            self.views[0].set_pixmap(pixmap)
            self._values[0] = ImageValues(pixmap.toImage())

    def _on_ready(self, path: str, side: int) -> None:
        if (path, side) == (self._original, WHOLE):
            self._show_original()

    def _on_moved(self, factor: float, x: float, y: float) -> None:
        for view in self.views:
            if view is not self.sender():
                view.follow(factor, x, y)

    def _on_pointed(self, x: float, y: float) -> None:
        for view, word, values in zip(self.views, self.words, self._values, strict=True):
            pixel = view.pixel_at(x, y)
            view.mark(pixel)
            found = values.words(*pixel) if pixel is not None and values is not None else ""
            place = self.tr("x {x}, y {y}").format(x=pixel[0], y=pixel[1]) if pixel is not None else ""
            word.set_text(f"{place}   {found}".strip())
