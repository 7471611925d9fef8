"""Models and projects read by the engine; an answer that nobody waits for any more is none."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.engines import EnginePair
from workbench.gui.engine.job import EngineJob
from workbench.gui.notices import Notice, Offer, Severity
from workbench.gui.project.open_request import OpenRequest
from workbench.spec.messages import (
    AnyEvent,
    Cancelled,
    Inspect,
    LoadFacts,
    ModelFactsRead,
    ProjectRead,
    ReadProject,
    SetTrust,
)

RenewRequest = Inspect | LoadFacts | SetTrust
"""What asks for other facts of the model that is open."""


class ModelReader(QObject):
    """`opening` is what the open model was read from, `wanted` what was asked for last, whether it opened or not.

    `read` carries the facts of another model, what it was read from, and whether it is for the project that is open;
    `renewed` carries other facts of the open model, and the request that asked for them.
    """

    read = Signal(object, object, bool)  # ModelFacts, OpenRequest
    renewed = Signal(object, object)  # ModelFacts, RenewRequest

    def __init__(self, engines: EnginePair, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engines = engines
        self.opening = self.wanted = OpenRequest(Path())
        self._inspection: EngineJob | None = None
        self._renewal: EngineJob | None = None

    def open(self, path: str) -> None:
        """Read a model or a project file."""
        file = Path(path).absolute()
        if file.suffix.lower() != ".toml":
            self.inspect(OpenRequest(file))
            return
        # By the engine: what somebody sent may take long to read, and the window must not wait for it.
        title = self.tr("Reading {name}").format(name=file.name)
        job = self._engines.ask(ReadProject(id=0, path=str(file)), title)
        self._inspection = job
        job.ended.connect(lambda event: self._on_project_read(job, event, file))

    def inspect(self, wanted: OpenRequest, *, again: bool = False) -> None:
        """Read a model; `again`: into the project that is open."""
        self.wanted = wanted
        job = self._engines.ask(wanted.inspect(), self.tr("Reading {name}").format(name=wanted.model.name))
        self._inspection = job
        job.ended.connect(lambda event: self._on_inspected(job, event, wanted, again=again))

    def renew(self, request: RenewRequest, title: str) -> None:
        """Ask for other facts of the open model."""
        job = self._engines.ask(request, title.format(name=self.opening.model.name))
        self._renewal = job
        job.ended.connect(lambda event: self._on_renewed(job, event, request))

    def settle(self, opening: OpenRequest) -> None:
        """This is open now; other facts of the model before are of no use."""
        self.opening, self._renewal = opening, None

    def close(self) -> None:
        """Nothing is open, and nothing is waited for."""
        self.opening = self.wanted = OpenRequest(Path())
        self._inspection = self._renewal = None

    def _on_project_read(self, job: EngineJob, event: AnyEvent, file: Path) -> None:
        if job is self._inspection and isinstance(event, ProjectRead):
            self.inspect(OpenRequest.of_project(event.project, file))

    def _on_inspected(self, job: EngineJob, event: AnyEvent, wanted: OpenRequest, *, again: bool) -> None:
        if job is self._inspection and isinstance(event, ModelFactsRead):
            self.read.emit(event.facts, wanted, again)
        elif job is self._inspection and isinstance(event, Cancelled):
            text = self.tr("Opening {name} was cancelled.").format(name=wanted.model.name)
            offer = Offer(self.tr("Open it now"), lambda: self.inspect(wanted, again=again))
            self._engines.noticed.emit(Notice(text, Severity.INFO, offer=offer))

    def _on_renewed(self, job: EngineJob, event: AnyEvent, request: RenewRequest) -> None:
        # An answer about a model that is closed, or that is asked about anew, is none.
        if isinstance(event, ModelFactsRead) and job is self._renewal:
            self.renewed.emit(event.facts, request)
