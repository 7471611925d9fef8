"""Saves and restores the sizes of panes and columns."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QHeaderView, QSplitter, QWidget

KEY: Final = "window/sizes"


def restore(window: QWidget) -> None:
    """Give every named splitter and header its size of the last time."""
    settings = QSettings()
    for widget in _named(window):
        state = settings.value(f"{KEY}/{widget.objectName()}")
        if isinstance(state, QByteArray):
            widget.restoreState(state)


def keep(window: QWidget) -> None:
    """Note the sizes of now, in one go: every `QSettings` that ends writes its file to the disk."""
    settings = QSettings()
    for widget in _named(window):
        settings.setValue(f"{KEY}/{widget.objectName()}", widget.saveState())


def _named(window: QWidget) -> list[QSplitter | QHeaderView]:
    """Those with a name of ours; Qt's own begin with `qt_`."""
    found: list[QSplitter | QHeaderView] = [*window.findChildren(QSplitter), *window.findChildren(QHeaderView)]
    return [widget for widget in found if widget.objectName() and not widget.objectName().startswith("qt_")]
