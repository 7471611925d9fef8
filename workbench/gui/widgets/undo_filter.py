"""Disables an editor's own undo, so that Ctrl+Z acts on the project's history."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

_KEYS: Final = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class UndoKeyFilter(QObject):
    """Lets the keys of undo and redo through to the window's menu, whatever has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if is_key and isinstance(event, QKeyEvent) and any(event.matches(key) for key in _KEYS):
            # Not taken, and kept from the editor: Qt then looks for an action with that shortcut.
            event.ignore()
            return True
        return False


def one_undo(*editors: QWidget) -> None:
    """Give editors of the project the project's own undo."""
    for editor in editors:
        editor.installEventFilter(UndoKeyFilter(editor))
        for inner in editor.findChildren(QLineEdit):
            inner.installEventFilter(UndoKeyFilter(inner))
        if isinstance(editor, QPlainTextEdit):
            editor.setUndoRedoEnabled(False)
