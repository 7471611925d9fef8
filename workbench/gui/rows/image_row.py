"""One row of the Test tab as data, and what is counted over all of them while they come."""

from __future__ import annotations

import enum
import os
from bisect import bisect_right
from collections import Counter
from typing import Final, NamedTuple

import msgspec

from workbench.spec.reply_keys import PredictionLine
from workbench.spec.row_summary import RowSummary

TIMES: Final = tuple(10 ** (n / 5) for n in range(18))
"""Milliseconds where one bin of the latency histogram ends and the next begins, from 1 to 2512: five to a power of ten,
so that all are equally wide on a logarithmic scale."""

SCORE_BINS: Final = 20


class RowState(enum.Enum):
    """Where a row is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class ImageRow(msgspec.Struct, gc=False, eq=False):
    """One image, or one record of a file: where it lies and, when it has come, what the model said in short.

    `file` is the number of the results file that holds the whole row. A file of records is one row until it has
    been read. Kept small, and out of the garbage collector's sight: there may be 100 000.
    """

    path: str
    brief: RowSummary | None = None
    records: bool = False
    file: int = 0

    @property
    def source(self) -> str:
        """What the engine called a record (`file.jsonl:3`); empty for an image."""
        return self.brief.source if self.brief is not None and self.records else ""

    @property
    def number(self) -> int:
        """Which record of its file it is, from 1; 0 where it is none, such as that of a file that could not be read."""
        number = self.source.rpartition(":")[2]
        return int(number) if number.isdecimal() else 0

    @property
    def name(self) -> str:
        """The name without its folder."""
        return os.path.basename(self.source or self.path)

    @property
    def folder(self) -> str:
        """The name of the folder it lies in; empty for records."""
        return "" if self.records else os.path.basename(os.path.dirname(self.path))

    @property
    def state(self) -> RowState:
        """Waiting until the answer is there."""
        if self.brief is None:
            return RowState.WAITING
        return RowState.FAILED if self.brief.error else RowState.DONE

    @property
    def lines(self) -> tuple[PredictionLine, ...]:
        """The first lines of the prediction; none where there is none."""
        return self.brief.lines if self.brief is not None else ()

    @property
    def error(self) -> str:
        """What went wrong, without the path that stands beside it."""
        if self.brief is None or self.brief.error is None:
            return ""
        return f"{self.brief.error.message} {self.brief.error.hint}".strip()

    @property
    def error_line(self) -> str:
        """What went wrong in one line: its first, without what to do about it."""
        message = self.brief.error.message if self.brief is not None and self.brief.error is not None else ""
        return message.strip().partition("\n")[0]

    @property
    def code(self) -> str:
        """What kind of error it is, by the name that the command line and the log give it too."""
        return self.brief.error.code if self.brief is not None and self.brief.error is not None else ""


class ScoreLine(NamedTuple):
    """One line of a row as it is painted: label, number, and the bar's length 0..1 (None = no bar)."""

    label: str
    number: str
    part: float | None


def scores_shown(row: ImageRow, labels: tuple[str, ...]) -> list[ScoreLine]:
    """A row's lines with the labels of now."""
    return [ScoreLine(line.label(labels), line.number(), line.value if line.part else None) for line in row.lines]


class RowCounts:
    """Kept as rows change: to count 100 000 rows at every event would be felt."""

    def __init__(self) -> None:
        self.done = self.failed = self.compared = self.flips = 0
        self.milliseconds = 0.0
        self.worst = 0.0
        self.times = [0] * (len(TIMES) + 1)
        self.scores = [0] * SCORE_BINS
        self.pairs: Counter[tuple[str, int | str]] = Counter()

    def count(self, row: ImageRow, step: int) -> None:
        """Add a row as it is now (`step` 1), or take it off (-1)."""
        brief = row.brief
        if brief is None:
            return
        if brief.error is not None:
            self.failed += step
            return
        self.done += step
        self.milliseconds += step * brief.milliseconds
        self.times[bisect_right(TIMES, brief.milliseconds)] += step
        if brief.compared is not None:
            self.compared += step
            self.flips += step * brief.compared.flips
            self.worst = max(self.worst, brief.compared.difference)
        if brief.lines:
            self._count_best(row, brief.lines[0], step)

    def _count_best(self, row: ImageRow, best: PredictionLine, step: int) -> None:
        if best.part and best.value is not None:
            self.scores[min(int(max(best.value, 0.0) * SCORE_BINS), SCORE_BINS - 1)] += step
        if not row.records:
            self.pairs[row.folder, best.name] += step

    def rate(self) -> float:
        """Rows a second while the model worked; 0 where it is not known."""
        return 1000 * self.done / self.milliseconds if self.milliseconds > 0 else 0.0
