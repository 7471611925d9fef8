"""Journal of a bulk run: which rows are durably on disk, and of which run. Consistent after SIGKILL at any point."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from workbench.spec.errors import WorkbenchError

NAME: Final = "journal"


class RunMark(msgspec.Struct, frozen=True):
    """The durable part: the first `rows` rows, `failed` of them errors.

    They fill the shards before `shard`, and that one up to `offset` bytes. `whole`: there are no more.
    """

    rows: int = 0
    failed: int = 0
    shard: int = 0
    offset: int = 0
    whole: bool = False


class RunPlan(msgspec.Struct, frozen=True):
    """What identifies a run. `parts` are hashes and options by what they are of; `total` rows go into shards."""

    parts: dict[str, str]
    total: int


_plans: msgspec.json.Decoder[RunPlan] = msgspec.json.Decoder(RunPlan)
_marks: msgspec.json.Decoder[RunMark] = msgspec.json.Decoder(RunMark)


class RunJournal:
    """A line with the plan, then one for each mark, each put on the disk before the next begins."""

    def __init__(self, file: IO[bytes], plan: RunPlan, mark: RunMark) -> None:
        self._file, self.plan, self.mark = file, plan, mark

    @classmethod
    def begin(cls, folder: Path, plan: RunPlan) -> Self:
        """A new one in `folder`."""
        file = _locked(folder)
        file.truncate(0)
        journal = cls(file, plan, RunMark())
        journal._add(plan)
        return journal

    @classmethod
    def again(cls, folder: Path) -> Self | None:
        """The one that is there; `None` where a run ended before its plan was written.

        A last line that was cut off is dropped. Raises `WorkbenchError` RUNNING where another process has it.
        """
        file = _locked(folder)
        lines = file.read().split(b"\n")
        whole = lines[:-1]  # Behind the last newline stands nothing, or the line that the end came into.
        if not whole:
            file.close()
            return None
        file.truncate(sum(len(line) + 1 for line in whole))
        file.seek(0, os.SEEK_END)
        return cls(file, _plans.decode(whole[0]), _marks.decode(whole[-1]) if len(whole) > 1 else RunMark())

    def add(self, mark: RunMark) -> None:
        """What the mark says is on the disk already."""
        self._add(mark)
        self.mark = mark

    def _add(self, line: RunPlan | RunMark) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of it, and of the lock."""
        self._file.close()


def _locked(folder: Path) -> IO[bytes]:
    """The journal's file, this process's alone until it is closed or the process ends, however that may be."""
    file = (folder / NAME).open("a+b")
    file.seek(0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        file.close()
        raise WorkbenchError("RUNNING", "Another process is at work on this output.", where=str(folder)) from err
    return file
