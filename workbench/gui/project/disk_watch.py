"""Notices files that are not what was read of them any more: watched, then hashed on a thread of its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from PySide6.QtCore import QFileSystemWatcher, QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

PAUSE_MS: Final = 300
"""How long after a change a file is read: what writes it writes more than once."""

PIECE: Final = 1 << 20
"""Bytes that are hashed at a stretch."""


class _Known(NamedTuple):
    """A file as it was read: its SHA-256 (empty: that of its first hashing), its time and its size when last hashed."""

    sha256: str
    stamp: tuple[int, int] | None = None


class DiskWatch(QObject):
    """`files` differ from what was read. One that is away at the moment does not count: it may be being replaced.

    The folders are watched, too: a file that is replaced by a rename is lost to a watcher that knows the file alone.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: dict[str, _Known] = {}
        self._different: set[str] = set()
        self._turn = 0
        self._watcher: QFileSystemWatcher | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._answers = _Answers()
        self._answers.came.connect(self._on_hashed, Qt.ConnectionType.QueuedConnection)
        self._later = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._later.timeout.connect(self.look)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are not what was read."""
        return tuple(path for path in self._known if path in self._different)

    @property
    def hashed(self) -> tuple[str, ...]:
        """The files of which it is known what was read."""
        return tuple(path for path, known in self._known.items() if known.sha256)

    def watch(self, files: Mapping[str, str], anew: Collection[str] = ()) -> None:
        """Watch these files and no others: each with the SHA-256 in hex of what was read, empty for what is there.

        What is known of a file that was watched before stays known, unless it is among `anew`.
        """
        before, self._turn = self.files, self._turn + 1
        kept = {path: known for path, known in self._known.items() if path in files and path not in anew}
        fresh = {path: _Known(sha256, _stamp(path) if sha256 else None) for path, sha256 in files.items()}
        self._different &= set(kept)
        self._known = fresh | kept
        self.look()
        if self.files != before:
            self.changed.emit()

    def look(self) -> None:
        """Hash what has another time or size than when it was hashed last; the answer comes with `changed`."""
        self._attach()
        if self._known:
            self._pool.start(_Hashing(self._answers, self._turn, dict(self._known)))

    def close(self) -> None:
        """Let the hashing end."""
        self._later.stop()
        self._answers.wanted = False
        self._pool.clear()
        self._pool.waitForDone()

    def _attach(self) -> None:
        places = {*self._known, *(os.path.dirname(path) for path in self._known)}
        if self._watcher is None and places:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.fileChanged.connect(self._later.start)
            self._watcher.directoryChanged.connect(self._later.start)
        if self._watcher is None:
            return
        there = {*self._watcher.files(), *self._watcher.directories()}
        if there - places:
            self._watcher.removePaths(sorted(there - places))
        missing = [place for place in sorted(places - there) if os.path.exists(place)]
        if missing:
            self._watcher.addPaths(missing)

    def _on_hashed(self, turn: int, found: dict[str, _Known]) -> None:
        if turn != self._turn:
            return  # Of files that are watched no more, or were read anew since.
        before = self.files
        for path, now in found.items():
            known = self._known[path].sha256 or now.sha256
            self._known[path] = _Known(known, now.stamp)
            (self._different.discard if now.sha256 == known else self._different.add)(path)
        if self.files != before:
            self.changed.emit()


class _Answers(QObject):
    """Hands digests to the window's thread; without a parent, so that a late one meets nobody instead of a ruin."""

    came = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted = True


class _Hashing(QRunnable):
    def __init__(self, answers: _Answers, turn: int, known: dict[str, _Known]) -> None:
        super().__init__()
        self._answers, self._turn, self._known = answers, turn, known

    def run(self) -> None:
        found: dict[str, _Known] = {}
        for path, known in self._known.items():
            stamp = _stamp(path)
            if stamp is not None and stamp != known.stamp:
                digest = self._digest(path)
                if digest:
                    found[path] = _Known(digest, stamp)
        if found and self._answers.wanted:
            self._answers.came.emit(self._turn, found)

    def _digest(self, path: str) -> str:
        """The file's SHA-256 in hex; empty where it cannot be read now, or is not wanted any more."""
        digest = hashlib.sha256()
        try:
            with open(path, "rb") as file:
                while piece := file.read(PIECE):
                    if not self._answers.wanted:
                        return ""
                    digest.update(piece)
        except OSError:
            return ""  # Away, or locked by what writes it: the watcher tells when it is there again.
        return digest.hexdigest()


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
