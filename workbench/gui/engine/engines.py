"""Submits jobs to the two engines and reports their errors. Base of the session."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.child_process import EndKind, ProcessEnd
from workbench.gui.engine.client import ENGINE_ENDED, EngineClient, EngineState
from workbench.gui.engine.job import EngineJob
from workbench.gui.notices import Notice, Severity
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Failed, Request


class EnginePair(QObject):
    """`engine` works on models, `deploy` on targets, so that a slow target holds up no prediction."""

    noticed = Signal(object)  # Notice
    job_started = Signal(object)  # Job

    def __init__(self, engine: EngineClient, deploy: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.deploy = deploy
        for client in (engine, deploy):
            client.job_started.connect(self._on_job_started)
            client.ended.connect(self._on_engine_ended)

    def ask(self, request: Request, title: str) -> EngineJob:
        """Send model work to the engine."""
        return self._watched(self.engine.send(request, title))

    @property
    def may_look(self) -> bool:
        """Whether something may be looked at: an engine that died is started again by the user, not for a look."""
        return self.engine.state is not EngineState.ENDED

    def look(self, request: Request) -> EngineJob:
        """As `submit`, for background queries: no title, and errors are left to the caller."""
        return self.engine.send(request, "")

    def ask_deploy(self, request: Request, title: str) -> EngineJob:
        """Send work on a target to the second engine, which starts with its first request."""
        return self._watched(self.deploy.send(request, title))

    def complain(self, error: ErrorInfo) -> None:
        """Show an error as one sentence."""
        self.noticed.emit(Notice(error.sentence()))

    def tell(self, text: str) -> None:
        """Show something worth knowing that is no error."""
        self.noticed.emit(Notice(text, Severity.INFO))

    def restart_engine(self) -> None:
        """Start both engines anew; the second only if it ran."""
        for client in (self.engine, self.deploy):
            client.restart()

    def log_lines(self) -> list[str]:
        """What both engines wrote to stderr."""
        return [*self.engine.log, *self.deploy.log]

    def _watched(self, job: EngineJob) -> EngineJob:
        job.ended.connect(self._on_job_ended)
        return job

    def _on_job_started(self, job: EngineJob) -> None:
        self.job_started.emit(job)

    def _on_job_ended(self, event: AnyEvent) -> None:
        # The engine's own end is told once, by `_on_engine_ended`, not once a job.
        if isinstance(event, Failed) and event.error.code != ENGINE_ENDED:
            self.complain(event.error)

    def _on_engine_ended(self, end: ProcessEnd) -> None:
        client = self.sender()
        if end.wanted or not isinstance(client, EngineClient):
            return
        if end.how is EndKind.IGNORED_CANCEL:
            client.start()
            self.tell(self.tr("{what} It has been started anew.").format(what=end.sentence()))
        else:
            self.noticed.emit(Notice(end.sentence(), restart=client))
