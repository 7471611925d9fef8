"""Pictures read small, off the window's thread, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QGuiApplication, QImage, QImageReader, QPixmap

KEPT: Final = 64 * 1024 * 1024
"""Bytes of pictures kept: 7000 of 48 pixels, 1700 on a screen of twice the resolution."""

MOST_WAITING: Final = 150
"""Pictures that wait to be read. Whoever scrolls past 100 000 rows does not want them all: the oldest give way."""

READERS: Final = 2

_Key = tuple[str, int]


class Thumbnails(QObject):
    """`get` answers at once with what is there; `ready` tells when the rest has come."""

    ready = Signal(str, int)  # path, side
    _read = Signal(str, int, QImage, QSize)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(READERS)
        self._cache: OrderedDict[_Key, QPixmap | None] = OrderedDict()
        self._bytes = 0
        self._sizes: dict[str, QSize] = {}
        self._waiting: OrderedDict[_Key, None] = OrderedDict()
        self._reading: set[_Key] = set()
        self._read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def get(self, path: str, side: int) -> QPixmap | None:
        """The picture with its longer side at most `side` pixels; None while it is read, or where it cannot be."""
        key = (path, side)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if key not in self._reading:
            # What was asked last is what the eye is on.
            self._waiting[key] = None
            self._waiting.move_to_end(key)
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            self._start()
        return None

    def has(self, path: str, side: int) -> bool:
        """Whether the picture has been read, with or without success."""
        return (path, side) in self._cache

    def size_of(self, path: str) -> QSize:
        """The picture's own size, once it has been read; else an empty size."""
        return self._sizes.get(path, QSize())

    def forget(self) -> None:
        """Drop what is kept and what still waits to be read."""
        self._waiting.clear()
        self._reading.clear()
        self._cache.clear()
        self._sizes.clear()
        self._bytes = 0

    def close(self) -> None:
        """Let the reading end; nothing comes after it."""
        self._waiting.clear()
        self._pool.waitForDone()

    def put(self, path: str, side: int, image: QImage, size: QSize) -> None:
        """Called by the reading thread: hand the picture over to the window's thread."""
        self._read.emit(path, side, image, size)

    def _start(self) -> None:
        while self._waiting and len(self._reading) < READERS:
            key, _ = self._waiting.popitem(last=True)
            self._reading.add(key)
            self._pool.start(_ThumbnailTask(self, *key, QGuiApplication.primaryScreen().devicePixelRatio()))

    def _on_read(self, path: str, side: int, image: QImage, size: QSize) -> None:
        key = (path, side)
        if key not in self._reading:
            return
        self._reading.discard(key)
        self._keep(key, None if image.isNull() else QPixmap.fromImage(image), size)
        self._start()
        self.ready.emit(path, side)

    def _keep(self, key: _Key, pixmap: QPixmap | None, size: QSize) -> None:
        self._sizes[key[0]] = size
        self._cache[key] = pixmap
        self._bytes += _bytes(pixmap)
        while self._bytes > KEPT and len(self._cache) > 1:
            old, gone = self._cache.popitem(last=False)
            self._bytes -= _bytes(gone)
            self._sizes.pop(old[0], None)


def _bytes(pixmap: QPixmap | None) -> int:
    return 0 if pixmap is None else pixmap.width() * pixmap.height() * max(pixmap.depth() // 8, 1)


class _ThumbnailTask(QRunnable):
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
