"""One row of the Test tab as data, and how many of them are done."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from workbench.spec.model import Row


class State(enum.Enum):
    """Where a row is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass
class ImageRow:
    """One image, or one record of a file: where it lies and, when it has come, what the model said or what went wrong.

    `source` is what the engine called a record (`file.jsonl:3`); a file of records is one row until it has been read.
    """

    path: str
    answer: Row | None = None
    records: bool = False
    source: str = ""

    @property
    def name(self) -> str:
        """The name without its folder."""
        return Path(self.source or self.path).name

    @property
    def state(self) -> State:
        """Waiting until the answer is there."""
        if self.answer is None:
            return State.WAITING
        return State.FAILED if self.answer.error else State.DONE

    @property
    def error(self) -> str:
        """What went wrong, without the path that stands beside it."""
        if self.answer is None or self.answer.error is None:
            return ""
        return f"{self.answer.error.message} {self.answer.error.hint}".strip()


@dataclass
class Tally:
    """Kept as rows change: to count 100 000 rows at every event would be felt."""

    done: int = 0
    failed: int = 0
    milliseconds: float = 0.0

    def count(self, row: ImageRow, step: int) -> None:
        """Add a row as it is now (`step` 1), or take it off (-1)."""
        self.done += step * (row.state is State.DONE)
        self.failed += step * (row.state is State.FAILED)
        self.milliseconds += step * (row.answer.milliseconds if row.answer else 0.0)

    def rate(self) -> float:
        """Rows a second while the model worked; 0 where it is not known."""
        return 1000 * self.done / self.milliseconds if self.milliseconds > 0 else 0.0
