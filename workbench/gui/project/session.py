"""What the tabs share: the open model, the project, its signatures, and jobs on them. Knows no widget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.client import EngineClient
from workbench.gui.engine.engines import EnginePair
from workbench.gui.notices import CallInputs, Notice, Severity, remedy_for
from workbench.gui.project.consents import Consents
from workbench.gui.project.model_reader import ModelReader, RenewRequest
from workbench.gui.project.open_files import OpenFiles
from workbench.gui.project.open_project import OpenProject
from workbench.gui.project.open_request import OpenRequest, fresh_project, may_load, moved, waits_for_consent
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.messages import (
    AllowCode,
    LoadFacts,
    SetTrust,
)
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project, save_project
from workbench.spec.signature import Composition


class ProjectSession(QObject):
    """Opens models and projects, asks for facts anew, saves; what is open stays until the new one has been read.

    `reread`: another model, or the same one changed, has been read into the project that is open.
    """

    opened = Signal()
    reread = Signal()
    withdrawn = Signal(object)  # a Notice that is true no more
    saved = Signal()
    renewed = Signal()
    closed = Signal()
    discarded = Signal()
    call_inputs_changed = Signal()

    def __init__(self, engine: EngineClient, deploy: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engines = EnginePair(engine, deploy, self)
        self.current = OpenProject(self)
        self._name_parts()
        self.engines.failed.connect(self.complain)
        self.call_inputs = CallInputs()
        self.reader = ModelReader(self.engines, self)
        self.reader.read.connect(self._on_read)
        self.reader.renewed.connect(self._on_renewed)
        self.consents = Consents(self.engines, self.reader, self.current, self)
        self.files = OpenFiles(self)

    def _name_parts(self) -> None:
        """What the tabs need most of engines and project, under the session's own name."""
        engines, current = self.engines, self.current
        self.noticed, self.job_started = engines.noticed, engines.job_started
        self.ask, self.tell = engines.ask, engines.tell
        self.facts_changed, self.project_changed = current.facts_changed, current.project_changed
        self.file_changed, self.history = current.file_changed, current.history
        self.problems, self.notes, self.edit = current.problems, current.notes, current.edit
        self.set_preprocess, self.set_signature = current.set_preprocess, current.set_signature

    @property
    def facts(self) -> ModelFacts | None:
        """What is known of the open model."""
        return self.current.facts

    @property
    def project(self) -> Project | None:
        """The open project; None without one, and while it is not known which inputs take an image."""
        return self.current.project

    @property
    def composition(self) -> Composition | None:
        """The signatures that follow from facts and project."""
        return self.current.composition

    @property
    def dirty(self) -> bool:
        """Whether the project has changes that no file holds."""
        return self.current.dirty

    @property
    def model_path(self) -> str:
        """Where the open model lies; empty without one."""
        return self.current.model_path

    @property
    def model_hash(self) -> str:
        """The SHA-256 in hex of the open model as it was read; empty without one."""
        return self.facts.sha256 if self.facts else ""

    @property
    def base(self) -> str:
        """The folder the project's paths start from."""
        return str(self.opening.folder)

    @property
    def opening(self) -> OpenRequest:
        """What the open model and its project were read from."""
        return self.reader.opening

    @property
    def folder(self) -> str:
        """The folder of the model that was asked for last, whether it opened or not."""
        return str(self.reader.wanted.model.parent)

    @property
    def path(self) -> Path | None:
        """The project's file, if it has one."""
        return self.opening.file

    @property
    def custom(self) -> str:
        """The Python file with the model's own layers; empty without one."""
        return self.opening.custom

    @property
    def held(self) -> bool:
        """Whether the model brings code that has not been allowed; until then it is not loaded."""
        return self.facts is not None and waits_for_consent(self.facts)

    def open(self, path: str) -> None:
        """Open a model or a project; what is open stays until the new one has been read."""
        self.reader.open(path)

    def close(self) -> None:
        """Let go of the model and its project; what is unsaved is lost."""
        self.reader.close()
        self.current.replace(None, None, None)
        self.set_call_inputs(CallInputs())
        self.current.announce()
        self.closed.emit()

    def begin_anew(self) -> None:
        """A new project, with default settings, for the open model."""
        self.reader.inspect(
            OpenRequest(self.opening.model, custom=self.opening.custom, architecture=self.opening.architecture)
        )

    def forget_changes(self) -> None:
        """The user wants the unsaved changes no more."""
        self.discarded.emit()

    def open_as(self, opening: OpenRequest) -> None:
        """Open a model with a project that no file holds, such as an export's own."""
        self.reader.inspect(opening)

    def reopen(self, opening: OpenRequest) -> None:
        """Read a model into the project that is open, with its history: another one, or the same one anew."""
        self.reader.inspect(opening, again=True)

    def open_with_architecture(self, path: str) -> None:
        """Open what was asked for last once more, with the architecture of its weights."""
        self.reader.inspect(self.reader.wanted.with_(architecture=path))

    def set_custom(self, path: str) -> None:
        """Name the Python file with the model's own layers, and read the model with it."""
        if self.facts is None:
            return
        # Who chooses a file in a dialog has said what is to run.
        self.ask(
            AllowCode(id=0, path=path, role="custom"), self.tr("Noting the consent to {n}").format(n=Path(path).name)
        )
        self.reader.opening = replace(self.opening, custom=path)
        if self.project is not None:
            self.current.put(self.opening.named(self.project))
        self.reader.renew(self.opening.inspect(), self.tr("Reading {name}"))

    def save(self, path: Path) -> bool:
        """Write the project; the paths in it are kept relative to the new place."""
        if self.project is None:
            return False
        project = moved(self.project, self.opening.folder, path.parent)
        try:
            save_project(project, path)
        except WorkbenchError as err:
            self.complain(err.info())
            return False
        self.current.mark_saved(project)
        self.reader.opening = replace(self.opening, file=path)
        self.saved.emit()
        self.file_changed.emit()
        return True

    def set_call_inputs(self, inputs: CallInputs) -> None:
        """What a call would send now."""
        if inputs != self.call_inputs:
            self.call_inputs = inputs
            self.call_inputs_changed.emit()

    def complain(self, error: ErrorInfo) -> None:
        """Show an error as one sentence, with what can be done about it."""
        self.noticed.emit(Notice(error.sentence(), remedy=remedy_for(error, self.facts), error=error))

    def _take(self, facts: ModelFacts, opening: OpenRequest, *, told: bool) -> None:
        """Replace everything. What was assumed is told, unless a loaded model will soon say it better."""
        project, notice = opening.project, ""
        if project is None:
            project, notice = fresh_project(facts, opening.model.name)
            project = opening.named(project) if project else None
        self.reader.settle(opening)
        self.current.replace(facts, project, opening.saved or project)
        self.set_call_inputs(CallInputs())
        self.current.announce()
        self.opened.emit()
        # Last, for the banner forgets what was said of the model before.
        if notice and (told or project is not None):
            self.noticed.emit(Notice(notice, Severity.INFO if project else Severity.ERROR))

    def _retake(self, facts: ModelFacts, opening: OpenRequest) -> None:
        """Another model in the same project, with its history; what was predicted and judged is out of date."""
        assert self.project is not None  # Asked for only where one is open.
        self.reader.settle(opening)
        self.current.swap(facts, opening.naming_model(self.project))
        self.reread.emit()

    def _load(self) -> None:
        self.reader.renew(self.opening.load(), self.tr("Loading {name} for its shapes"))

    def _on_read(self, facts: ModelFacts, opening: OpenRequest, again: bool) -> None:
        load = may_load(facts)
        if again and self.project is not None:
            self._retake(facts, opening)
        else:
            self._take(facts, opening, told=not load)
        if load:
            self._load()

    def _on_renewed(self, facts: ModelFacts, request: RenewRequest) -> None:
        if isinstance(request, SetTrust) and (self.opening.custom or self.opening.architecture):
            # The answer is of the file alone, without what belongs to it.
            self.reader.renew(self.opening.inspect(), self.tr("Reading {name}"))
            return
        if self.project is None:
            self._take(facts, self.opening, told=True)
        else:
            self.current.renew(facts)
        self.renewed.emit()
        if not isinstance(request, LoadFacts) and may_load(facts):
            self._load()
