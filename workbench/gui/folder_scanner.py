"""Searches dropped folders for images, on a thread of its own."""

from __future__ import annotations

import heapq
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

from workbench.spec.input_files import is_image_name

BATCH: Final = 500
"""Files found are handed over in batches of so many."""

_YIELD: Final = 0.001
"""Seconds that the looking thread rests after a batch."""


def image_files(paths: Iterable[str]) -> Iterator[str]:
    """The files among `paths` as they are, and the images below the folders among them, sorted by name."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (os.path.join(folder, n) for n in _in_order(n for n in names if is_image_name(n)))


def _in_order(names: Iterable[str]) -> Iterator[str]:
    """Sorted, a piece at a time: one sort of 100 000 names would hold the window up for a tenth of a second."""
    left = iter(names)
    return heapq.merge(*iter(lambda: sorted(islice(left, BATCH)), []))


class FolderScanner(QObject):
    """Looks through folders on a thread of its own; `found` comes in batches, `done` at the end.

    Batches are handed on one a turn of the event loop: Qt delivers all that waits in one go, and 200 batches are felt.
    """

    found = Signal(object)  # list[str]
    done = Signal()
    _came = Signal(object)  # list[str], or None at the end of a walk

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        # One after the other, so that rows keep the order in which things were dropped.
        self._pool.setMaxThreadCount(1)
        self._waiting: deque[list[str] | None] = deque()
        self._turn = QTimer(self, interval=1)
        self._turn.timeout.connect(self._hand_on)
        self._came.connect(self._on_came, Qt.ConnectionType.QueuedConnection)

    def look(self, paths: Iterable[str]) -> None:
        """Begin to look; comes back at once."""
        self._pool.start(_FolderScan(self, tuple(paths)))

    def tell(self, batch: list[str] | None) -> None:
        """Called by the looking thread: hand a batch over to the window's thread; None when all have been."""
        self._came.emit(batch)

    def close(self) -> None:
        """Let the looking end."""
        self._turn.stop()
        self._pool.clear()
        self._pool.waitForDone()

    def _on_came(self, batch: list[str] | None) -> None:
        self._waiting.append(batch)
        self._turn.start()

    def _hand_on(self) -> None:
        batch = self._waiting.popleft()
        if not self._waiting:
            self._turn.stop()
        if batch is None:
            self.done.emit()
        else:
            self.found.emit(batch)


class _FolderScan(QRunnable):
    def __init__(self, owner: FolderScanner, paths: tuple[str, ...]) -> None:
        super().__init__()
        self._owner, self._paths = owner, paths

    def run(self) -> None:
        batch: list[str] = []
        for path in image_files(self._paths):
            batch.append(path)
            if len(batch) == BATCH:
                self._owner.tell(batch)
                batch = []
                # A thread that lets the interpreter go and takes it again within its switch interval never yields it.
                time.sleep(_YIELD)
        self._owner.tell(batch)
        self._owner.tell(None)
