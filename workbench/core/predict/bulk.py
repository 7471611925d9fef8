"""Bulk prediction into files: constant memory, all cores used, resumable after an interruption."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from workbench.core.instances.image_instances import Features, Values
from workbench.core.instances.inputs import Inputs, Task
from workbench.core.instances.ordered_pool import in_order, portions, threads
from workbench.core.instances.sources import Sources
from workbench.core.predict.row_files import Outputs, RowFile, row_file
from workbench.core.predict.run_journal import RunJournal, RunPlan, refuse_changed
from workbench.core.predict.runner import Predictor
from workbench.core.predict.shards import RowShards
from workbench.core.predict.source_snapshot import SourceSnapshot
from workbench.core.predict.work_dir import WorkDir, counted
from workbench.core.progress import Report
from workbench.spec.data import BulkResult, RowFormat
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress

BATCH: Final = 64
"""Inputs per batch, as read and as computed: larger batches gave no further throughput."""

BATCH_BYTES: Final = 32 * 1024 * 1024
"""Bytes of encoded images per batch: large photographs are fewer, or memory would grow with them."""

MARK_EVERY: Final = 2.0
"""Seconds between two marks: at most this much work is lost by a kill. The cost of flushing them is negligible."""


class BulkOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The request: see `workbench predict --help`. `parts` identify the run together with its inputs."""

    sources: Sources
    output: Path
    format: RowFormat
    shards: int = 1
    resume: bool = False
    batch: int = BATCH
    values: Values = {}
    features: Features = {}
    raw_cells: bool = False
    parts: dict[str, str] = {}
    mark_every: float = MARK_EVERY


class _FinishedBatch(NamedTuple):
    """A batch's rows as bytes, and how many of them are errors."""

    rows: list[bytes]
    failed: int


def predict_to_files(predictor: Predictor, order: BulkOrder, report: Report) -> BulkResult:
    """Write a row for every input, in order; all files are moved into place at the end.

    A run that ends early leaves its work beside the output, and `resume` continues from the last mark: no row is lost
    or duplicated. Raises `WorkbenchError` before the first row: for inputs that cannot be read or fit no signature;
    KEY_TAKEN, CANNOT_HOLD or NO_PYARROW for the format; UNFINISHED if an earlier run's work exists and `resume` is not
    set; CHANGED if that run has another export, other inputs or options.
    """
    started = time.perf_counter()
    with WorkDir(order.output, order.shards, resume=order.resume) as place:
        report(Progress("Listing the inputs"))
        parts = {**order.parts, "inputs": place.freeze(order.sources)}
        asked = Inputs(predictor.served, place.inputs, order.values, order.features)
        rows = row_file(order.format, _outputs(predictor, asked), raw_cells=order.raw_cells)
        journal = _journal(place, parts, asked, order)
        resumed = journal.mark.rows
        if not journal.mark.whole:
            with _kept(journal), RowShards(place, journal, rows.head, order.mark_every) as shards:
                _run(
                    _BulkRun(predictor, rows, asked),
                    _batches(asked, place.inputs, resumed, order.batch),
                    shards,
                    report,
                )
                shards.finish()
        report(Progress("Moving files into place", journal.mark.rows, journal.plan.total))
        files, size = place.finish(rows)
        seconds = time.perf_counter() - started
        return BulkResult(order.format, files, journal.mark.rows, journal.mark.failed, size, seconds, resumed)


def _outputs(predictor: Predictor, asked: Inputs) -> Outputs:
    called = [predictor.served.signatures[name] for name in sorted(asked.signatures)]
    return {alias: tensor for spec in called for alias, tensor in spec.outputs.items()}


def _journal(place: WorkDir, parts: dict[str, str], asked: Inputs, order: BulkOrder) -> RunJournal:
    """The interrupted run's journal if it is resumed, else a new one."""
    if place.journal is not None:
        refuse_changed(place.journal.plan.parts, parts, place.folder)
        return place.journal
    # Shards need the total number of rows; one file does not, and counting records means reading them.
    total = asked.total or (counted(asked) if order.shards > 1 else 0)
    if total and order.shards > total:
        text = f"{total} rows cannot be split into {order.shards} shards."
        raise WorkbenchError("BAD_OPTION", text, hint="Use 1 to the number of inputs.")
    return place.begin(RunPlan(parts, total))


@contextmanager
def _kept(journal: RunJournal) -> Iterator[None]:
    """Tells the caller of an interrupted run what is left of it."""
    try:
        yield
    except BaseException as err:
        if journal.mark.rows:
            err.add_note("Finished rows are kept beside the output: use --resume to continue.")
        raise


class _BulkRun(NamedTuple):
    """What all threads of a run share."""

    predictor: Predictor
    rows: RowFile
    asked: Inputs

    def done(self, tasks: Sequence[Task]) -> _FinishedBatch:
        """Read, predict and encode one batch."""
        start = time.perf_counter()
        made = self.predictor.rows([task() for task in tasks], start)
        return _FinishedBatch([self.rows.row(row) for row in made], sum(row.error is not None for row in made))


def _run(run: _BulkRun, batches: Iterable[list[Task]], shards: RowShards, report: Report) -> None:
    clock = _RateClock(shards.rows, shards.total)
    report(clock.progress(shards.rows))
    with closing(in_order(run.done, batches, threads())) as ended:
        for batch in ended:
            shards.add(batch.rows, batch.failed)
            report(clock.progress(shards.rows))


def _batches(asked: Inputs, inputs: SourceSnapshot, first: int, size: int) -> Iterator[list[Task]]:
    """The tasks from a position on, in batches of at most `size` and a limited number of bytes.

    They do not depend on where a run is resumed, since a mark is always between two batches.
    """
    return portions(_weighed(asked, inputs, first), size, BATCH_BYTES)


def _weighed(asked: Inputs, inputs: SourceSnapshot, first: int) -> Iterator[tuple[Task, int]]:
    """Each task from a position on with the bytes it will hold: an image's file, or the data of a record."""
    for source, size in inputs.sized():
        tasks = asked.tasks_of(source)
        first -= sum(1 for _ in islice(tasks, first))
        for task in tasks:
            yield task, size if source.kind == "image" else sum(map(_weight, task.args))


def _weight(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(_weight, value.values()))
    return len(value) if isinstance(value, bytes) else int(getattr(value, "nbytes", 0))


class _RateClock:
    """Throughput, and the remaining time at that rate."""

    def __init__(self, first: int, total: int) -> None:
        self._first, self._total = first, total
        self._start = time.perf_counter()

    def progress(self, done: int) -> Progress:
        """The current progress."""
        passed = time.perf_counter() - self._start
        rate = (done - self._first) / passed if passed > 0 else 0.0
        left = (self._total - done) / rate if rate and self._total else 0.0
        return Progress("Predicting", done, self._total, rate=round(rate, 1), left=round(max(0.0, left), 1))
