"""What the tabs share: the open model, the project, its signatures, and jobs on them. Knows no widget."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.gui.engine_client import ENGINE_ENDED, EngineClient
from workbench.gui.fresh_project import fresh_project, unknown_shapes
from workbench.gui.job import Job
from workbench.gui.notices import CallInputs, Notice, Severity
from workbench.gui.process_end import How, ProcessEnd
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.messages import AnyEvent, Failed, Inspect, LoadFacts, Request
from workbench.spec.messages import Facts as FactsEvent
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, SignatureSettings, load_project, save_project
from workbench.spec.signature import Composition, compose


class Session(QObject):
    """The state of the workbench, replaced whole and never patched; a signal says what is new."""

    facts_changed = Signal()
    project_changed = Signal()
    file_changed = Signal()
    opened = Signal()
    call_inputs_changed = Signal()
    noticed = Signal(object)  # Notice
    job_started = Signal(object)  # Job

    def __init__(self, engine: EngineClient, deploy: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        self.deploy = deploy
        self.facts: ModelFacts | None = None
        self.project: Project | None = None
        self.composition: Composition | None = None
        self.path: Path | None = None
        self.call_inputs = CallInputs()
        self._base = Path()
        self._saved: Project | None = None
        self._opening: Job | None = None
        for client in (engine, deploy):
            client.job_started.connect(self._on_job_started)
            client.ended.connect(self._on_engine_ended)

    @property
    def base(self) -> str:
        """The folder the project's paths start from."""
        return str(self._base)

    @property
    def dirty(self) -> bool:
        """Whether the project has changes that no file holds."""
        return self.project != self._saved

    @property
    def model_path(self) -> str:
        """Where the open model lies; empty without one."""
        return self.facts.path if self.facts else ""

    def problems(self, *fields: str) -> list[Problem]:
        """What is wrong with those fields, or with anything when none is named."""
        found = self.composition.problems if self.composition else ()
        return [p for p in found if not fields or p.field in fields]

    def open(self, path: str) -> None:
        """Open a model or a project; what is open stays until the new one has been read."""
        file = Path(path).absolute()
        if file.suffix.lower() != ".toml":
            self._inspect(file, None, None)
            return
        try:
            project = load_project(file)
        except WorkbenchError as err:
            self.complain(err.info())
            return
        self._inspect(project.model_path(file), project, file)

    def save(self, path: Path) -> bool:
        """Write the project; its model path is kept relative to the new place."""
        if self.project is None:
            return False
        moved = msgspec.structs.replace(self.project, model=_relative(self._base / self.project.model, path.parent))
        try:
            save_project(moved, path)
        except WorkbenchError as err:
            self.complain(err.info())
            return False
        self.project, self._saved, self.path, self._base = moved, moved, path, path.parent
        self.file_changed.emit()
        return True

    def set_preprocess(self, preprocess: Preprocess) -> None:
        """Replace the project's `[preprocess]`."""
        if self.project is not None:
            self._set_project(msgspec.structs.replace(self.project, preprocess=preprocess))

    def set_signature(self, signature: SignatureSettings) -> None:
        """Replace the project's `[signature]`."""
        if self.project is not None:
            self._set_project(msgspec.structs.replace(self.project, signature=signature))

    def set_call_inputs(self, inputs: CallInputs) -> None:
        """What a call would send now."""
        if inputs != self.call_inputs:
            self.call_inputs = inputs
            self.call_inputs_changed.emit()

    def ask(self, request: Request, title: str) -> Job:
        """Send model work to the engine."""
        return self._watched(self.engine.send(request, title))

    def ask_deploy(self, request: Request, title: str) -> Job:
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

    def _watched(self, job: Job) -> Job:
        job.ended.connect(self._on_job_ended)
        return job

    def _inspect(self, model: Path, project: Project | None, file: Path | None) -> None:
        title = self.tr("Reading {name}").format(name=model.name)
        job = self.ask(Inspect(id=0, path=str(model)), title)
        self._opening = job
        job.ended.connect(lambda event: self._on_inspected(job, event, project, file))

    def _on_inspected(self, job: Job, event: AnyEvent, project: Project | None, file: Path | None) -> None:
        if job is not self._opening or not isinstance(event, FactsEvent):
            return
        facts = event.facts
        if project is None:
            project, notice = fresh_project(facts, Path(facts.path).name)
            # A picture input may only be missing from the scan: then the loaded model's facts come first.
            if notice and not (project is None and self._may_load(facts)):
                self.noticed.emit(Notice(notice, Severity.INFO if project else Severity.ERROR))
        self._take(facts, project, file)
        if self._may_load(facts):
            self._load_facts(facts)

    def _take(self, facts: ModelFacts, project: Project | None, file: Path | None) -> None:
        self.facts, self.project, self.path = facts, project, file
        self._saved = project
        self._base = (file or Path(facts.path)).parent
        self.set_call_inputs(CallInputs())
        self._compose()
        self.facts_changed.emit()
        self.project_changed.emit()
        self.file_changed.emit()
        self.opened.emit()

    def _may_load(self, facts: ModelFacts) -> bool:
        # Loading runs the code a model carries; that waits until the user predicts with it.
        return unknown_shapes(facts) and not facts.runs_code

    def _load_facts(self, facts: ModelFacts) -> None:
        title = self.tr("Loading {name} for its shapes").format(name=Path(facts.path).name)
        job = self.ask(LoadFacts(id=0, path=facts.path), title)
        job.ended.connect(lambda event: self._on_loaded(event, facts))

    def _on_loaded(self, event: AnyEvent, asked: ModelFacts) -> None:
        if not isinstance(event, FactsEvent) or self.facts is not asked:
            return
        if self.project is None:
            project, notice = fresh_project(event.facts, Path(asked.path).name)
            self._take(event.facts, project, self.path)
            if notice:
                self.noticed.emit(Notice(notice, Severity.INFO if project else Severity.ERROR))
            return
        self.facts = event.facts
        self._compose()
        self.facts_changed.emit()
        self.project_changed.emit()

    def _set_project(self, project: Project) -> None:
        if project == self.project:
            return
        self.project = project
        self._compose()
        self.project_changed.emit()
        self.file_changed.emit()

    def _compose(self) -> None:
        ready = self.facts is not None and self.project is not None
        self.composition = compose(self.facts, self.project) if ready else None  # type: ignore[arg-type]

    def _on_job_started(self, job: Job) -> None:
        self.job_started.emit(job)

    def _on_job_ended(self, event: AnyEvent) -> None:
        # The engine's own end is told once, by `_on_engine_ended`, not once a job.
        if isinstance(event, Failed) and event.error.code != ENGINE_ENDED:
            self.complain(event.error)

    def _on_engine_ended(self, end: ProcessEnd) -> None:
        client = self.sender()
        if end.wanted or not isinstance(client, EngineClient):
            return
        if end.how is How.IGNORED_CANCEL:
            client.start()
            self.tell(self.tr("{what} It has been started anew.").format(what=end.sentence()))
        else:
            self.noticed.emit(Notice(end.sentence(), restart=client))


def _relative(model: Path, folder: Path) -> str:
    """The model's path as a project file in `folder` says it, with `/` on every system."""
    try:
        return Path(os.path.relpath(model.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive on Windows: there is no relative way
        return model.resolve().as_posix()
