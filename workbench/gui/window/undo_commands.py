"""Undo and Redo of the Edit menu: their words, when they can be chosen, and the tab a step is seen in."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from workbench.gui.project.history import History
from workbench.gui.window.menus import MenuActions


class UndoCommands(QObject):
    """Ties two actions to the history of the project's settings."""

    def __init__(self, actions: MenuActions, history: History, show: Callable[[str], None]) -> None:
        # A child of the actions: a stack that is deleted after them still says that it is empty.
        super().__init__(actions)
        self._actions = actions
        stack = history.stack
        actions.undo.triggered.connect(stack.undo)
        actions.redo.triggered.connect(stack.redo)
        stack.canUndoChanged.connect(actions.undo.setEnabled)
        stack.canRedoChanged.connect(actions.redo.setEnabled)
        stack.undoTextChanged.connect(self._on_undo_text)
        stack.redoTextChanged.connect(self._on_redo_text)
        history.travelled.connect(show)

    def _on_undo_text(self, what: str) -> None:
        _name(self._actions.undo, self.tr("&Undo"), what)

    def _on_redo_text(self, what: str) -> None:
        _name(self._actions.redo, self.tr("&Redo"), what)


def _name(action: QAction, verb: str, what: str) -> None:
    """`Undo: Change the scale`; the verb alone where there is nothing to take back."""
    action.setText(f"{verb}: {what}" if what else verb)
