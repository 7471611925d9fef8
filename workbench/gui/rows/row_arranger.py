"""Works out which rows are shown in what order, between the window's other events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from workbench.gui.rows.image_row import ImageRow
from workbench.gui.rows.row_query import RowQuery, arrange

AGAIN_MS: Final = 700
"""How long after new rows the order is worked out anew."""

SLICE_MS: Final = 6
"""How long it works at a stretch before the window gets its turn."""


class RowArranger(QObject):
    """The newest wish counts: one that is still being worked on is dropped for it."""

    done = Signal(object)  # list[ImageRow], wanted and in order; as `list` Qt would make a QVariant of each row

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[ImageRow] = ()
        self._wish = RowQuery()
        self._work: Iterator[None] | None = None
        self._step = QTimer(self, interval=0)
        self._step.timeout.connect(self._go_on)
        self._later = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._later.timeout.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Whether something is being worked out, or soon will be."""
        return self._work is not None or self._later.isActive()

    def start(self, rows: Sequence[ImageRow], wish: RowQuery) -> None:
        """Begin at once."""
        self._rows, self._wish = rows, wish
        self._begin()

    def soon(self, rows: Sequence[ImageRow], wish: RowQuery) -> None:
        """Begin a little later; rows that come until then are in it."""
        self._rows, self._wish = rows, wish
        if not self._later.isActive():
            self._later.start()

    def stop(self) -> None:
        """Nothing is wanted any more."""
        self._later.stop()
        self._end()

    def _begin(self) -> None:
        self._later.stop()
        self._work = arrange(self._rows, self._wish, self.done.emit)
        self._step.start()

    def _go_on(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        while self._work is not None and clock.elapsed() < SLICE_MS:
            work = self._work
            # What is told at the end may start other work at once: that is not to be ended here.
            if next(work, self) is self and self._work is work:
                self._end()

    def _end(self) -> None:
        self._work = None
        self._step.stop()
