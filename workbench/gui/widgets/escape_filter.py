"""Handles Escape for inline panels before it reaches the window's Cancel shortcut."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


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
