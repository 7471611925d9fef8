"""The files that the open project is made of: watched while it is open, read anew when they have changed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.dropped_files import UNZIPPED
from workbench.gui.project.disk_watch import DiskWatch

if TYPE_CHECKING:
    from workbench.gui.project.session import ProjectSession


class OpenFiles(QObject):
    """`changed`: there are other files than before among those that are not what was read, or none any more."""

    changed = Signal()
    labels_outdated = Signal(str)  # path of the labels file, which has changed

    def __init__(self, session: ProjectSession) -> None:
        super().__init__(session)
        self._session = session
        self._labels = ""
        self.disk = DiskWatch(self)
        self.disk.changed.connect(self.changed)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_opened)
        session.reread.connect(self._on_model_read)
        session.renewed.connect(self._on_model_read)
        session.saved.connect(lambda: self._watch([str(session.path)]))

    @property
    def outdated(self) -> tuple[str, ...]:
        """The files that have changed on the disk since they were read."""
        return self.disk.files

    @property
    def project_outdated(self) -> bool:
        """Whether the project's own file is among them: reading it anew replaces all settings."""
        return str(self._session.path) in self.outdated

    def note_labels(self, path: str) -> None:
        """The labels have been read from this file, which is watched from now on."""
        self._labels = path
        self._watch([path])

    def replace_model(self, path: str) -> None:
        """Read another model, or the same one anew, into the open project: settings, labels and targets stay."""
        session = self._session
        if session.project is not None:
            session.reopen(session.opening.with_model(Path(path).absolute()))

    def reload(self) -> None:
        """Read anew what has changed; where that is the project's own file, unsaved changes are lost."""
        changed = set(self.outdated)
        if self.project_outdated:
            self._session.open(str(self._session.path))
            return
        if self._labels in changed:
            self.labels_outdated.emit(self._labels)
        if changed - {self._labels}:
            self.replace_model(self._session.model_path)

    def close(self) -> None:
        """Let the thread end."""
        self.disk.close()

    def _on_opened(self) -> None:
        self._labels = ""
        self.disk.watch({})
        self._watch()

    def _on_model_read(self) -> None:
        opening = self._session.opening
        self._watch([*self._model(), opening.custom, opening.architecture])

    def _model(self) -> dict[str, str]:
        """The model's files, each with the SHA-256 of what was read where that is known."""
        facts = self._session.facts
        if facts is None:
            return {}
        # An unzipped model is a folder: its hash is not that of one file.
        parts = Path(facts.path).is_dir()
        return {str(Path(facts.path) / name): "" for name in UNZIPPED} if parts else {facts.path: facts.sha256}

    def _watch(self, anew: Collection[str] = ()) -> None:
        """Watch what is open now; the files of `anew` have just been read or written."""
        opening = self._session.opening
        others = (str(opening.file or ""), opening.custom, opening.architecture, self._labels)
        files = self._model() | {path: "" for path in others if path}
        self.disk.watch(files if self._session.facts is not None else {}, anew)
