"""What the network sees of the chosen picture: asked of the engine when it has time, kept until settings change."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.job import Job
from workbench.gui.rows import ImageRow
from workbench.gui.session import Session
from workbench.gui.test_run import TestRun
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Failed, Look, Looked
from workbench.spec.seen import Seen

PAUSE_MS: Final = 180
"""How long a row has to stay chosen: whoever walks through the list does not want every picture."""

KEPT: Final = 200


class Looking(QObject):
    """At most one question under way; `came` tells that an answer is there."""

    came = Signal(str)  # path

    def __init__(self, session: Session, run: TestRun, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._run = session, run
        self._seen: OrderedDict[str, tuple[Seen, ...] | ErrorInfo] = OrderedDict()
        self._wanted = ""
        self._job: Job | None = None
        self._turn = 0
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._ask)
        session.project_changed.connect(self._forget)
        session.opened.connect(self._forget)
        run.given.changed.connect(self._forget)
        run.changed.connect(self._on_run_changed)

    @property
    def waits(self) -> bool:
        """Whether the engine has to end a run, or to be started again, before it can answer."""
        return self._run.running or not self._session.may_look

    def get(self, row: ImageRow) -> tuple[Seen, ...] | ErrorInfo | None:
        """What is known; None where it has yet to be asked for, which then happens."""
        if row.path in self._seen:
            return self._seen[row.path]
        self._wanted = row.path
        self._soon.start()
        return None

    def _ask(self) -> None:
        project = self._session.project
        free = self._job is None and not self._run.running and self._session.may_look
        if project is None or not self._wanted or not free or not self._run.ready:
            return
        path, self._wanted = self._wanted, ""
        folder = self._run.results.folder / "seen"
        folder.mkdir(exist_ok=True)
        request = Look(
            id=0,
            project=project,
            base=self._session.base,
            source=path,
            folder=str(folder),
            values=self._run.given.values,
            features=self._run.given.matched([path]),
        )
        turn = self._turn
        job = self._session.look(request)
        self._job = job
        job.ended.connect(lambda event: self._on_ended(path, event, turn))

    def _on_ended(self, path: str, event: AnyEvent, turn: int) -> None:
        self._job = None
        if turn == self._turn:
            if isinstance(event, Looked):
                self._keep(path, event.seen)
            elif isinstance(event, Failed):
                self._keep(path, event.error)
        self._ask()

    def _keep(self, path: str, seen: tuple[Seen, ...] | ErrorInfo) -> None:
        self._seen[path] = seen
        while len(self._seen) > KEPT:
            _, old = self._seen.popitem(last=False)
            _remove(old)
        self.came.emit(path)

    def _forget(self) -> None:
        self._turn += 1
        for old in self._seen.values():
            _remove(old)
        self._seen.clear()
        self.came.emit("")

    def _on_run_changed(self) -> None:
        if self._wanted and not self._run.running and not self._soon.isActive():
            self._soon.start()


def _remove(old: tuple[Seen, ...] | ErrorInfo) -> None:
    for seen in old if isinstance(old, tuple) else ():
        Path(seen.path).unlink(missing_ok=True)
