"""The selected row of the Test tab: its picture larger, with its whole reply."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from workbench.gui.rows import ImageRow, State
from workbench.gui.texts import json_text, seconds_text, size_text
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.picture import Picture
from workbench.gui.widgets.tone_label import ElidedLabel

SIDE: Final = 640
"""Pixels the larger picture is read at."""


class DetailPane(QWidget):
    """Picture above, facts, prediction JSON below."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._row: ImageRow | None = None
        self._picture = Picture(self.tr("Choose a row in the list"))
        self._name = ElidedLabel("", bold=True)
        self._facts = ElidedLabel("", "muted")
        self.reply = CopyText(self.tr("Reply"), self.tr("Reply as JSON"), wrap=True)
        self.reply.set_placeholder(self.tr("The whole prediction of the chosen row stands here."))
        top = QWidget()
        upper = QVBoxLayout(top)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(4)
        upper.addWidget(self._picture, 1)
        upper.addSpacing(4)
        upper.addWidget(self._name)
        upper.addWidget(self._facts)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(top)
        splitter.addWidget(self.reply)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.setSizes([260, 220])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        thumbnails.ready.connect(self._on_picture)
        self.show_row(None)

    def show_row(self, row: ImageRow | None) -> None:
        """Show an image, or the empty state."""
        self._row = row
        self._name.set_text(row.name if row else "")
        self._facts.set_text(self._facts_of(row) if row else "")
        self.reply.set_text(_reply(row))
        self._show_picture()

    def _show_picture(self) -> None:
        if self._row is None:
            self._picture.set_pixmap(None, self.tr("Choose a row in the list"))
            return
        if self._row.records:
            self._picture.set_pixmap(
                None,
                self.tr("A record of {file}: an instance, not a picture file").format(file=Path(self._row.path).name),
            )
            return
        pixmap = self._thumbnails.get(self._row.path, SIDE)
        read = self._thumbnails.has(self._row.path, SIDE)
        self._picture.set_pixmap(pixmap, self.tr("This picture cannot be shown") if read else "")

    def _facts_of(self, row: ImageRow) -> str:
        parts = []
        size = self._thumbnails.size_of(row.path)
        if size.isValid() and not size.isEmpty():
            parts.append(f"{size.width()}×{size.height()}")
        try:
            parts.append(size_text(Path(row.path).stat().st_size))
        except OSError:
            parts.append(self.tr("gone from the disk"))
        if row.answer is not None and row.state is State.DONE and row.answer.milliseconds:
            parts.append(seconds_text(row.answer.milliseconds / 1000))
        return "  ·  ".join([*parts, str(Path(row.path).parent)])

    def _on_picture(self, path: str, side: int) -> None:
        if self._row is not None and path == self._row.path and side == SIDE:
            self._show_picture()
            self._facts.set_text(self._facts_of(self._row))


def _reply(row: ImageRow | None) -> str:
    if row is None or row.answer is None:
        return ""
    if row.answer.error is not None:
        error = {"code": row.answer.error.code, "message": row.answer.error.message}
        return json_text({"error": error})
    return json_text(row.answer.prediction)
