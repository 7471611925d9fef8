"""Unsaved work, kept beside the project's own file: restored after a crash, a kill or a power failure."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDateTime, QObject, QStandardPaths, QThreadPool, QTimer

from workbench.gui.project.history import settings_of, with_settings
from workbench.gui.project.session import ProjectSession
from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.files import write_text
from workbench.spec.project import Project, dump_project, load_project

PAUSE_MS: Final = 800
"""How long after a change it is written: not every letter is worth a file."""


class Autosave(QObject):
    """One TOML file for each project with changes, named by the hash of what they belong to. Saving or discarding
    them removes it. Written on a thread: a slow disk holds nobody up."""

    def __init__(self, session: ProjectSession, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = folder or _home()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # In order, so that the last one written is the newest.
        self._written: set[Path] = set()
        self._later = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._later.timeout.connect(self.write)
        session.opened.connect(self._bring_back)
        session.project_changed.connect(self._later.start)
        session.file_changed.connect(self._on_file_changed)
        session.discarded.connect(self.forget)

    def file_of(self, path: str) -> Path:
        """The file for changes to the project, or the new project of the model, at `path`."""
        return self._folder / f"{hashlib.sha256(path.encode()).hexdigest()[:24]}.toml"

    def write(self) -> None:
        """Write the changes of now, if there are any."""
        session, project = self._session, self._session.project
        if project is None or not session.dirty:
            return
        file = self.file_of(self._key())
        self._written.add(file)
        self._pool.start(lambda: _write(file, project))

    def forget(self) -> None:
        """The changes have been saved, or are not wanted any more."""
        self._later.stop()
        self._pool.waitForDone()
        if self._session.facts is not None:
            self._written.add(self.file_of(self._key()))
        for file in self._written:
            file.unlink(missing_ok=True)
        self._written.clear()

    def close(self) -> None:
        """Write what is unsaved now, and wait for it."""
        if self._later.isActive():
            self._later.stop()
            self.write()
        self._pool.waitForDone()

    def _key(self) -> str:
        return str(self._session.path or self._session.model_path)

    def _on_file_changed(self) -> None:
        if self._written and not self._session.dirty:
            self.forget()

    def _bring_back(self) -> None:
        """After an opening: changes of another time that no file holds come back as a step that can be undone."""
        self._later.stop()
        self._written.clear()
        session, file = self._session, self.file_of(self._key())
        kept = _read(file)
        if session.project is None or kept is None:
            return
        again = with_settings(session.project, settings_of(kept))
        if again == session.project:
            return
        self._written.add(file)
        when = QDateTime.fromSecsSinceEpoch(int(file.stat().st_mtime)).toString("d MMM, hh:mm")
        session.edit(again, self.tr("Restore unsaved changes"))
        text = self.tr("Unsaved changes of {when} have been restored. Undo to discard them.")
        session.tell(text.format(when=when))


def _home() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "unsaved"


def _write(file: Path, project: Project) -> None:
    try:
        write_text(file, dump_project(project))
    except WorkbenchError:
        # Autosave is best effort: saving the project itself reports its own errors.
        return


def _read(file: Path) -> Project | None:
    """The changes that were kept; None where there are none, or none of this version."""
    try:
        return load_project(file)
    except (WorkbenchError, *DECODE_ERRORS):
        return None
