"""The last open project or model and tab, stored with the window geometry."""

from __future__ import annotations

import os
from typing import Final

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QTabWidget

from workbench.gui.project.session import ProjectSession

PATH: Final = "last/path"
TAB: Final = "last/tab"
WANTED: Final = "last/reopen"


class LastLocation(QObject):
    """Notes what is open as it is opened, so that a crash forgets nothing; goes back there once, at the start."""

    def __init__(self, session: ProjectSession, pages: QTabWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._pages = session, pages
        self._going_to = -1
        session.opened.connect(self._on_opened)
        session.file_changed.connect(self._note)
        session.closed.connect(self._note)
        pages.currentChanged.connect(self._on_tab)

    @property
    def wanted(self) -> bool:
        """Whether the user wants to go on where the last time ended."""
        return str(QSettings().value(WANTED, "true")).lower() == "true"

    def set_wanted(self, wanted: bool) -> None:
        """Whether the next start goes on where this one ends."""
        QSettings().setValue(WANTED, wanted)

    def path(self) -> str:
        """What was open the last time; empty where nothing was, or where it is gone."""
        path = QSettings().value(PATH)
        return path if self.wanted and isinstance(path, str) and os.path.isfile(path) else ""

    def go_back(self) -> None:
        """Open what was open, with the tab that was in front."""
        path = self.path()
        if path:
            tab = str(QSettings().value(TAB, "0"))
            self._going_to = int(tab) if tab.isdecimal() else 0
            self._session.open(path)

    def _on_opened(self) -> None:
        self._note()
        if 0 <= self._going_to < self._pages.count():
            self._pages.setCurrentIndex(self._going_to)
        self._going_to = -1

    def _note(self) -> None:
        session = self._session
        QSettings().setValue(PATH, str(session.path or session.model_path) if session.facts is not None else "")

    def _on_tab(self, place: int) -> None:
        if self._session.facts is not None:
            QSettings().setValue(TAB, place)
