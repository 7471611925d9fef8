"""Working directory of a bulk run beside its output; found again by name on resume, removed on completion."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from workbench.core.instances.inputs import Inputs
from workbench.core.instances.output_files import shard_paths, writing
from workbench.core.instances.sources import Sources
from workbench.core.predict.row_files import RowFile
from workbench.core.predict.run_journal import NAME, RunJournal, RunPlan
from workbench.core.predict.source_snapshot import SourceSnapshot, freeze
from workbench.spec.errors import WorkbenchError

SUFFIX: Final = ".predicting"


class WorkDir:
    """Context manager: exclusive to this process while entered; removed on exit unless it holds rows to resume from.

    `journal` is that of an earlier run. Raises `WorkbenchError` UNFINISHED, RUNNING, BAD_OPTION, SHARDS_THERE or
    CANNOT_WRITE.
    """

    def __init__(self, output: Path, shards: int, *, resume: bool) -> None:
        self.shards = shards
        self.folder = output.with_name(f".{output.name}{SUFFIX}")
        self.journal: RunJournal | None = None
        self._targets = shard_paths(output, shards)
        for target in self._targets:
            if target.is_dir():
                raise WorkbenchError("CANNOT_WRITE", "The output cannot be written: it is a folder.", where=str(target))
        self._resume = resume
        self._inputs = self.folder / "inputs"

    def __enter__(self) -> Self:
        if (self.folder / NAME).exists():
            self._found()
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def _found(self) -> None:
        self.journal = RunJournal.again(self.folder)
        if self.journal is None:
            return
        rows = self.journal.mark.rows
        if not rows or not self._resume:
            self.journal.close()
            self.journal = None
        if rows and not self._resume:
            text = f"There is an unfinished run of this output, with {rows} rows."
            hint = "Use --resume to continue it, or remove that folder to start again."
            raise WorkbenchError("UNFINISHED", text, where=str(self.folder), hint=hint)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kept = self.journal.mark.rows if self.journal is not None else 0
        if self.journal is not None:
            self.journal.close()
        if error is None or not kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self, plan: RunPlan) -> RunJournal:
        """Start a new journal, which belongs to this directory from here on."""
        self.journal = RunJournal.begin(self.folder, plan)
        return self.journal

    @property
    def inputs(self) -> SourceSnapshot:
        """The snapshot that `freeze` wrote."""
        return SourceSnapshot(self._inputs)

    def freeze(self, sources: Sources) -> str:
        """Write the snapshot of the inputs; returns their hash."""
        with writing(self.folder):
            return freeze(sources, self._inputs)

    def spool(self, shard: int) -> Path:
        """The path of a shard while rows are written to it."""
        return self.folder / f"{shard:05}"

    def finish(self, rows: RowFile) -> tuple[tuple[str, ...], int]:
        """Turn the written rows into files and move them into place; returns their names and bytes.

        Files that a killed run has already moved stay where they are.
        """
        made = []
        for shard, target in enumerate(self._targets):
            spooled, whole = self.spool(shard), self.folder / f"{shard:05}.whole"
            if spooled.exists():
                with writing(target):
                    rows.finish(spooled, whole)
            if whole.exists():
                made.append((whole, target))
        for whole, target in made:
            with writing(target):
                whole.replace(target)
        return tuple(map(str, self._targets)), sum(target.stat().st_size for target in self._targets)


def counted(asked: Inputs) -> int:
    """The number of instances, by reading through the files of records."""
    return sum(1 for _ in asked.tasks())
