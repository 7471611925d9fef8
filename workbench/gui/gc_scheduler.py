"""Runs Python's garbage collector on the GUI thread, between events.

Left to itself the collector runs wherever objects are made, also on the threads that look through folders and read
pictures; a widget or timer that hangs in a circle would be destroyed there, and Qt ends the process for that
("Timers cannot be stopped from another thread").
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

PAUSE_MS: Final = 400


class GarbageScheduler(QObject):
    """Takes the collector's work over as long as it lives."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=PAUSE_MS)
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
