"""Converts image files to instance files: encoded bytes unchanged, other keys added, failures reported separately."""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.data.duplicate_ids import DuplicateCounter, ids_of
from workbench.core.data.instance_builder import (
    ABOVE_REQUEST,
    CONVERTED,
    NO_ROW,
    BuiltInstance,
    InstanceBuilder,
    RefusedImage,
)
from workbench.core.data.instance_schema import InstanceSchema
from workbench.core.data.writers import InstanceWriter, packer_for, writer_for
from workbench.core.instances.feature_index import FeatureIndex
from workbench.core.instances.image_instances import Features, Values, check_values
from workbench.core.instances.ordered_pool import here_or_in_order, portions, threads
from workbench.core.instances.output_files import OutputLayout, beside, layout_of, move_all, writing
from workbench.core.instances.sources import Sources
from workbench.core.predict.source_snapshot import size_of
from workbench.core.progress import Report
from workbench.spec.data import BAD, NOTES, Check, PrepareResult
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.files import replacing
from workbench.spec.model import Progress

CHUNK: Final = 16
"""Images that a thread processes at once: few enough to stop soon, enough to make the overhead negligible."""

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""Bytes of images that a thread processes at once: large photographs are fewer, or memory would grow with them."""

SLOW: Final = 0.001
"""Seconds per image from which threads help: files on a slow disk, images to be decoded."""


class PrepareOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of `prepare`: see `workbench prepare --help`."""

    inputs: Sequence[str | Path] | Sources
    output: Path
    wanted: InstanceSchema
    format: str = ""
    shards: int = 1
    gzip: bool = False
    values: Values = {}
    features: Features = {}
    errors: Path | None = None
    check: Check = "quick"


def prepare(order: PrepareOrder, report: Report) -> PrepareResult:
    """Write the instances of all valid images; all files are moved into place at the end, or none.

    A rejected image is a line in the errors file and does not affect the others. Raises `WorkbenchError` for invalid
    inputs, keys and names, CANNOT_WRITE for the disk, and what `report` raises; existing files are then unchanged.
    """
    started = time.perf_counter()
    sources = order.inputs if isinstance(order.inputs, Sources) else Sources(order.inputs)
    check_values(order.wanted.form, order.values, order.features)
    report(Progress("Listing the images"))
    total = sum(1 for _ in sources.images())
    _check_shards(order.shards, total)
    layout = layout_of(order.output, order.format, order.shards, gzip=order.gzip)
    with beside(order.output.parent) as work:
        with ExitStack() as open_files:
            job = _PrepareRun(order, layout, work, open_files)
            job.run(sources, total, report)
        return job.finish(started)


def _check_shards(shards: int, images: int) -> None:
    if not 1 <= shards <= images:
        text = f"{images} images cannot be split into {shards} shards."
        raise WorkbenchError("BAD_OPTION", text, hint="Use 1 to the number of images.")


def _chunks(paths: Iterable[str]) -> Iterator[list[str]]:
    """Consecutive paths, limited in number and bytes."""
    return portions(((path, size_of(path)) for path in paths), CHUNK, CHUNK_BYTES)


