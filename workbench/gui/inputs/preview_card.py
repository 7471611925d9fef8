"""The card that shows, for the settings as they are typed, how training and serving read a sample image."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QPushButton, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.inputs.picture_folder import PictureFolder
from workbench.gui.inputs.preview_picture import PreviewPicture
from workbench.gui.inputs.preview_texts import difference_text, side_text, values_of
from workbench.gui.inputs.reading_query import ReadingQuery, paths_of
from workbench.gui.project.session import ProjectSession
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.card import Card, row
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import PreviewReading
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.reading_preview import PixelDifference, ReadingPreview
from workbench.spec.row_summary import InputPreview

SIDE: Final = 640
"""Pixels the pictures are read at."""

_NARROW: Final = 360
"""Pixels of width below which the four pictures stand in two rows."""

_LEAST, _MOST, _GAP, _LINES = 84, 230, 8, 2
"""A picture's height in pixels, what is between two, and the lines of text that the numbers have room for."""


class ReadingPreviewCard(Card):
    """Original, training, serving and their difference. Nothing is asked while the card is out of sight."""

    compare_wanted = Signal()
    enlarge_wanted = Signal(str, object)  # the file's name; the pictures as pairs of title and path

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Preview"), "test", parent)
        self._session = session
        self.folder, self.thumbnails = PictureFolder(), Thumbnails(self)
        self.query = ReadingQuery(session.engines, self.folder, self)
        self._reading: tuple[Project, Preprocess, TensorFacts] | None = None
        self._answer: ReadingPreview | None = None
        self._dropped = self._chosen = ""
        self._make_widgets()
        self._lay_out()
        self.query.came.connect(self._on_came)
        self.query.busy_changed.connect(self._on_busy)
        session.opened.connect(self._on_opened)

    def _make_widgets(self) -> None:
        def picture(title: str) -> PreviewPicture:
            made = PreviewPicture(title, self.thumbnails, SIDE)
            made.enlarge_wanted.connect(self._on_enlarge)
            return made

        self.original, self.training = picture(self.tr("Original")), picture(self.tr("Training"))
        self.serving, self.difference = picture(self.tr("Serving")), picture(self.tr("Difference"))
        self.source_word = ElidedLabel("", "muted", scale=0.92)
        self.busy_word = ToneLabel("", "muted", scale=0.92)
        self.word = ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self.word.setMinimumHeight(self.word.fontMetrics().lineSpacing() * _LINES)
        self.compare_button = QPushButton(self.tr("Compare ima&ge loading..."))
        self.choose_button = QPushButton(self.tr("Choose &image..."))
        self.enlarge_button = QToolButton()
        self.enlarge_button.setAccessibleName(self.tr("Enlarge the images"))
        self.enlarge_button.setToolTip(self.tr("Enlarge the images (double-click on one)"))
        for button, icon in (
            (self.compare_button, "compare"),
            (self.choose_button, "open"),
            (self.enlarge_button, "zoom-in"),
        ):
            icons.put(button, icon)
        self.compare_button.clicked.connect(self.compare_wanted)
        self.choose_button.clicked.connect(self._on_choose)
        self.enlarge_button.clicked.connect(self._on_enlarge)

    @property
    def pictures(self) -> tuple[PreviewPicture, ...]:
        """The four, from left to right."""
        return self.original, self.training, self.serving, self.difference

    @property
    def source(self) -> str:
        """The image that is shown; empty before the first answer."""
        return self._answer.source if self._answer else ""

    def _lay_out(self) -> None:
        # The title's stretch gives way: the name has the room that is left, and its place on the right.
        self.head.takeAt(self.head.count() - 1)
        self.head.addWidget(self.source_word, 1)
        self.head.addWidget(self.busy_word)
        self._grid = QGridLayout()
        self._grid.setSpacing(_GAP)
        self._columns = 0
        self._arrange(4)
        self.body.addLayout(self._grid)
        self.body.addLayout(row(self.compare_button, self.choose_button, self.enlarge_button))
        self.body.addWidget(self.word)  # Last: a long error moves no button.
        self.enlarge_button.setEnabled(False)
        self.compare_button.setEnabled(False)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, picture in enumerate(self.pictures):
            self._grid.addWidget(picture, place // columns, place % columns)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margins = self.body.contentsMargins()
        room = event.size().width() - margins.left() - margins.right()
        self._arrange(2 if room < _NARROW else 4)
        side = (room - _GAP * (self._columns - 1)) // self._columns
        for picture in self.pictures:
            picture.view.setFixedHeight(min(max(side, _LEAST), _MOST))

    def set_dropped(self, path: str) -> None:
        """The first image that the user dropped; empty where there is none."""
        if path != self._dropped:
            self._dropped = path
            self._ask()

    def show_reading(self, project: Project, preprocess: Preprocess, tensor: TensorFacts) -> None:
        """Preview these settings for a model input, now or when the card is in sight."""
        self._reading = (project, preprocess, tensor)
        self._ask()

    def close_files(self) -> None:
        """Let the reading end, and remove the pictures."""
        self.query.forget()
        self.thumbnails.close()
        self.folder.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.query.rest()

    def _ask(self) -> None:
        if self._reading is None or not self.isVisible():
            return
        project, preprocess, tensor = self._reading
        try:
            folder = self.folder.path()
        except OSError as err:
            self._on_came(ErrorInfo("CANNOT_WRITE", f"No folder can be made for previews: {err.strerror or err}."))
            return
        request = PreviewReading(
            id=0,
            preprocess=preprocess,
            training=project.check.training,
            tensor=tensor,
            base=self._session.base,
            sources=tuple(self._sources(project)),
            folder=folder,
        )
        self.query.ask(request)

    def _sources(self, project: Project) -> Iterable[str]:
        """Where the sample image may be: chosen, dropped, else the project's own examples."""
        yield from filter(None, (self._chosen, self._dropped))
        base = Path(self._session.base)
        yield from (str(base / name) for name in (*project.export.examples, *project.check.images))

    def _on_opened(self) -> None:
        self._chosen = ""

    def _on_busy(self, busy: bool) -> None:
        self.busy_word.setText(self.tr("Updating...") if busy else "")

    def _on_came(self, answer: ReadingPreview | ErrorInfo) -> None:
        old = tuple(paths_of(self._answer))
        self._answer = answer if isinstance(answer, ReadingPreview) else None
        if isinstance(answer, ReadingPreview):
            self._show(answer)
        else:
            self._show_error(answer)
        self.enlarge_button.setEnabled(bool(self._answer and (self._answer.training or self._answer.serving)))
        self.compare_button.setEnabled(self._answer is not None)
        self.folder.drop(old)

    def _show(self, answer: ReadingPreview) -> None:
        self.source_word.set_text(Path(answer.source).name)
        self.original.show_file(answer.source, "")
        _show_side(self.training, answer.training, answer.training_error)
        _show_side(self.serving, answer.serving, answer.serving_error)
        self._show_difference(answer.difference, answer.difference_error)
        error = answer.serving_error or answer.training_error or answer.difference_error
        if answer.difference is not None:
            exact = answer.difference.exact
            self._say(difference_text(answer.difference, values_of(answer)), "ok" if exact else "warn")
        elif error is not None:
            proven = error is not answer.training_error or not error.message.startswith("Not proved")
            self._say(error.sentence(), "error" if proven else "warn")

    def _show_difference(self, found: PixelDifference | None, error: ErrorInfo | None) -> None:
        if found is None:
            self.difference.show_word(error.message if error else self.tr("Nothing to compare"))
        elif found.exact:
            self.difference.show_word(self.tr("No difference"))
        else:
            caption = self.tr("{gain} times as bright").format(gain=found.gain) if found.gain > 1 else ""
            self.difference.show_file(found.path, caption)

    def _show_error(self, error: ErrorInfo) -> None:
        for picture in (self.training, self.serving, self.difference):
            picture.show_word("")
        self._say(error.sentence(), "error")

    def _say(self, text: str, tone: str) -> None:
        self.word.set_tone(tone)
        self.word.setText(text)

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a sample image"), self._session.folder)
        dialog.setNameFilters([self.tr("Images (*.jpg *.jpeg *.png *.gif *.bmp *.webp)"), self.tr("All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def choose(self, path: str) -> None:
        """Show this image until another model is opened."""
        self._chosen = path
        self._ask()

    def _on_enlarge(self) -> None:
        if self._answer is not None and self.enlarge_button.isEnabled():
            sides = [(picture.title, picture.path) for picture in self.pictures if picture.path]
            self.enlarge_wanted.emit(Path(self._answer.source).name, sides)


def _show_side(picture: PreviewPicture, seen: InputPreview | None, error: ErrorInfo | None) -> None:
    if seen is not None:
        picture.show_file(seen.path, side_text(seen))
    else:
        picture.show_word(error.message if error else "")
