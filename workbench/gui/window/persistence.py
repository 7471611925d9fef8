"""Automatic persistence: unsaved work, export state, last location, sizes of panes and columns."""

from __future__ import annotations

import os
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QSettings
from PySide6.QtWidgets import QHeaderView, QSplitter, QTabWidget, QWidget

from workbench.gui.project.autosave import Autosave
from workbench.gui.project.export_state import ExportWatch
from workbench.gui.project.session import ProjectSession
from workbench.gui.window.header import Header
from workbench.gui.window.menus import MenuActions

SIZES: Final = "window/sizes"
PATH: Final = "last/path"
TAB: Final = "last/tab"
WANTED: Final = "last/reopen"


def restore_sizes(window: QWidget) -> None:
    """Give every named splitter and header its size of the last time."""
    settings = QSettings()
    for widget in _named(window):
        state = settings.value(f"{SIZES}/{widget.objectName()}")
        if isinstance(state, QByteArray):
            widget.restoreState(state)


def keep_sizes(window: QWidget) -> None:
    """Note the sizes of now, in one go: every `QSettings` that ends writes its file to the disk."""
    settings = QSettings()
    for widget in _named(window):
        settings.setValue(f"{SIZES}/{widget.objectName()}", widget.saveState())


def _named(window: QWidget) -> list[QSplitter | QHeaderView]:
    """Those with a name of ours; Qt's own begin with `qt_`."""
    found: list[QSplitter | QHeaderView] = [*window.findChildren(QSplitter), *window.findChildren(QHeaderView)]
    return [widget for widget in found if widget.objectName() and not widget.objectName().startswith("qt_")]


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


class Persistence(QObject):
    """Ties the three to a session and shows in the header what they know."""

    def __init__(self, session: ProjectSession, pages: QTabWidget, header: Header, actions: MenuActions) -> None:
        super().__init__(header)
        self._session, self._header = session, header
        self.autosave = Autosave(session, parent=self)
        self.place = LastLocation(session, pages, self)
        self.export = ExportWatch(session, self)
        self.export.changed.connect(self._on_export)
        actions.reopen.setChecked(self.place.wanted)
        actions.reopen.toggled.connect(self.place.set_wanted)

    def _on_export(self) -> None:
        self._header.show_export(self.export)