class _PrepareRun:
    """One run in a temporary folder of its own."""

    def __init__(self, order: PrepareOrder, layout: OutputLayout, work: Path, open_files: ExitStack) -> None:
        self._order, self._layout, self._work = order, layout, work
        self._errors, self._notes = (_NoteFile(work / name, open_files) for name in ("errors", "notes"))
        self._images = 0
        self._noted: Counter[str] = Counter()
        ids = [a for a in ids_of(order.wanted.form) if a not in order.values]
        self._repeats = DuplicateCounter(ids, work, open_files)

    def run(self, sources: Sources, total: int, report: Report) -> None:
        """Write every shard: consecutive images stay together, so that the shards in sequence have the inputs'
        order."""
        made = self._made(sources)
        place = 0
        with closing(made):
            for shard in range(len(self._layout.files)):
                with self._writer(shard) as writer:
                    # The last one gets images that were added to the folder since it was counted.
                    last = shard == len(self._layout.files) - 1
                    end = sys.maxsize if last else total * (shard + 1) // len(self._layout.files)
                    for one in islice(made, end - place):
                        if place % CHUNK == 0:
                            report(Progress("Preparing", place, total))
                        self._put(one, writer)
                        place += 1
        report(Progress("Preparing", place, total))

    def _made(self, sources: Sources) -> Generator[BuiltInstance | RefusedImage, None, None]:
        """The instances; if files arrive slowly, several threads read them while others are packed and written."""
        order = self._order
        maker = InstanceBuilder(order.wanted, order.values, order.features, order.check, self._repeats.keys)
        pack = packer_for(self._layout, order.wanted.form.inputs)

        def work(path: str) -> BuiltInstance | RefusedImage:
            return maker.made(path, pack)

        # One after the other, an image is still in the processor's cache when it is written.
        return here_or_in_order(work, sources.images(), _chunks, threads(), SLOW)

    @contextmanager
    def _writer(self, shard: int) -> Iterator[InstanceWriter]:
        name = self._layout.files[shard]
        with writing(name):
            writer = writer_for(self._layout, self._work / str(shard), name, self._order.wanted.form.inputs)
            with closing(writer):
                yield writer
                writer.finish()

    def _put(self, made: BuiltInstance | RefusedImage, writer: InstanceWriter) -> None:
        if isinstance(made, RefusedImage):
            self._refuse(made.source, made.error)
            return
        try:
            writer.put(made.packed)
        except WorkbenchError as err:
            self._refuse(made.source, err.info())
            return
        self._images += 1
        self._repeats.add(made.ids)
        self._noted.update({note.code for note in made.notes})
        for note in made.notes:
            self._notes.add(made.source, note.code, note.message)

    def _refuse(self, source: str, error: ErrorInfo) -> None:
        self._errors.add(source, error.code, f"{error.message} {error.hint}".strip())

    def finish(self, started: float) -> PrepareResult:
        """Move the files into place, the data last, and return the result."""
        output, features = self._order.output, self._order.features
        errors = self._errors.put(self._order.errors or output.with_name(f"{output.name}{BAD}"))
        notes = self._notes.put(output.with_name(f"{output.name}{NOTES}"))
        parts = [self._work / str(n) for n in range(len(self._layout.files))] if self._images else []
        size = sum(part.stat().st_size for part in parts)
        data = list(zip(parts, self._layout.files, strict=False))
        move_all(data)
        return PrepareResult(
            format=self._layout.format,
            files=tuple(str(place) for _, place in data),
            keys=tuple(self._order.wanted.form.inputs),
            images=self._images,
            bytes=size,
            errors=self._errors.count,
            converted=self._noted[CONVERTED],
            above_request=self._noted[ABOVE_REQUEST],
            repeated=self._repeats.found(),
            without_row=self._noted[NO_ROW],
            idle_rows=len(features) - features.asked if isinstance(features, FeatureIndex) else 0,
            repeated_rows=len(features.repeated) if isinstance(features, FeatureIndex) else 0,
            seconds=time.perf_counter() - started,
            errors_file=errors,
            notes_file=notes,
        )


class _NoteFile:
    """A file of `{"source", "code", "message"}` lines."""

    def __init__(self, path: Path, open_files: ExitStack) -> None:
        self._path, self.count = path, 0
        self._file = open_files.enter_context(path.open("wb"))

    def add(self, source: str, code: str, message: str) -> None:
        """Add a line."""
        self.count += 1
        self._file.write(msgspec.json.encode({"source": source, "code": code, "message": message}) + b"\n")

    def put(self, place: Path) -> str:
        """Move the closed file to `place` and return its name; if it is empty, the file of an earlier run is
        removed."""
        if not self.count:
            place.unlink(missing_ok=True)
            return ""
        with self._path.open("rb") as file, replacing(place) as out:
            shutil.copyfileobj(file, out)
        return str(place)
