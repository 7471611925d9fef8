"""Event filters for keys that belong to the project or an inline panel rather than to the editor in focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

_KEYS: Final = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class EscapeFilter(QObject):
    """Calls `act` when Escape is pressed anywhere in `widget` while `wanted` says that there is something to leave."""

    def __init__(self, widget: QWidget, act: Callable[[], object], wanted: Callable[[], bool] = lambda: True) -> None:
        super().__init__(widget)
        self._act, self._wanted = act, wanted
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape or not self._wanted():
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            self._act()
            return True
        return False


class UndoKeyFilter(QObject):
    """Lets the keys of undo and redo through to the window's menu, whatever has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if is_key and isinstance(event, QKeyEvent) and is_undo_key(event):
            # Not taken, and kept from the editor: Qt then looks for an action with that shortcut.
            event.ignore()
            return True
        return False


def is_undo_key(event: QKeyEvent) -> bool:
    """Whether keys are those of undo or redo."""
    return any(event.matches(key) for key in _KEYS)


def one_undo(*editors: QWidget) -> None:
    """Give editors of the project the project's own undo."""
    for editor in editors:
        editor.installEventFilter(UndoKeyFilter(editor))
        for inner in editor.findChildren(QLineEdit):
            inner.installEventFilter(UndoKeyFilter(inner))
        if isinstance(editor, QPlainTextEdit):
            editor.setUndoRedoEnabled(False)
