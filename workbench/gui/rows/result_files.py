"""Result files: where the engine writes full rows, and how one is read back. Removed with the window."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QLockFile, QStandardPaths, QTemporaryDir

from workbench.gui.rows.image_row import ImageRow
from workbench.spec.errors import DECODE_ERRORS
from workbench.spec.model import Row

_LOCK: Final = "lock"


class ResultFiles:
    """One file a job, in a folder of the cache that is this window's own."""

    def __init__(self) -> None:
        home = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)) / "results"
        home.mkdir(parents=True, exist_ok=True)
        sweep(home)
        self._folder = QTemporaryDir(str(home / "XXXXXX"))
        self._lock = QLockFile(self._folder.filePath(_LOCK))
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        self._count = 0

    @property
    def folder(self) -> Path:
        """Where they lie; pictures made for the eye go there too."""
        return Path(self._folder.path())

    def next(self) -> int:
        """The number of a new file."""
        self._count += 1
        return self._count

    def path(self, number: int) -> Path:
        """The file of that number."""
        return self.folder / f"{number}.jsonl"

    def fetch(self, row: ImageRow) -> Row | None:
        """The whole row, read off the disk; None where there is none or it is gone."""
        if row.brief is None or not row.brief.size:
            return None
        try:
            with self.path(row.file).open("rb") as file:
                file.seek(row.brief.at)
                return msgspec.json.decode(file.read(row.brief.size), type=Row)
        except (OSError, *DECODE_ERRORS):
            return None

    def drop_before(self, number: int) -> None:
        """Remove the files of earlier jobs: no row needs them any more."""
        for path in self.folder.glob("*.jsonl"):
            if int(path.stem) < number:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything."""
        self._lock.unlock()
        self._folder.remove()


def sweep(home: Path) -> None:
    """Remove the folders of windows that ended without doing so: nobody holds their lock."""
    for folder in home.iterdir():
        lock = QLockFile(str(folder / _LOCK))
        lock.setStaleLockTime(0)
        if folder.is_dir() and (folder / _LOCK).exists() and lock.tryLock(0):
            lock.unlock()
            shutil.rmtree(folder, ignore_errors=True)
