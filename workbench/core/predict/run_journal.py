"""Journal of a bulk run: which rows are durably on disk, and of which run. Consistent after SIGKILL at any point.

A run is identified by the hashes of its export, inputs and options: it resumes only if they are unchanged.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from workbench.spec.errors import DECODE_ERRORS, WorkbenchError

NAME: Final = "journal"


_SAID: Final = {
    "export": "the export has changed",
    "inputs": "the inputs have changed",
    "values": "the values have changed",
    "features": "the features file has changed",
}


class RunMark(msgspec.Struct, frozen=True):
    """The durable part: the first `rows` rows, `failed` of them errors.

    They fill the shards before `shard`, and that one up to `offset` bytes. `whole`: there are no further rows.
    """

    rows: int = 0
    failed: int = 0
    shard: int = 0
    offset: int = 0
    whole: bool = False


class RunPlan(msgspec.Struct, frozen=True):
    """What identifies a run. `parts` are hashes and options by name; `total` rows are distributed over the shards."""

    parts: dict[str, str]
    total: int


_plans: msgspec.json.Decoder[RunPlan] = msgspec.json.Decoder(RunPlan)
_marks: msgspec.json.Decoder[RunMark] = msgspec.json.Decoder(RunMark)


class RunJournal:
    """A line with the plan, then one line per mark, each flushed to disk before the next begins."""

    def __init__(self, file: IO[bytes], plan: RunPlan, mark: RunMark) -> None:
        self._file, self.plan, self.mark = file, plan, mark

    @classmethod
    def begin(cls, folder: Path, plan: RunPlan) -> Self:
        """Start a new journal in `folder`."""
        file = _locked(folder)
        file.truncate(0)
        journal = cls(file, plan, RunMark())
        journal._add(plan)
        return journal

    @classmethod
    def again(cls, folder: Path) -> Self | None:
        """The existing journal; `None` if a run ended before its plan was written.

        A truncated last line is dropped. Raises `WorkbenchError` RUNNING if another process has it open, BAD_JOURNAL.
        """
        file = _locked(folder)
        lines = file.read().split(b"\n")
        whole = lines[:-1]  # After the last newline there is nothing, or the line that was being written.
        if not whole:
            file.close()
            return None
        try:
            plan = _plans.decode(whole[0])
            mark = _marks.decode(whole[-1]) if len(whole) > 1 else RunMark()
        except DECODE_ERRORS as err:
            file.close()
            hint = "Remove that folder to begin anew."
            raise WorkbenchError(
                "BAD_JOURNAL", f"Its journal is damaged: {err}.", where=str(folder), hint=hint
            ) from err
        file.truncate(sum(len(line) + 1 for line in whole))
        file.seek(0, os.SEEK_END)
        return cls(file, plan, mark)

    def add(self, mark: RunMark) -> None:
        """Add a mark, whose rows must already be on disk."""
        self._add(mark)
        self.mark = mark

    def _add(self, line: RunPlan | RunMark) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file and release the lock."""
        self._file.close()


def _locked(folder: Path) -> IO[bytes]:
    """The journal's file, locked by this process until it is closed or the process ends, in any way."""
    file = (folder / NAME).open("a+b")
    file.seek(0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        file.close()
        raise WorkbenchError("RUNNING", "Another process is writing this output.", where=str(folder)) from err
    return file


def export_hash(directory: Path) -> str:
    """The hash of an export's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(directory)}\0{path.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def file_hash(path: Path | None) -> str:
    """The hash of a file; empty for none. Raises `WorkbenchError` CANNOT_READ."""
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {err.strerror}.", where=str(path)) from err


def values_hash(values: Mapping[str, object]) -> str:
    """The hash of the values that are set for every instance."""
    return hashlib.sha256(msgspec.json.encode(values, order="sorted")).hexdigest()


def refuse_changed(before: Mapping[str, str], now: Mapping[str, str], folder: Path) -> None:
    """Raise `WorkbenchError` CHANGED if export, inputs or options differ from those of the interrupted run."""
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if not names:
        return
    said = (_SAID.get(n, f"--{n} was '{before.get(n, '')}' and is '{now.get(n, '')}'") for n in names)
    text = f"The unfinished run cannot be resumed: {'; '.join(said)}."
    hint = "Restore it, or remove that folder to start again."
    raise WorkbenchError("CHANGED", text, where=str(folder), hint=hint)
