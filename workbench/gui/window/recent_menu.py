"""The submenu with the files opened last, filled each time it opens."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from workbench.gui import icons
from workbench.gui.dropped_files import file_icon
from workbench.gui.project.recent_files import RecentFiles


class RecentMenu(QObject):
    """Fills a menu with the recent files and a way to forget them."""

    open_wanted = Signal(str)

    def __init__(self, menu: QMenu, recent: RecentFiles) -> None:
        super().__init__(menu)
        self._menu, self._recent = menu, recent
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill)
        recent.changed.connect(self._on_changed)
        self._on_changed()

    def fill(self) -> None:
        """Make the entries anew."""
        self._menu.clear()
        for number, path in enumerate(self._recent.paths(), 1):
            key = f"&{number % 10}  " if number <= 10 else ""
            # An ampersand in a file's name is none of the menu's.
            action = self._menu.addAction(f"{key}{Path(path).name.replace('&', '&&')}")
            action.setToolTip(path)
            action.triggered.connect(lambda _checked=False, path=path: self.open_wanted.emit(path))
            icons.put(action, file_icon(path))
        self._menu.addSeparator()
        clear = self._menu.addAction(self.tr("&Clear this list"))
        clear.triggered.connect(self._recent.clear)
        icons.put(clear, "clear")
        self._on_changed()

    def _on_changed(self) -> None:
        self._menu.menuAction().setEnabled(bool(self._recent.paths()))
