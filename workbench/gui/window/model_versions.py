"""New versions of what is open: a model that comes while a project is open, and files that change on the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from workbench.gui.dropped_files import PROJECT
from workbench.gui.notices import Notice, Offer, Severity
from workbench.gui.project.sample import own_copy
from workbench.gui.project.session import ProjectSession
from workbench.gui.window import dialogs
from workbench.spec.errors import WorkbenchError

Unless = Callable[[Callable[[], None]], None]
"""Does something unless unsaved changes would be lost by it; asks first where there are any."""


class ModelVersions(QObject):
    """Asks before it opens, and offers to reload; nothing is read by itself."""

    def __init__(self, session: ProjectSession, unless_unsaved: Unless, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._unless_unsaved = unless_unsaved
        self._told: Notice | None = None
        session.files.changed.connect(self._on_files_changed)

    def open(self, path: str) -> None:
        """Open a project, or a model: into the open project where that has a file or changes, if the user wants so.

        Of the installed sample a copy is opened.
        """
        session = self._session
        try:
            path = own_copy(path)
        except WorkbenchError as err:
            session.complain(err.info())
            return
        fresh = session.path is None and not session.dirty
        if session.project is None or fresh or Path(path).suffix.lower() == PROJECT:
            self._open(path)
            return
        project = session.path.name if session.path is not None else self.tr("(not saved yet)")
        replace, anew = lambda: session.files.replace_model(path), lambda: self._open(path)
        dialogs.ask_replace(self._window, Path(path).name, project, replace, anew)

    def _open(self, path: str) -> None:
        self._unless_unsaved(lambda: self._session.open(path))

    def _on_files_changed(self) -> None:
        told, self._told = self._told, None
        if told is not None:
            self._session.withdrawn.emit(told)
        names = [Path(path).name for path in self._session.files.outdated]
        if not names:
            return
        text = self.tr("Changed on disk: {names}. What is shown is of the file as it was.")
        offer = Offer(self.tr("Reload"), self._reload)
        self._told = Notice(text.format(names=", ".join(names)), Severity.WARNING, offer=offer)
        self._session.noticed.emit(self._told)

    def _reload(self) -> None:
        files = self._session.files
        if files.project_outdated:
            self._unless_unsaved(files.reload)
        else:
            files.reload()
