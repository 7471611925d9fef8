"""The files opened last, models and projects, newest first; kept in QSettings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QSettings, Signal

KEY: Final = "files/recent"
MOST: Final = 10


class RecentFiles(QObject):
    """At most ten paths that exist."""

    changed = Signal()

    def paths(self) -> list[str]:
        """The files that are still there, newest first."""
        kept = QSettings().value(KEY)
        # One path alone comes back from the settings file as a string.
        paths = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        return [path for path in paths if isinstance(path, str) and path and os.path.isfile(path)][:MOST]

    def add(self, path: str | Path) -> None:
        """Put a file first."""
        name = str(path)
        before = self.paths()
        if before[:1] != [name]:
            self._write([name, *(other for other in before if other != name)][:MOST])

    def clear(self) -> None:
        """Forget all of them."""
        self._write([])

    def _write(self, paths: list[str]) -> None:
        QSettings().setValue(KEY, paths)
        self.changed.emit()
