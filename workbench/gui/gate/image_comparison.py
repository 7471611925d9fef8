"""The images of one piece of evidence, one at a time and large: all sides show the same part at the same size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.gui.widgets.zoom_view import ZoomView

if TYPE_CHECKING:
    from workbench.gui.gate.evidence_images import ImageSides

SIDE: Final = 1600
"""Pixels the pictures are read at: larger than the model's, small enough for a phone's camera."""

_STEP: Final = 1.5


class ImageComparisonDialog(QDialog):
    """Wheel and drag in one picture move all; arrow keys go from image to image."""

    def __init__(
        self, items: Sequence[ImageSides], place: int, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._items, self._thumbnails = items, thumbnails
        self.place = place
        self.views: list[ZoomView] = []
        self._name, self._caption = ElidedLabel("", bold=True), ElidedLabel("", "muted")
        self._count = ToneLabel("", "muted")
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._name)
        layout.addWidget(self._caption)
        layout.addLayout(self._grid, 1)
        layout.addLayout(self._tools())
        thumbnails.ready.connect(self._on_ready)
        self.resize(1180, 480)
        self.go(0)

    def go(self, by: int) -> None:
        """Show the next image, or one before."""
        self.place = min(max(self.place + by, 0), len(self._items) - 1)
        item = self._items[self.place]
        self.setWindowTitle(self.tr("Compare {name}").format(name=item.source))
        self._name.set_text(item.source)
        self._caption.set_text(item.caption)
        several = self.tr("{n} of {total}, the worst first").format(n=self.place + 1, total=len(self._items))
        self._count.setText(several if len(self._items) > 1 else "")
        self.previous_button.setEnabled(self.place > 0)
        self.next_button.setEnabled(self.place < len(self._items) - 1)
        self._make_views()

    def zoom(self, by: float) -> None:
        """Magnify all sides."""
        for view in self.views[:1]:
            view.zoom(by)

    def fit(self) -> None:
        """Show all sides whole."""
        for view in self.views:
            view.follow(1.0, 0.5, 0.5)

    def _tools(self) -> QHBoxLayout:
        self.previous_button = self._button(self.tr("&Previous"), "previous", lambda: self.go(-1), "Left")
        self.next_button = self._button(self.tr("&Next"), "next", lambda: self.go(1), "Right")
        self.out_button = self._button(self.tr("Zoom &out"), "zoom-out", lambda: self.zoom(1 / _STEP), "-")
        self.in_button = self._button(self.tr("Zoom &in"), "zoom-in", lambda: self.zoom(_STEP), "+")
        self.fit_button = self._button(self.tr("&Fit"), "fit", self.fit, "0")
        close = QPushButton(self.tr("&Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        for widget in (self.previous_button, self.next_button, self._count):
            row.addWidget(widget)
        row.addStretch(1)
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

    def _make_views(self) -> None:
        while (place := self._grid.takeAt(0)) is not None:
            old = place.widget()
            if old is not None:
                old.deleteLater()
        self.views = []
        for column, (title, path) in enumerate(self._items[self.place].sides):
            view = ZoomView(title)
            view.setProperty("path", path)
            view.moved.connect(self._on_moved)
            self.views.append(view)
            self._grid.addWidget(view, 0, column)
            self._grid.addWidget(ToneLabel(title, "muted"), 1, column)
        self._grid.setRowStretch(0, 1)
        self._show()

    def _show(self) -> None:
        for view in self.views:
            view.set_pixmap(self._thumbnails.get(str(view.property("path")), SIDE))

    def _on_moved(self, factor: float, x: float, y: float) -> None:
        for view in self.views:
            if view is not self.sender():
                view.follow(factor, x, y)

    def _on_ready(self, path: str, side: int) -> None:
        if side == SIDE and any(path == view.property("path") for view in self.views):
            self._show()
