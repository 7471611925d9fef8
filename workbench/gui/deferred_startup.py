"""Deferred start-up after the first paint: imports on a thread, widgets in small steps between events."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

_PAUSE_MS: Final = 2
"""Between two steps, so that what waits in the event loop is not overtaken by the next step."""


class DeferredStartup(QObject):
    """Imports a module and what that needs beside the event loop, then takes one step of some work a turn of it.

    Python's garbage collector has to be off meanwhile (see `garbage`): it would run on the thread.
    """

    done = Signal()
    _loaded = Signal()

    def __init__(self, module: str, steps: Iterator[None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._module, self._steps = module, steps
        self._stopped = False
        self._thread = threading.Thread(target=self._load, name="imports")
        self._turn = QTimer(self, interval=_PAUSE_MS)
        self._turn.timeout.connect(self._go_on)
        self._loaded.connect(self._turn.start)

    def start(self) -> None:
        """Begin; comes back at once."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further step; waits for the import."""
        self._stopped = True
        self._turn.stop()
        if self._thread.is_alive():
            self._thread.join()

    def _load(self) -> None:
        try:
            importlib.import_module(self._module)
        finally:
            # Also when it cannot be imported: the steps import it too, and fail where it is heard.
            self._loaded.emit()

    def _go_on(self) -> None:
        if self._stopped:  # What the thread told may have been on its way.
            self._turn.stop()
        elif next(self._steps, self) is self:
            self._turn.stop()
            self.done.emit()
