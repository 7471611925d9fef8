"""The window's actions with their shortcuts, and the menu bar made of them."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow


class MenuActions(QObject):
    """Every action by name; the window connects them."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._icons: dict[QAction, str] = {}
        self._keys: dict[QAction, str] = {}
        self.open = self._action(self.tr("&Open..."), "open", "Ctrl+O")
        self.view = self._action(self.tr("&View a SavedModel..."), "search", "Ctrl+Shift+O")
        self.sample = self._action(self.tr("Open the sa&mple"), "sample", "Ctrl+Shift+M")
        self.new = self._action(self.tr("&New project"), "add", "Ctrl+N")
        self.close = self._action(self.tr("&Close"), "close", "Ctrl+W")
        self.reopen = self._action(self.tr("Reopen last project at startup"), "")
        self.reopen.setCheckable(True)
        self.save = self._action(self.tr("&Save"), "save", "Ctrl+S")
        self.save_as = self._action(self.tr("Save &as..."), "save", "Ctrl+Shift+S")
        self.export = self._action(self.tr("&Export SavedModel..."), "deploy", "Ctrl+E")
        self.undo = self._action(self.tr("&Undo"), "undo")
        self.redo = self._action(self.tr("&Redo"), "redo")
        for action in (self.undo, self.redo):
            action.setEnabled(False)
        self.quit = self._action(self.tr("&Quit"), "close", "Ctrl+Q")
        self.restart = self._action(self.tr("&Restart the engine"), "refresh", "Ctrl+Shift+R")
        self.cancel = self._action(self.tr("&Cancel running job"), "stop", "Escape")
        self.cancel.setEnabled(False)
        self.log = self._action(self.tr("&Log"), "log", "Ctrl+L")
        self.log.setCheckable(True)
        self.about = self._action(self.tr("&About..."), "info", "F1")
        self._fill_menus()

    def set_ready(self, ready: bool) -> None:
        """Whether the actions that need nothing open are connected to what they do."""
        for action in (self.open, self.view, self.sample, self.reopen, self.quit, self.restart):
            action.setEnabled(ready)
        for action in (self.log, self.about):
            action.setEnabled(ready)

    def set_open(self, has_project: bool, *, sound: bool = True) -> None:
        """Which actions make sense with and without a project; only one that is `sound` can be exported."""
        for action in (self.new, self.close, self.save, self.save_as):
            action.setEnabled(has_project)
        self.export.setEnabled(has_project and sound)

    def dress(self) -> None:
        """Give the actions their icons and keys; the first paint does without them.

        The first key sequence makes the enums of the `Qt` namespace, which costs 16 ms.
        """
        from workbench.gui import icons

        for action, key in self._keys.items():
            action.setShortcut(key)
        self.undo.setShortcuts(QKeySequence.StandardKey.Undo)
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])

        icons.put(self.recent.menuAction(), "recent")
        for action, icon in self._icons.items():
            if icon:
                icons.put(action, icon)

    def _action(self, text: str, icon: str, key: str = "") -> QAction:
        action = QAction(text, self._window)
        self._icons[action] = icon
        if key:
            self._keys[action] = key
        # Also an action of the window itself, so that its icon is found when the theme changes.
        self._window.addAction(action)
        return action

    def _fill_menus(self) -> None:
        bar = self._window.menuBar()
        file_menu = bar.addMenu(self.tr("&File"))
        file_menu.addActions([self.new, self.open, self.view, self.sample])
        self.recent = file_menu.addMenu(self.tr("Open &recent"))
        file_menu.addSeparator()
        file_menu.addActions([self.save, self.save_as, self.close])
        file_menu.addSeparator()
        file_menu.addActions([self.export])
        file_menu.addSeparator()
        file_menu.addActions([self.reopen, self.quit])
        bar.addMenu(self.tr("&Edit")).addActions([self.undo, self.redo])
        engine_menu = bar.addMenu(self.tr("En&gine"))
        engine_menu.addActions([self.cancel, self.restart, self.log])
        bar.addMenu(self.tr("&Help")).addActions([self.about])
