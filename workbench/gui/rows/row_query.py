"""Filters and sorts rows in small steps between the window's other events, so that 100 000 rows do not block it."""

from __future__ import annotations

import enum
import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from workbench.gui.rows.class_folders import ClassFolders
from workbench.gui.rows.image_row import ImageRow, RowState

PIECE: Final = 2000
"""Rows between two chances to stop: one to three milliseconds of work."""

LOW_MARGIN: Final = 0.2
"""Below this gap between the best two scores the answer is called uncertain."""

AGAIN_MS: Final = 700
"""How long after new rows the order is worked out anew."""

SLICE_MS: Final = 6
"""How long it works at a stretch before the window gets its turn."""


class RowFilter(enum.Enum):
    """Which rows are wanted."""

    ALL = "all"
    ERRORS = "errors"
    FLIPS = "flips"
    LOW_MARGIN = "low margin"
    WRONG = "wrong"
    WAITING = "waiting"


class RowOrder(enum.Enum):
    """What rows are ordered by."""

    ADDED = "added"
    FILE = "file"
    FOLDER = "folder"
    PREDICTION = "prediction"
    MARGIN = "margin"
    DIFFERENCE = "difference"
    TIME = "time"
    ERROR = "error"


@dataclass(frozen=True)
class RowQuery:
    """Filter, search words, and order."""

    kind: RowFilter = RowFilter.ALL
    words: str = ""
    by: RowOrder = RowOrder.ADDED
    descending: bool = False
    labels: tuple[str, ...] = ()
    classes: ClassFolders = field(default_factory=ClassFolders)
    pair: tuple[int, int] | None = None
    """A true and a said class: a cell of the confusion matrix."""

    @property
    def plain(self) -> bool:
        """Whether all rows are wanted as they were added."""
        return self.kind is RowFilter.ALL and not self.words.strip() and self.by is RowOrder.ADDED and self.pair is None

    def wants(self, row: ImageRow) -> bool:
        """Whether a row passes the filter, and every word is in its path, its best label or its error."""
        return self._kind_fits(row) and self._words_fit(row) and self._pair_fits(row)

    def _pair_fits(self, row: ImageRow) -> bool:
        if self.pair is None:
            return True
        said = self.classes.number(row.lines[0].name) if row.lines else None
        return (self.classes.of(row), said) == self.pair

    def _kind_fits(self, row: ImageRow) -> bool:
        match self.kind:
            case RowFilter.ALL:
                return True
            case RowFilter.ERRORS:
                return row.state is RowState.FAILED
            case RowFilter.WAITING:
                return row.brief is None
            case RowFilter.FLIPS:
                return row.brief is not None and row.brief.compared is not None and row.brief.compared.flips
            case RowFilter.LOW_MARGIN:
                margin = row.brief.margin if row.brief is not None else None
                return margin is not None and margin < LOW_MARGIN
            case RowFilter.WRONG:
                return self.classes.wrong(row)

    def _words_fit(self, row: ImageRow) -> bool:
        if not self.words.strip():
            return True
        best = row.lines[0].label(self.labels) if row.lines else f"{row.error} {row.code}"
        text = f"{row.path} {row.source} {best}".lower()
        return all(word in text for word in self.words.lower().split())

    def key(self, row: ImageRow) -> Any:
        """What a row is ordered by."""
        brief = row.brief
        match self.by:
            case RowOrder.FILE:
                return row.name.lower()
            case RowOrder.FOLDER:
                return row.folder.lower()
            case RowOrder.PREDICTION:
                if not row.lines:
                    return (1, row.error, 0.0)
                best = row.lines[0]
                return (0, best.label(self.labels).lower(), -(best.value or 0.0))
            case RowOrder.MARGIN:
                return self._number(brief.margin if brief is not None else None)
            case RowOrder.DIFFERENCE:
                return self._number(brief.compared.difference if brief is not None and brief.compared else None)
            case RowOrder.TIME:
                return self._number(brief.milliseconds if brief is not None else None)
            case RowOrder.ERROR:
                # Errors come first in both directions: at the end of 100 000 rows they would be missed.
                return (bool(row.code) is self.descending, row.code, row.error)
            case RowOrder.ADDED:
                return 0

    def _number(self, value: float | None) -> float:
        """Rows without a number stand behind all others either way."""
        return (-math.inf if self.descending else math.inf) if value is None else value


def arrange(rows: Sequence[ImageRow], wish: RowQuery, done: Callable[[list[ImageRow]], None]) -> Iterator[None]:
    """Work in pieces, one a `next`; `done` gets the rows at the end. Rows that come meanwhile are for the next time."""
    count = len(rows)
    runs: list[list[tuple[Any, int]]] = []
    kept: list[ImageRow] = []
    for first in range(0, count, PIECE):
        piece = [row for row in rows[first : min(first + PIECE, count)] if wish.wants(row)]
        if wish.by is not RowOrder.ADDED:
            # The place beside the key keeps equals in the order they came, and rows from being compared.
            run = [(wish.key(row), len(kept) + n) for n, row in enumerate(piece)]
            run.sort(key=itemgetter(0), reverse=wish.descending)
            runs.append(run)
        kept += piece
        yield
    if wish.by is RowOrder.ADDED:
        done(kept)
        return
    merged: list[ImageRow] = []
    for _, place in heapq.merge(*runs, key=itemgetter(0), reverse=wish.descending):
        merged.append(kept[place])
        if len(merged) % PIECE == 0:
            yield
    done(merged)


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
