"""The open project: signatures, undo history and problems. Base of the session."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.gui.engine.client import EngineClient
from workbench.gui.engine.engines import EnginePair
from workbench.gui.project.history import History, with_settings
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.signature import Composition, compose


class OpenProject(EnginePair):
    """Facts, project and composition, replaced whole and never patched; a signal says what is new."""

    facts_changed = Signal()
    project_changed = Signal()
    file_changed = Signal()

    def __init__(self, engine: EngineClient, deploy: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(engine, deploy, parent)
        self.facts: ModelFacts | None = None
        self.project: Project | None = None
        self.composition: Composition | None = None
        self.history = History(self)
        self.history.wanted.connect(self._on_settings_wanted)
        self._saved: Project | None = None

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

    def notes(self, *fields: str) -> list[Problem]:
        """What is worth knowing about those fields, or about anything when none is named."""
        found = self.composition.notes if self.composition else ()
        return [p for p in found if not fields or p.field in fields]

    def edit(self, project: Project, words: str, typed: str = "") -> None:
        """Replace the project by a step that can be taken back; `typed` as in `History.note`."""
        old = self.project
        if old is not None and project != old:
            self.history.note(old, project, words, typed)
            self._set_project(project)

    def set_preprocess(self, preprocess: Preprocess | None, words: str = "", typed: str = "") -> None:
        """Replace the project's `[preprocess]`."""
        if self.project is not None:
            new = msgspec.structs.replace(self.project, preprocess=preprocess)
            self.edit(new, words or self.tr("Change how the image is read"), typed)

    def set_signature(self, signature: SignatureSettings, words: str = "", typed: str = "") -> None:
        """Replace the project's `[signature]`."""
        if self.project is not None:
            new = msgspec.structs.replace(self.project, signature=signature)
            self.edit(new, words or self.tr("Change the signature"), typed)

    def _on_settings_wanted(self, settings: dict[str, object]) -> None:
        if self.project is not None:
            self._set_project(with_settings(self.project, settings))

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
