"""The open project: facts, signatures, undo history and problems. Knows neither files nor engines."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.gui.project.history import History, with_settings
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.signature import Composition, compose


class OpenProject(QObject):
    """Facts, project and composition, replaced whole and never patched; a signal says what is new."""

    facts_changed = Signal()
    project_changed = Signal()
    file_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
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

    def replace(self, facts: ModelFacts | None, project: Project | None, saved: Project | None) -> None:
        """Another model and project, without history; `saved` is what its file holds. `announce` tells of it."""
        self.facts, self.project, self._saved = facts, project, saved
        self.history.clear()
        self._compose()

    def swap(self, facts: ModelFacts, project: Project) -> None:
        """Other facts for the project that is open, with its history and with what its file holds; told at once."""
        self.facts, self.project = facts, project
        self._compose()
        self.announce()

    def announce(self) -> None:
        """Tell that everything is another's."""
        for signal in (self.facts_changed, self.project_changed, self.file_changed):
            signal.emit()

    def renew(self, facts: ModelFacts) -> None:
        """Other facts of the same model, and what follows from them."""
        self.facts = facts
        self._compose()
        self.facts_changed.emit()
        self.project_changed.emit()

    def mark_saved(self, project: Project) -> None:
        """A file holds the project now, with its paths as that file says them."""
        self.project = self._saved = project
        self.history.mark_saved()

    def put(self, project: Project) -> None:
        """Replace the project, with no step to take back."""
        if project == self.project:
            return
        self.project = project
        self._compose()
        self.project_changed.emit()
        self.file_changed.emit()

    def edit(self, project: Project, words: str, typed: str = "") -> None:
        """Replace the project by a step that can be taken back; `typed` as in `History.note`."""
        old = self.project
        if old is not None and project != old:
            self.history.note(old, project, words, typed)
            self.put(project)

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
            self.put(with_settings(self.project, settings))

    def _compose(self) -> None:
        ready = self.facts is not None and self.project is not None
        self.composition = compose(self.facts, self.project) if ready else None  # type: ignore[arg-type]
