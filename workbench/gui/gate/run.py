"""Model of the gate panel: the running check, the report, and whether it is still valid. No widgets."""

from __future__ import annotations

import enum

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.job import EngineJob
from workbench.gui.gate.checks_model import ChecksModel
from workbench.gui.notices import CallInputs
from workbench.gui.project.session import ProjectSession
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import (
    AnyEvent,
    CheckDone,
    CheckStarted,
    Failed,
    GateFinished,
    Judged,
    ReportWritten,
    RunGate,
    WriteReport,
)
from workbench.spec.model import Progress
from workbench.spec.report import CheckResult, GateReport


class GateState(enum.Enum):
    """Where the gate is."""

    NOT_YET = "not-yet"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class GateRun(QObject):
    """Asks the deploying engine, so that predictions go on meanwhile; `changed` tells that anything is new."""

    changed = Signal()
    ended = Signal()
    saved = Signal(str)

    def __init__(self, session: ProjectSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = ChecksModel(self)
        self.state = GateState.NOT_YET
        self.target = "local"
        self.report: GateReport | None = None
        self.folder = ""
        self.verdict = ""
        self._changed_file = ""
        self.error: ErrorInfo | None = None
        self.progress = Progress("")
        self.number = self.total = 0
        self._job: EngineJob | None = None
        self._asked: tuple[object, ...] = ()
        session.opened.connect(self._on_opened)
        session.project_changed.connect(self.changed)
        session.files.changed.connect(self.changed)

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._job is not None

    @property
    def changed_file(self) -> str:
        """A file that is not the one that was judged; empty where none is known."""
        return self._changed_file or next(iter(self._session.files.outdated), "")

    @property
    def stale(self) -> bool:
        """Whether the verdict is on other settings or files than those of now."""
        return self.report is not None and (bool(self.changed_file) or self._asked != self.settings())

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that speak against a push of what is open now; none while there is no verdict on it."""
        return self.report.failed() if self.report is not None and not self.stale else ()

    def start(self, inputs: CallInputs, against: str = "", *, accept_golden: bool = False) -> None:
        """Run all checks on the project as it is now."""
        project = self._session.project
        if project is None or self.running:
            return
        request = RunGate(
            id=0,
            project=project,
            base=self._session.base,
            images=inputs.paths,
            values=inputs.values,
            features=inputs.features,
            files=inputs.files,
            target=self.target,
            against=against,
            accept_golden=accept_golden,
        )
        self._forget(GateState.RUNNING)
        self._asked = self.settings()
        job = self._session.engines.ask_deploy(request, self.tr("Release gate"))
        self._job = job
        job.progressed.connect(self._on_progress)
        job.check_came.connect(self._on_check)
        job.ended.connect(lambda event: self._on_ended(job, event))
        self.changed.emit()

    def set_target(self, name: str) -> None:
        """The target to judge for: a verdict on another one does not count there."""
        if name != self.target:
            self.target = name
            self.changed.emit()

    def take(self, event: Judged, settings: tuple[object, ...]) -> None:
        """Show the verdict that a push goes by, where another one or none was shown; `settings` are the push's."""
        if event.verdict != self.verdict and not self.running and settings == self.settings():
            self._forget(GateState.DONE)
            self._asked = settings
            self._take(event)
            self.changed.emit()
            self.ended.emit()

    def set_changed(self, file: str) -> None:
        """A file is not the one that was judged: the verdict holds no more until the checks are run again."""
        if self.report is not None and file != self.changed_file:
            self._changed_file = file
            self.changed.emit()

    def cancel(self) -> None:
        """Stop; what has been judged stays to be seen, but there is no verdict."""
        if self._job is not None:
            self._job.cancel()

    def save(self, path: str) -> None:
        """Write the report into a file of the kind its ending asks for."""
        if self.report is not None:
            request = WriteReport(id=0, report=self.report, folder=self.folder, path=path)
            self._session.engines.ask_deploy(request, self.tr("Writing the report")).ended.connect(self._on_written)

    def settings(self) -> tuple[object, ...]:
        """What a verdict is on. The project without its paths: those change when it is saved elsewhere.

        Of the targets only the one it is for: that there are others says nothing of the export.
        """
        project = self._session.project
        bare = project and msgspec.structs.replace(project, model="", custom="", architecture="", targets={})
        known = project is not None and (self.target == "local" or self.target in project.targets)
        place = project.target(self.target) if project is not None and known else None
        return self._session.model_path, self._session.model_hash, self._session.custom, bare, self.target, place

    def _forget(self, state: GateState) -> None:
        self.state, self.report, self.folder, self.error = state, None, "", None
        self.verdict = self._changed_file = ""
        self.progress, self.number, self.total = Progress(""), 0, 0
        self.model.clear()

    def _on_opened(self) -> None:
        # Another model: nothing of the last one's verdict may stand beside its name.
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        self._forget(GateState.NOT_YET)
        self.changed.emit()

    def _on_progress(self, progress: Progress) -> None:
        if self.sender() is self._job:
            self.progress = progress
            self.changed.emit()

    def _on_check(self, event: CheckStarted | CheckDone) -> None:
        if self.sender() is not self._job:
            return
        if isinstance(event, CheckStarted):
            self.number, self.total = event.number, event.total
            self.progress = Progress("")
            self.model.begin(event.name, event.title)
        else:
            self.model.judge(event.check)
        self.changed.emit()

    def _on_ended(self, job: EngineJob, event: AnyEvent) -> None:
        if job is not self._job:
            return
        self._job = None
        if isinstance(event, GateFinished):
            self._take(event)
        else:
            self.model.stop()
            self.error = event.error if isinstance(event, Failed) else None
            self.state = GateState.FAILED if self.error else GateState.CANCELLED
        self.changed.emit()
        self.ended.emit()

    def _take(self, event: GateFinished | Judged) -> None:
        self.report, self.folder, self.state = event.report, event.folder, GateState.DONE
        self.verdict = event.verdict
        for check in event.report.checks:
            self.model.judge(check)
        # Whatever was told to begin and is not in the report was not judged.
        self.model.stop()

    def _on_written(self, event: AnyEvent) -> None:
        if isinstance(event, ReportWritten):
            self._session.tell(self.tr("Report saved: {path}.").format(path=event.path))
            self.saved.emit(event.path)
