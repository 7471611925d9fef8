"""What runs beside the window's events: Ctrl+C, Python's garbage collector, and the start after the first paint."""

from __future__ import annotations

import gc
import importlib
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

STEP_PAUSE_MS: Final = 2
"""Between two steps, so that what waits in the event loop is not overtaken by the next step."""

GARBAGE_PAUSE_MS: Final = 400


class DeferredStartup(QObject):
    """Imports a module and what that needs beside the event loop, then takes one step of some work a turn of it.

    Python's garbage collector has to be off meanwhile (see `GarbageScheduler`): it would run on the thread.
    """

    done = Signal()
    _loaded = Signal()

    def __init__(self, module: str, steps: Iterator[None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._module, self._steps = module, steps
        self._stopped = False
        self._thread = threading.Thread(target=self._load, name="imports")
        self._turn = QTimer(self, interval=STEP_PAUSE_MS)
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


class GarbageScheduler(QObject):
    """Takes the collector's work over as long as it lives."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=GARBAGE_PAUSE_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect as far up as Python would: the oldest generation whose count is over its threshold."""
        due = [
            n for n, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if count > most
        ]
        if due:
            gc.collect(max(due))

    def settle(self) -> None:
        """What is there by now stays, such as all imports: it need not be looked at again and again."""
        gc.freeze()

    def close(self) -> None:
        """Give the work back."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()


class Interrupts(QObject):
    """SIGINT as a Qt signal: Python handlers do not run while Qt's event loop sleeps, a socket wakes it."""

    came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        # Without a handler of Python's own SIGINT would end the process at once.
        self._old_handler = signal.signal(signal.SIGINT, lambda _number, _frame: None)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)

    def close(self) -> None:
        """Give the signal back."""
        self._notifier.setEnabled(False)
        signal.signal(signal.SIGINT, self._old_handler)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()

    def _on_readable(self) -> None:
        if signal.SIGINT in self._reader.recv(64):
            self.came.emit()
