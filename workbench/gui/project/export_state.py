"""Where the open project's export is: not made yet, made from the current settings, or made from earlier ones."""

from __future__ import annotations

import enum

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.job import EngineJob
from workbench.gui.project.session import ProjectSession
from workbench.spec.messages import AnyEvent, Exported
from workbench.spec.model import ExportResult
from workbench.spec.project import Project


class ExportState(enum.Enum):
    """What the header says of the export."""

    NONE = "none"
    MADE = "made"
    STALE = "stale"


class ExportWatch(QObject):
    """Listens to every job that makes an export on its way: predicting, looking, exporting to a folder."""

    changed = Signal()

    def __init__(self, session: ProjectSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._made_of: object = None
        self.result: ExportResult | None = None
        session.job_started.connect(self._on_job)
        session.project_changed.connect(self.changed)
        session.opened.connect(self._forget)
        session.closed.connect(self._forget)

    @property
    def state(self) -> ExportState:
        """Where the export is now."""
        if self.result is None:
            return ExportState.NONE
        return ExportState.MADE if self._made_of == self._matters(self._session.project) else ExportState.STALE

    def _on_job(self, job: EngineJob) -> None:
        project = getattr(job.request, "project", None)
        if not isinstance(project, Project):
            return
        job.exported.connect(lambda result: self._take(project, result))
        job.ended.connect(lambda event: self._on_ended(project, event))

    def _on_ended(self, project: Project, event: AnyEvent) -> None:
        if isinstance(event, Exported):
            self._take(project, event.result)

    def _take(self, project: Project, result: ExportResult) -> None:
        self.result, self._made_of = result, self._matters(project)
        self.changed.emit()

    def _forget(self) -> None:
        self.result, self._made_of = None, None
        self.changed.emit()

    def _matters(self, project: Project | None) -> object:
        """All that goes into an export: the model's content and the project without its targets."""
        bare = None if project is None else msgspec.structs.replace(project, targets={}, model="")
        return self._session.model_hash, bare
