"""Submits jobs to the two engines and reports their errors."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.client import EngineClient
from workbench.gui.engine.job import EngineJob
from workbench.gui.engine.state import ENGINE_ENDED, EndKind, EngineState, ProcessEnd
from workbench.gui.notices import Notice, Severity
from workbench.spec.messages import AnyEvent, Failed, Request


class EnginePair(QObject):
    """`models` works on models, `targets` on targets, so that a slow target holds up no prediction."""

    noticed = Signal(object)  # Notice
    job_started = Signal(object)  # EngineJob
    failed = Signal(object)  # ErrorInfo of a job that was asked for

    def __init__(self, engine: EngineClient, deploy: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.models, self.targets = engine, deploy
        for client in (engine, deploy):
            client.job_started.connect(self._on_job_started)
            client.ended.connect(self._on_engine_ended)

    def ask(self, request: Request, title: str) -> EngineJob:
        """Send model work to the engine."""
        return self._watched(self.models.send(request, title))

    @property
    def may_look(self) -> bool:
        """Whether something may be looked at: an engine that died is started again by the user, not for a look."""
        return self.models.state is not EngineState.ENDED

    def look(self, request: Request) -> EngineJob:
        """As `ask`, for background queries: no title, and errors are left to the caller."""
        return self.models.send(request, "")

    def ask_deploy(self, request: Request, title: str) -> EngineJob:
        """Send work on a target to the second engine, which starts with its first request."""
        return self._watched(self.targets.send(request, title))

    def tell(self, text: str) -> None:
        """Show something worth knowing that is no error."""
        self.noticed.emit(Notice(text, Severity.INFO))

    def restart_engine(self) -> None:
        """Start both engines anew; the second only if it ran."""
        for client in (self.models, self.targets):
            client.restart()

    def log_lines(self) -> list[str]:
        """What both engines wrote to stderr."""
        return [*self.models.log, *self.targets.log]

    def _watched(self, job: EngineJob) -> EngineJob:
        job.ended.connect(self._on_job_ended)
        return job

    def _on_job_started(self, job: EngineJob) -> None:
        self.job_started.emit(job)

    def _on_job_ended(self, event: AnyEvent) -> None:
        # The engine's own end is told once, by `_on_engine_ended`, not once a job.
        if isinstance(event, Failed) and event.error.code != ENGINE_ENDED:
            self.failed.emit(event.error)

    def _on_engine_ended(self, end: ProcessEnd) -> None:
        client = self.sender()
        if end.wanted or not isinstance(client, EngineClient):
            return
        if end.how is EndKind.IGNORED_CANCEL:
            client.start()
            self.tell(self.tr("{what} It has been restarted.").format(what=end.sentence()))
        else:
            self.noticed.emit(Notice(end.sentence(), restart=client))
