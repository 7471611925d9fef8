"""The card that shows, for the settings as they are typed, how training and serving read a sample image."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QPushButton, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.inputs.picture_folder import PictureFolder
from workbench.gui.inputs.preview_pictures import PreviewPictures
from workbench.gui.inputs.preview_texts import difference_text, values_of
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
from workbench.spec.reading_preview import ReadingPreview

_LINES: Final = 2
"""Lines of text that the numbers have room for."""

NOT_PROVED: Final = ("NO_OPENCV", "OTHER_OPENCV", "NO_SKIMAGE")
"""Errors of a library that is not installed: nothing is wrong with the settings."""


class ReadingPreviewCard(Card):
    """Nothing is asked while the card is out of sight."""

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
        self._connect()

    def _make_widgets(self) -> None:
        self.pictures = PreviewPictures(self.thumbnails)
        self.source_word = ElidedLabel("", "muted", scale=0.92)
        self.busy_word = ToneLabel("", "muted", scale=0.92)
        self.word = ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self.word.setMinimumHeight(self.word.fontMetrics().lineSpacing() * _LINES)
        self.compare_button = QPushButton(self.tr("Co&mpare image loading..."))
        self.choose_button = QPushButton(self.tr("Choose im&age..."))
        self.enlarge_button = QToolButton()
        self.enlarge_button.setAccessibleName(self.tr("Enlarge the images"))
        self.enlarge_button.setToolTip(self.tr("Enlarge the images: double-click on one (Ctrl+I)"))
        self.enlarge_button.setShortcut("Ctrl+I")
        icons.put(self.compare_button, "compare")
        icons.put(self.choose_button, "open")
        icons.put(self.enlarge_button, "zoom-in")
        self._enable()

    def _lay_out(self) -> None:
        # The title's stretch gives way: the name has the room that is left, and its place on the right.
        self.head.takeAt(self.head.count() - 1)
        self.head.addWidget(self.source_word, 1)
        self.head.addWidget(self.busy_word)
        self.body.addWidget(self.pictures)
        self.body.addLayout(row(self.compare_button, self.choose_button, self.enlarge_button))
        self.body.addWidget(self.word)  # Last: a long error moves no button.

    def _connect(self) -> None:
        self.query.came.connect(self._on_came)
        self.query.busy_changed.connect(self._on_busy)
        self._session.opened.connect(self._on_opened)
        self.compare_button.clicked.connect(self.compare_wanted)
        self.choose_button.clicked.connect(self._on_choose)
        self.enlarge_button.clicked.connect(self._on_enlarge)
        self.pictures.enlarge_wanted.connect(self._on_enlarge)

    @property
    def source(self) -> str:
        """The image that is shown; empty before the first answer."""
        return self._answer.source if self._answer else ""

    def set_dropped(self, path: str) -> None:
        """The first image that the user dropped; empty where there is none."""
        if path != self._dropped:
            self._dropped = path
            self._ask()

    def choose(self, path: str) -> None:
        """Show this image until another model is opened."""
        self._chosen = path
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
            self.source_word.set_text(Path(answer.source).name)
            self.pictures.show_answer(answer)
            self._tell(answer)
        else:
            self.pictures.show_nothing()
            self._say(answer.sentence(), "error")
        self._enable()
        self.folder.drop(old)

    def _tell(self, answer: ReadingPreview) -> None:
        """The numbers, or why there are none."""
        error = answer.serving_error or answer.training_error or answer.difference_error
        if answer.difference is not None:
            tone = "ok" if answer.difference.exact else "warn"
            self._say(difference_text(answer.difference, values_of(answer)), tone)
        elif error is not None:
            self._say(error.sentence(), "warn" if error.code in NOT_PROVED else "error")

    def _say(self, text: str, tone: str) -> None:
        self.word.set_tone(tone)
        self.word.setText(text)

    def _enable(self) -> None:
        self.enlarge_button.setEnabled(bool(self._answer and (self._answer.training or self._answer.serving)))
        self.compare_button.setEnabled(self._answer is not None)

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a sample image"), self._session.folder)
        dialog.setNameFilters([self.tr("Images (*.jpg *.jpeg *.png *.gif *.bmp *.webp)"), self.tr("All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_enlarge(self) -> None:
        if self._answer is not None and self.enlarge_button.isEnabled():
            self.enlarge_wanted.emit(Path(self._answer.source).name, self.pictures.files())
