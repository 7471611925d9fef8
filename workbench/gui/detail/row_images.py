"""The chosen row's picture as its file has it, and beside it as the network sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut, QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.gui.detail.row_queries import PreviewQuery, RecordQuery
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.image_view import ImageView
from workbench.gui.widgets.tone_label import ElidedLabel
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import RecordRead
from workbench.spec.row_summary import InputPreview

if TYPE_CHECKING:
    from workbench.gui.detail.zoom_dialog import ZoomDialog

SIDE: Final = 640
"""Pixels the larger picture is read at."""


class RowImages(QWidget):
    """Two pictures with a line below each. The second one comes when the engine has made it."""

    def __init__(
        self, thumbnails: Thumbnails, looking: PreviewQuery, peeking: RecordQuery, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails, self._looking, self._peeking = thumbnails, looking, peeking
        self._row: ImageRow | None = None
        self.original, self.seen = ImageView(""), ImageView("")
        self.original.setAccessibleName(self.tr("Images"))
        self.seen.setAccessibleName(self.tr("Input preview"))
        self.original_word = ElidedLabel(self.tr("Original"), "muted", scale=0.92)
        self.seen_word = ElidedLabel(self.tr("Input preview"), "muted", scale=0.92)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(2)
        for column, (picture, word) in enumerate(
            ((self.original, self.original_word), (self.seen, self.seen_word)),
        ):
            layout.addWidget(picture, 0, column)
            layout.addWidget(word, 1, column)
            layout.setColumnStretch(column, 1)
        layout.setRowStretch(0, 1)
        for view in (self.original, self.seen):
            view.setToolTip(self.tr("Double-click to see the pixels and their values (F8)"))
            view.activated.connect(self.zoom)
        QShortcut(QKeySequence(Qt.Key.Key_F8), self).activated.connect(self.zoom)
        thumbnails.ready.connect(self._on_thumbnail)
        looking.came.connect(self._on_seen)
        peeking.came.connect(self._on_peeked)

    def show_row(self, row: ImageRow | None) -> None:
        """Show a row's pictures, or the empty state."""
        self._row = row
        self._show_original()
        self._show_seen()

    def zoom(self) -> ZoomDialog | None:
        """Open the row's pictures with the values of their pixels; None where there is no picture."""
        from workbench.gui.detail.zoom_dialog import ZoomDialog

        row = self._row
        path = self._picture_of(row) if row is not None else ""
        if row is None or not path:
            return None
        found = self._looking.get(row)
        seen = found[0] if found and not isinstance(found, ErrorInfo) else None
        dialog = ZoomDialog(row.name, path, seen, self._thumbnails, self.window())
        dialog.show()
        return dialog

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_seen()

    def _show_original(self) -> None:
        row = self._row
        path = self._picture_of(row) if row is not None else ""
        if row is None or not path:
            empty = self.tr("Select a row") if row is None else self._no_picture(row)
            self.original.set_pixmap(None, empty)
            self.original_word.set_text(self.tr("Original"))
            return
        pixmap = self._thumbnails.get(path, SIDE)
        read = self._thumbnails.has(path, SIDE)
        self.original.set_pixmap(pixmap, self.tr("This image cannot be displayed") if read else "")
        size = self._thumbnails.size_of(path)
        known = f"  {size.width()}×{size.height()}" if size.isValid() and not size.isEmpty() else ""
        self.original_word.set_text((self.tr("In the record") if row.records else self.tr("Original")) + known)

    def _picture_of(self, row: ImageRow) -> str:
        """The file to show: of a record the first picture in it, as soon as it is known."""
        if not row.records:
            return row.path
        found = self._peeking.get(row) if row.number else None
        values = found.record.values if isinstance(found, RecordRead) else ()
        return next((value.picture for value in values if value.picture), "")

    def _no_picture(self, row: ImageRow) -> str:
        return self.tr("A record of {file}: an instance, not an image file").format(file=Path(row.path).name)

    def _show_seen(self) -> None:
        row = self._row
        self.seen_word.set_text(self.tr("Input preview"))
        if row is None or (row.records and not row.number):
            self.seen.set_pixmap(None, "")
            return
        found = self._looking.get(row)
        if isinstance(found, ErrorInfo):
            self.seen.set_pixmap(None, found.message)
        elif found:
            self.seen.set_pixmap(QPixmap(found[0].path), "")
            self.seen_word.set_text(self.tr("Network: {facts}").format(facts=_facts(found[0])))
            self.seen_word.setToolTip("\n".join(_whole(one) for one in found))
        else:
            waits = self.tr("when the engine is free") if self._looking.waits else self.tr("loading...")
            self.seen.set_pixmap(None, self.tr("no image input") if found == () else waits)

    def _on_thumbnail(self, path: str, side: int) -> None:
        if self._row is not None and side == SIDE and path == self._picture_of(self._row):
            self._show_original()

    def _on_peeked(self, key: str) -> None:
        if self._row is not None and key == self._row.source and self._row.records:
            self._show_original()

    def _on_seen(self, key: str) -> None:
        # Out of sight nothing is asked anew: it is when somebody looks again.
        if self._row is not None and (key == self._looking.key(self._row) or (not key and self.isVisible())):
            self._show_seen()


def _facts(seen: InputPreview) -> str:
    height, width = seen.shape[:2]
    return f"{width}×{height}, {seen.low:.3g} ... {seen.high:.3g}"


def _whole(seen: InputPreview) -> str:
    mean = ", ".join(f"{value:.4g}" for value in seen.mean)
    shape = " × ".join(map(str, seen.shape))
    return f"{seen.alias}: {shape}; {seen.low:.6g} ... {seen.high:.6g}; mean {mean}"
