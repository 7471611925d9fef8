"""The four pictures of a preview, side by side: original, training, serving and their difference."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.gui.inputs.preview_picture import PreviewPicture
from workbench.gui.inputs.preview_texts import side_text
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.errors import ErrorInfo
from workbench.spec.reading_preview import PixelDifference, ReadingPreview
from workbench.spec.row_summary import InputPreview

SIDE: Final = 640
"""Pixels the pictures are read at."""

_NARROW: Final = 360
"""Pixels of width below which they stand in two rows."""

_LEAST, _MOST, _GAP = 84, 230, 8
"""A picture's height in pixels, and what is between two."""


class PreviewPictures(QWidget):
    """Their height follows from the width alone: nothing moves when pictures or errors come."""

    enlarge_wanted = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        titles = (self.tr("Original"), self.tr("Training"), self.tr("Serving"), self.tr("Difference"))
        self.all = tuple(PreviewPicture(title, thumbnails, SIDE) for title in titles)
        self.original, self.training, self.serving, self.difference = self.all
        for picture in self.all:
            picture.enlarge_wanted.connect(self.enlarge_wanted)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._columns = 0
        self._arrange(4)

    def files(self) -> list[tuple[str, str]]:
        """The pictures that are there, as pairs of title and path."""
        return [(picture.title, picture.path) for picture in self.all if picture.path]

    def show_answer(self, answer: ReadingPreview) -> None:
        """Show what there is, and in the place of each that is not, why."""
        self.original.show_file(answer.source, "")
        _show_side(self.training, answer.training, answer.training_error)
        _show_side(self.serving, answer.serving, answer.serving_error)
        self._show_difference(answer.difference, answer.difference_error)

    def show_nothing(self) -> None:
        """The settings or the image cannot be read at all."""
        for picture in self.all[1:]:
            picture.show_word("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width()
        self._arrange(2 if room < _NARROW else 4)
        side = (room - _GAP * (self._columns - 1)) // self._columns
        for picture in self.all:
            picture.view.setFixedHeight(min(max(side, _LEAST), _MOST))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, picture in enumerate(self.all):
            self._grid.addWidget(picture, place // columns, place % columns)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def _show_difference(self, found: PixelDifference | None, error: ErrorInfo | None) -> None:
        if found is None:
            self.difference.show_word(error.message if error else self.tr("Nothing to compare"))
        elif found.exact:
            self.difference.show_word(self.tr("No difference"))
        else:
            caption = self.tr("{gain} times as bright").format(gain=found.gain) if found.gain > 1 else ""
            self.difference.show_file(found.path, caption)


def _show_side(picture: PreviewPicture, seen: InputPreview | None, error: ErrorInfo | None) -> None:
    if seen is not None:
        picture.show_file(seen.path, side_text(seen))
    else:
        picture.show_word(error.message if error else "")
