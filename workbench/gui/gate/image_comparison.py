"""The images of one piece of evidence, one at a time and large: all sides show the same part at the same size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.linked_zoom import LinkedZoomDialog
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel

if TYPE_CHECKING:
    from workbench.gui.gate.evidence_images import ImageSides

SIDE: Final = 1600
"""Pixels the pictures are read at: larger than the model's, small enough for a phone's camera."""


class ImageComparisonDialog(LinkedZoomDialog):
    """Wheel and drag in one picture move all; arrow keys go from image to image."""

    def __init__(
        self, items: Sequence[ImageSides], place: int, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._items, self._thumbnails = items, thumbnails
        self.place = place
        self._name, self._caption = ElidedLabel("", bold=True), ElidedLabel("", "muted")
        self._count = ToneLabel("", "muted")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._name)
        layout.addWidget(self._caption)
        layout.addLayout(self.grid, 1)
        self.previous_button = self.tool_button(self.tr("&Previous"), "previous", lambda: self.go(-1), "Left")
        self.next_button = self.tool_button(self.tr("&Next"), "next", lambda: self.go(1), "Right")
        layout.addLayout(self.tool_row((self.previous_button, self.next_button, self._count), stretched=-1))
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

    def _make_views(self) -> None:
        while (place := self.grid.takeAt(0)) is not None:
            old = place.widget()
            if old is not None:
                old.deleteLater()
        self.views = []
        for title, path in self._items[self.place].sides:
            self.add_view(title).setProperty("path", path)
        self._show()

    def _show(self) -> None:
        for view in self.views:
            view.set_pixmap(self._thumbnails.get(str(view.property("path")), SIDE))

    def _on_ready(self, path: str, side: int) -> None:
        if side == SIDE and any(path == view.property("path") for view in self.views):
            self._show()
