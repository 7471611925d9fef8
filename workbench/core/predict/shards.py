"""Output shards of a running bulk job: rows appended in order, with marks of what is durable."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from workbench.core.instances.output_files import writing
from workbench.core.predict.run_journal import RunJournal, RunMark
from workbench.core.predict.work_dir import WorkDir
from workbench.spec.errors import CancelledError


class RowShards:
    """Appends rows to one shard after the other; each has an equal share of `total`; the last takes the remainder.

    Opened at the journal's mark: anything that a killed run wrote after it is truncated.
    """

    def __init__(self, place: WorkDir, journal: RunJournal, head: bytes, every: float) -> None:
        self._place, self._journal, self._head, self._every = place, journal, head, every
        mark = journal.mark
        self.rows, self._failed, self._shard = mark.rows, mark.failed, mark.shard
        self._file = self._open(mark.offset)
        self._marked = time.monotonic()

    @property
    def total(self) -> int:
        """The total number of rows; 0 if unknown."""
        return self._journal.plan.total

    def _open(self, offset: int) -> IO[bytes]:
        path: Path = self._place.spool(self._shard)
        with writing(path):
            file = path.open("r+b" if offset else "wb")
            file.truncate(offset)
            file.seek(offset)
            if not offset:
                file.write(self._head)
        return file

    def add(self, rows: Sequence[bytes], failed: int) -> None:
        """Write a batch's rows. Raises `WorkbenchError` CANNOT_WRITE."""
        with writing(self._place.folder):
            for row in rows:
                while self.rows >= self._end():
                    self._next()
                self._file.write(row)
                self.rows += 1
        self._failed += failed
        if time.monotonic() - self._marked >= self._every:
            self._mark()

    def _end(self) -> float:
        last = self._shard == self._place.shards - 1
        return float("inf") if last else self.total * (self._shard + 1) // self._place.shards

    def _next(self) -> None:
        self._sync()
        self._file.close()
        self._shard += 1
        self._file = self._open(0)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def _mark(self, *, whole: bool = False) -> None:
        with writing(self._place.folder):
            self._sync()
            self._journal.add(RunMark(self.rows, self._failed, self._shard, self._file.tell(), whole))
        self._marked = time.monotonic()

    def finish(self) -> None:
        """Create the shards that got no rows, and the last mark."""
        with writing(self._place.folder):
            while self._shard < self._place.shards - 1:
                self._next()
        self._mark(whole=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A cancel happens between two batches, where all rows are complete; after other errors the last mark counts.
        if isinstance(error, CancelledError):
            self._mark()
        self._file.close()
