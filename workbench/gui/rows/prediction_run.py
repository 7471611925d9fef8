"""Model of the Test tab: files, values, the running job and its state. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.engine.job import EngineJob
from workbench.gui.engine.state import ENGINE_ENDED, EngineState
from workbench.gui.folder_scanner import FolderScanner
from workbench.gui.progress_text import RateEstimator
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.answer_intake import AnswerIntake
from workbench.gui.rows.format_inquiry import FormatInquiry
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.input_values import InputValues
from workbench.gui.rows.prediction_request import prediction_request, prediction_settings, prediction_title
from workbench.gui.rows.result_files import ResultFiles
from workbench.gui.rows.rows_model import RowsModel
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.values import value_feeds
from workbench.spec.messages import AnyEvent, Failed, RowsDone, RowSummaries
from workbench.spec.preprocess import Formats
from workbench.spec.reply_keys import ReplyKeys

AT_ONCE: Final = 10_000
"""Images one job takes: a request with 100 000 paths would be felt as it is written."""


class PredictionRun(QObject):
    """Keeps rows, values and the running job; `changed` tells that any of what it says is new."""

    changed = Signal()

    def __init__(self, session: ProjectSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.thumbnails = Thumbnails(self)
        self.model = RowsModel(self.thumbnails, self)
        self.given = InputValues(self)
        self.results = ResultFiles()
        self.intake = AnswerIntake(self.model)
        self.seconds = 0.0
        self.compare = False
        self._job: EngineJob | None = None
        self._asked: tuple[object, ...] = ()
        self._shown: tuple[object, ...] = ()
        self._halted = self._died = self._switching = False
        self.formats = FormatInquiry(session, self.model, self)
        # Rows may come a thousand events a second; the window is told some ten times.
        self._soon = QTimer(self, singleShot=True, interval=100)
        self._soon.timeout.connect(self.changed)
        self._finder = FolderScanner(self)
        self._finder.found.connect(self._on_found)
        self.given.changed.connect(self.changed)
        session.project_changed.connect(self._on_project_changed)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_opened)
        session.renewed.connect(self._on_renewed)
        session.files.changed.connect(self.changed)
        session.engines.models.state_changed.connect(self._on_engine_state)

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._job is not None

    @property
    def job(self) -> EngineJob | None:
        """The job under way."""
        return self._job

    @property
    def pace(self) -> RateEstimator:
        """How fast rows come."""
        return self.intake.pace

    @property
    def ready(self) -> bool:
        """Whether a prediction could be asked for."""
        return self._session.project is not None and not self._session.held and not self._session.problems()

    @property
    def takes_pictures(self) -> bool:
        """Whether the signature has a key for a picture: without one only files of records can be predicted."""
        return bool(self._session.composition and self._session.composition.image_alias)

    @property
    def stale(self) -> bool:
        """Whether the rows were predicted with another model, settings or values than those of now."""
        changed = self._shown != prediction_settings(self._session, self.given)
        return bool(self._shown) and (changed or bool(self._session.files.outdated))

    def add(self, paths: Iterable[str]) -> None:
        """Add images and what is in folders; they are predicted as soon as that is possible."""
        self._halted = False
        self._finder.look(paths)

    def run_again(self, rows: Iterable[ImageRow] | None = None) -> None:
        """Predict all rows anew, or some."""
        self._halted = False
        self.model.reset_answers(rows)
        if rows is None and self._job is None:
            self.results.drop_before(self.intake.file + 1)
        self._start()

    def go_on(self) -> None:
        """Predict what still waits."""
        self._halted = False
        self._start()

    def answer(self, formats: Formats | None) -> None:
        """Go on after the question about formats; `formats` are the project's from now on, `None`: as they are."""
        self.formats.answer(formats)
        self._start()

    def cancel(self) -> None:
        """Stop the running job, or what would go on with a new engine; rows that have come stay."""
        self._halted, self._died = True, False
        if self._job is not None:
            self._job.cancel()

    def clear(self) -> None:
        """Take all rows away."""
        self.cancel()
        self.model.clear()
        self.formats.withdraw()
        self.thumbnails.forget()
        self.given.forget()
        self._shown, self.seconds = (), 0.0
        self.changed.emit()

    def remove(self, paths: set[str]) -> None:
        """Take some files away."""
        self.model.remove(paths)
        self.changed.emit()

    def set_compare(self, compare: bool) -> None:
        """Whether the next run asks the original model as well."""
        self.compare = compare
        self.changed.emit()

    def missing(self) -> list[str]:
        """Request keys that images need a value for and have none yet. Records bring their own."""
        return self.given.missing(value_feeds(self._session.composition)) if self.model.has_images() else []

    def matched(self, paths: Iterable[str] | None = None) -> dict[str, dict[str, object]]:
        """The single values of some images, or of all there are."""
        return self.given.matched((row.path for row in self.model.rows) if paths is None else paths)

    def close(self) -> None:
        """Let the threads end, and the kept rows go."""
        self._finder.close()
        self.thumbnails.close()
        self.results.close()

    def _on_found(self, paths: list[str]) -> None:
        if self.model.add(paths):
            self.changed.emit()
        self._start()

    def _start(self) -> None:
        # The list is walked through only when it is needed: batches of found files come while a job runs.
        free = self._job is None and not self._halted and self.ready
        waiting = self._next() if free else ()
        if waiting and not self.formats.waits():
            self._send(waiting)
        self.changed.emit()

    def _send(self, waiting: tuple[str, ...]) -> None:
        file = self.results.next()
        self.intake.begin(waiting, file)
        request = prediction_request(
            self._session,
            self.given,
            waiting,
            reading=self.model.reading,
            results=self.results.path(file),
            compare=self.compare,
        )
        self._asked = prediction_settings(self._session, self.given)
        self._job = self._session.ask(request, prediction_title(waiting))
        self._job.briefs_came.connect(self._on_briefs)
        self._job.ended.connect(self._on_ended)
        if self.intake.of_records:
            self._job.progressed.connect(self.intake.on_progress)

    def _next(self) -> tuple[str, ...]:
        """What one job takes: all images that wait, or one file of records, whose rows are counted as they come."""
        images = self.model.waiting(records=False) if self.takes_pictures and not self.missing() else []
        return tuple(images[:AT_ONCE] or self.model.waiting(records=True)[:1])

    def _on_briefs(self, event: RowSummaries) -> None:
        if not self.intake.take(event):
            return
        self._shown = self._asked
        if not self._soon.isActive():
            self._soon.start()

    def _on_ended(self, event: AnyEvent) -> None:
        job, self._job = self._job, None
        ours, self._switching = self._switching, False
        if isinstance(event, RowsDone):
            self.seconds = event.seconds
        if self.intake.end(event):
            self._start()
            return
        # After an error the next try is the user's; after a cancel too, unless it was ours for another model.
        cancelled = job is not None and job.cancelling and not ours
        self._halted = self._halted or isinstance(event, Failed) or cancelled
        self._died = isinstance(event, Failed) and event.error.code == ENGINE_ENDED
        self._start()

    def _on_project_changed(self) -> None:
        session = self._session
        self.model.set_reading(ReplyKeys.of(session.facts, session.project, session.composition))
        self.changed.emit()

    def _on_opened(self) -> None:
        # Another model: what the last one said must not stand beside its name.
        self._shown, self.intake.sent, self._halted = (), (), False
        self.formats.begin_anew()
        self.model.reset_answers()
        if self._job is not None:
            self._switching = True
            self._job.cancel()
            self.changed.emit()
        else:
            self._start()

    def _on_renewed(self) -> None:
        # Consent or a Python file has come: what could not be predicted may be tried again.
        self.go_on()

    def _on_engine_state(self, state: EngineState) -> None:
        # Started anew after it had died under a job: what was not answered follows of itself.
        if state is EngineState.STARTING and self._died:
            self._died = False
            QTimer.singleShot(0, self, self.go_on)
