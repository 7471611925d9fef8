"""One picture of a preview with its title and caption; the last one stays until the next has been read."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.image_view import ImageView
from workbench.gui.widgets.tone_label import ElidedLabel, plain_tip


class PreviewPicture(QWidget):
    """Shows a file, or a text in its place; a double-click wants it large."""

    enlarge_wanted = Signal()

    def __init__(self, title: str, thumbnails: Thumbnails, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.path = title, ""
        self._thumbnails, self._side = thumbnails, side
        self.view = ImageView("")
        self.view.setMinimumHeight(64)
        self.view.setAccessibleName(title)
        self._title, self.caption = ElidedLabel(title, scale=0.92), ElidedLabel("", "muted", scale=0.92)
        for label in (self._title, self.caption):
            label.setMinimumWidth(20)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self.view)
        layout.addWidget(self.caption)
        thumbnails.ready.connect(self._on_ready)

    @property
    def word(self) -> str:
        """What stands in place of a picture."""
        return self.view.word

    def show_file(self, path: str, caption: str) -> None:
        """Show a file as soon as it has been read."""
        self.path = path
        self.caption.set_text(caption)
        self._set_tip(caption)
        self._show()

    def show_word(self, text: str, caption: str = "") -> None:
        """Show a text in the picture's place."""
        self.path = ""
        self.view.set_pixmap(None, text)
        self.caption.set_text(caption)
        self._set_tip(text)

    def _set_tip(self, text: str) -> None:
        self.view.setToolTip(plain_tip(text))
        self.view.setAccessibleDescription(text)

    def _show(self) -> None:
        pixmap = self._thumbnails.get(self.path, self._side)
        if pixmap is not None:
            self.view.set_pixmap(pixmap)
        elif self._thumbnails.has(self.path, self._side):
            self.view.set_pixmap(None, self.tr("This image cannot be displayed"))

    def _on_ready(self, path: str, side: int) -> None:
        if path and path == self.path and side == self._side:
            self._show()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarge_wanted.emit()
