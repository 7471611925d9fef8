"""Images the gate names, the worst first: original, training path, serving path and difference side by side."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.texts import tr
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.image_view import ImageView
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel, plain_tip
from workbench.spec.evidence import short_source
from workbench.spec.report import EvidenceImage, EvidenceImages

if TYPE_CHECKING:
    from workbench.gui.gate.image_comparison import ImageComparisonDialog

SIDE: Final = 240
"""Pixels the pictures of a strip are read at."""

_HEIGHT: Final = 128
SHOWN: Final = 40
"""Strips made at most; the dialog goes through all images."""


@dataclass(frozen=True)
class ImageSides:
    """An image with the files of its sides, each under its words."""

    source: str
    caption: str
    sides: tuple[tuple[str, str], ...]


def compared(picture: EvidenceImage, folder: str) -> ImageSides:
    """The sides of a picture that there are. Names that are paths are left out: a report may come from anywhere."""
    names = (
        (tr("Gate", "Original"), picture.original),
        (tr("Gate", "Training path"), picture.training),
        (tr("Gate", "Serving path"), picture.serving),
        (tr("Gate", "Difference"), picture.difference),
    )
    plain = [(title, name) for title, name in names if name and os.path.basename(name) == name]
    return ImageSides(picture.source, picture.caption, tuple((t, os.path.join(folder, n)) for t, n in plain))


class EvidenceImagesView(QWidget):
    """A strip an image; a click opens them large."""

    def __init__(
        self, pictures: EvidenceImages, folder: str, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        worst = sorted(pictures.items, key=lambda item: -item.value)
        self.items = [compared(item, folder) for item in worst]
        self.strips = [ImageStrip(item, thumbnails) for item in self.items[:SHOWN]]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for place, strip in enumerate(self.strips):
            strip.clicked.connect(lambda _=False, place=place: self.compare(place))
            layout.addWidget(strip)
        if len(self.items) > SHOWN:
            text = self.tr("{n} more: open one and page through them.")
            layout.addWidget(ToneLabel(text.format(n=len(self.items) - SHOWN), "muted"))

    def compare(self, place: int) -> ImageComparisonDialog:
        """Open an image large."""
        from workbench.gui.gate.image_comparison import ImageComparisonDialog

        dialog = ImageComparisonDialog(self.items, place, self._thumbnails, self.window())
        dialog.show()
        return dialog


class ImageStrip(QPushButton):
    """One image's sides; a button, so that keyboard and screen reader can open it, too."""

    def __init__(self, item: ImageSides, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item, self._thumbnails = item, thumbnails
        self.setFlat(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Compare {name}").format(name=item.source))
        self.setAccessibleDescription(item.caption)
        self.setToolTip(plain_tip(item.source))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pictures = [ImageView("") for _ in item.sides]
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 6, 6, 6)
        self._column.setSpacing(4)
        self._column.addLayout(self._head())
        self._column.addLayout(self._sides())
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            # Within a button labels would take the button's own colour.
            child.setForegroundRole(QPalette.ColorRole.WindowText)
        thumbnails.ready.connect(self._on_ready)
        self._show()

    def sizeHint(self) -> QSize:
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._column.minimumSize()

    def _head(self) -> QHBoxLayout:
        name, caption = ElidedLabel("", bold=True), ElidedLabel("", "muted")
        # Its folder is often its class; the whole path is in the tool tip.
        name.set_text(short_source(self._item.source))
        caption.set_text(self._item.caption)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(name)
        head.addWidget(caption, 1)
        return head

    def _sides(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for (title, _), picture in zip(self._item.sides, self._pictures, strict=True):
            picture.setFixedHeight(_HEIGHT)
            picture.setMinimumWidth(60)
            picture.setMaximumWidth(_HEIGHT * 2)
            column = QVBoxLayout()
            column.setSpacing(2)
            word = ToneLabel(title, "muted", scale=0.9)
            column.addWidget(picture)
            column.addWidget(word)
            row.addLayout(column)
        if len(self._pictures) < 4:
            row.addStretch(4 - len(self._pictures))
        return row

    def _show(self) -> None:
        for (_, path), picture in zip(self._item.sides, self._pictures, strict=True):
            pixmap = self._thumbnails.get(path, SIDE)
            read = self._thumbnails.has(path, SIDE)
            picture.set_pixmap(pixmap, self.tr("not available") if read else "")

    def _on_ready(self, path: str, side: int) -> None:
        if side == SIDE and any(path == mine for _, mine in self._item.sides):
            self._show()
