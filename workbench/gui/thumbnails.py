"""Pictures read small, off the window's thread, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QGuiApplication, QImage, QImageReader, QPixmap

KEPT: Final = 3000
"""How many pictures stay in memory: at 48 pixels some 27 MB."""

_Key = tuple[str, int]


class Thumbnails(QObject):
    """`get` answers at once with what is there; `ready` tells when the rest has come."""

    ready = Signal(str, int)  # path, side
    _read = Signal(str, int, QImage, QSize)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._cache: OrderedDict[_Key, QPixmap | None] = OrderedDict()
        self._sizes: dict[str, QSize] = {}
        self._asked: set[_Key] = set()
        self._turn = 0
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def get(self, path: str, side: int) -> QPixmap | None:
        """The picture with its longer side at most `side` pixels; None while it is read, or where it cannot be."""
        key = (path, side)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if key not in self._asked:
            self._asked.add(key)
            self._turn += 1
            # What was asked last is what the eye is on.
            self._pool.start(_Reading(self, path, side, QGuiApplication.primaryScreen().devicePixelRatio()), self._turn)
        return None

    def has(self, path: str, side: int) -> bool:
        """Whether the picture has been read, with or without success."""
        return (path, side) in self._cache

    def size_of(self, path: str) -> QSize:
        """The picture's own size, once it has been read; else an empty size."""
        return self._sizes.get(path, QSize())

    def forget(self) -> None:
        """Drop what is kept and what still waits to be read."""
        self._pool.clear()
        self._cache.clear()
        self._asked.clear()
        self._sizes.clear()

    def close(self) -> None:
        """Let the reading end; nothing comes after it."""
        self._pool.clear()
        self._pool.waitForDone()

    def put(self, path: str, side: int, image: QImage, size: QSize) -> None:
        """Called by the reading thread: hand the picture over to the window's thread."""
        self._read.emit(path, side, image, size)

    def _on_read(self, path: str, side: int, image: QImage, size: QSize) -> None:
        key = (path, side)
        if key not in self._asked:
            return
        self._asked.discard(key)
        self._sizes[path] = size
        self._cache[key] = None if image.isNull() else QPixmap.fromImage(image)
        while len(self._cache) > KEPT:
            old, _ = self._cache.popitem(last=False)
            self._sizes.pop(old[0], None)
        self.ready.emit(path, side)


class _Reading(QRunnable):
    """Reads one picture at the size it is shown in."""

    def __init__(self, owner: Thumbnails, path: str, side: int, ratio: float) -> None:
        super().__init__()
        self._owner, self._path, self._side, self._ratio = owner, path, side, ratio

    def run(self) -> None:
        reader = QImageReader(self._path)
        reader.setDecideFormatFromContent(True)
        reader.setAutoTransform(True)
        size = reader.size()
        room = QSize(self._side, self._side) * self._ratio
        if size.width() > room.width() or size.height() > room.height():
            reader.setScaledSize(size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio))
        image = reader.read()
        image.setDevicePixelRatio(self._ratio if max(size.width(), size.height()) > self._side else 1.0)
        self._owner.put(self._path, self._side, image, size)
