"""Automatic persistence: unsaved work, last location, export state."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTabWidget

from workbench.gui.project.autosave import Autosave
from workbench.gui.project.export_state import ExportWatch
from workbench.gui.project.session import ProjectSession
from workbench.gui.window.header import Header
from workbench.gui.window.last_location import LastLocation
from workbench.gui.window.menus import MenuActions


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
