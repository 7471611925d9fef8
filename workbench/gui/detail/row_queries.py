"""Background queries to the engine about the selected row, cached until the settings change."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from pathlib import Path
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.engine.job import EngineJob
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Failed, InputPreviewed, PreviewInput, ReadRecord, RecordRead, Request
from workbench.spec.project import Project
from workbench.spec.row_summary import InputPreview

Answer = TypeVar("Answer")

PAUSE_MS: Final = 180
"""How long a row stays selected before a query is sent, so that scrolling through rows sends none."""

KEPT: Final = 200


class EngineQuery(QObject, Generic[Answer]):
    """At most one question under way; `came` tells that an answer is there. What is asked, derived classes say."""

    came = Signal(str)  # the row's key; empty: all that was known is forgotten

    def __init__(self, session: ProjectSession, run: PredictionRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._run = session, run
        self._known: OrderedDict[str, Answer | ErrorInfo] = OrderedDict()
        self._wanted: ImageRow | None = None
        self._job: EngineJob | None = None
        self._turn = 0
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._ask)
        session.project_changed.connect(self._forget)
        session.opened.connect(self._forget)
        session.reread.connect(self._forget)
        run.given.changed.connect(self._forget)
        run.changed.connect(self._on_run_changed)

    @property
    def waits(self) -> bool:
        """Whether the engine has to end a run, or to be started again, before it can answer."""
        return self._run.running or not self._session.engines.may_look

    def get(self, row: ImageRow) -> Answer | ErrorInfo | None:
        """What is known; None where it has yet to be asked for, which then happens."""
        if self.key(row) in self._known:
            return self._known[self.key(row)]
        self._wanted = row
        self._soon.start()
        return None

    def key(self, row: ImageRow) -> str:
        """What an answer is kept under."""
        return row.source or row.path

    def _request(self, row: ImageRow, project: Project) -> Request:
        raise NotImplementedError

    def _answer(self, event: AnyEvent) -> Answer | None:
        """What an ending answers; None where it does not."""
        raise NotImplementedError

    def _let_go(self, answer: Answer) -> None:
        """An answer is forgotten: remove its files."""
        raise NotImplementedError

    def _ask(self) -> None:
        project, row = self._session.project, self._wanted
        free = self._job is None and not self._run.running and self._session.engines.may_look
        if project is None or row is None or not free or not self._run.ready:
            return
        self._wanted = None
        key, turn = self.key(row), self._turn
        self._job = self._session.engines.look(self._request(row, project))
        self._job.ended.connect(lambda event: self._on_ended(key, event, turn))

    def _on_ended(self, key: str, event: AnyEvent, turn: int) -> None:
        self._job = None
        answer = self._answer(event)
        if answer is not None and turn == self._turn:
            self._keep(key, answer)
        elif answer is not None:
            self._let_go(answer)
        elif isinstance(event, Failed) and turn == self._turn:
            self._keep(key, event.error)
        self._ask()

    def _keep(self, key: str, answer: Answer | ErrorInfo) -> None:
        self._known[key] = answer
        while len(self._known) > KEPT:
            self._drop(self._known.popitem(last=False)[1])
        self.came.emit(key)

    def _forget(self) -> None:
        self._turn += 1
        for answer in self._known.values():
            self._drop(answer)
        self._known.clear()
        self.came.emit("")

    def _drop(self, answer: Answer | ErrorInfo) -> None:
        if not isinstance(answer, ErrorInfo):
            self._let_go(answer)

    def _on_run_changed(self) -> None:
        if self._wanted is not None and not self._run.running and not self._soon.isActive():
            self._soon.start()


class PreviewQuery(EngineQuery[tuple[InputPreview, ...]]):
    """Answers are the pictures the engine has made, one a picture input."""

    def _request(self, row: ImageRow, project: Project) -> Request:
        folder = self._run.results.folder / "seen"
        folder.mkdir(exist_ok=True)
        return PreviewInput(
            id=0,
            project=project,
            base=self._session.base,
            source=row.path,
            folder=str(folder),
            record=row.number,
            values=self._run.given.values,
            features=self._run.given.matched([row.path]),
        )

    def _answer(self, event: AnyEvent) -> tuple[InputPreview, ...] | None:
        return event.seen if isinstance(event, InputPreviewed) else None

    def _let_go(self, answer: tuple[InputPreview, ...]) -> None:
        for seen in answer:
            for path in filter(None, (seen.path, seen.values)):
                Path(path).unlink(missing_ok=True)


class RecordQuery(EngineQuery[RecordRead]):
    """Answers are `RecordRead` events; the files they name lie in a folder of their own each, which goes with them."""

    _count = 0

    def _request(self, row: ImageRow, project: Project) -> Request:
        self._count += 1
        folder = self._run.results.folder / "records" / str(self._count)
        return ReadRecord(
            id=0,
            path=row.path,
            number=row.number,
            folder=str(folder),
            project=project,
            base=self._session.base,
            values=self._run.given.values,
        )

    def _answer(self, event: AnyEvent) -> RecordRead | None:
        return event if isinstance(event, RecordRead) else None

    def _let_go(self, answer: RecordRead) -> None:
        pictures = [value.picture for value in answer.record.values]
        for path in filter(None, (answer.request, *pictures)):
            shutil.rmtree(Path(path).parent, ignore_errors=True)
