"""A folder of the cache that is this window's own, for the pictures that the engine makes for the Inputs tab."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths

from workbench.spec.temporary import temporary_folder

_PREFIX: Final = "window-"


class PictureFolder:
    """Made when it is first needed; what a killed window left is removed then."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._path = ""

    def path(self) -> str:
        """Where it is. Raises `OSError` where no folder can be made."""
        if not self._path:
            cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
            home = Path(cache) / "previews"
            home.mkdir(parents=True, exist_ok=True)
            self._path = str(self._stack.enter_context(temporary_folder(home, _PREFIX)))
        return self._path

    def drop(self, paths: Iterable[str]) -> None:
        """Remove pictures that are not needed any more."""
        for path in filter(None, paths):
            Path(path).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything."""
        self._stack.close()
        self._path = ""
