"""Image files to files of instances: each image's bytes as they are, its keys beside them, the bad ones apart."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.data.making import Made, Maker, Refused
from workbench.core.data.outputs import Layout, beside, layout_of, move_all, writing
from workbench.core.data.repeats import Repeats, ids_of
from workbench.core.data.wanted import Wanted
from workbench.core.data.writers import Writer, writer_for
from workbench.core.deploy.call import MAX_REQUEST
from workbench.core.predict.instances import Features, Values, check_values
from workbench.core.predict.sources import expand
from workbench.core.progress import Report
from workbench.spec.data import BAD, NOTES, Check, Prepared
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.files import replacing
from workbench.spec.model import Progress

TELL_EVERY: Final = 16
"""Images between two reports: often enough to stop at once, too seldom to cost anything."""

_ENVELOPE: Final = len('{"instances": []}')


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of `prepare`: see `workbench prepare --help`."""

    inputs: Sequence[str | Path]
    output: Path
    wanted: Wanted
    format: str = ""
    shards: int = 1
    gzip: bool = False
    values: Values = {}
    features: Features = {}
    errors: Path | None = None
    check: Check = "quick"


def prepare(order: Order, report: Report) -> Prepared:
    """Write the instances of all images that are whole; every file comes into its place at the end, or none.

    An image that cannot be taken is a line of the errors file and harms no other. Raises `WorkbenchError` for
    inputs, keys and names that cannot be right, CANNOT_WRITE for the disk, and what `report` raises; then what
    was there before is there still.
    """
    started = time.perf_counter()
    sources = expand(order.inputs)
    check_values(order.wanted.form, order.values, order.features)
    _check_shards(order.shards, len(sources))
    layout = layout_of(order.output, order.format, order.shards, gzip=order.gzip)
    with beside(order.output.parent) as work:
        with ExitStack() as open_files:
            job = _Job(order, layout, work, open_files)
            job.run(sources, report)
        return job.finish(started)


def _check_shards(shards: int, images: int) -> None:
    if not 1 <= shards <= images:
        text = f"{images} images cannot be put into {shards} shards."
        raise WorkbenchError("BAD_OPTION", text, hint="Use 1 to the number of images.")


class _Job:
    """One run within a folder of its own."""

    def __init__(self, order: Order, layout: Layout, work: Path, open_files: ExitStack) -> None:
        self._order, self._layout, self._work = order, layout, work
        self._errors, self._notes = (_Lines(work / name, open_files) for name in ("errors", "notes"))
        self._images = self._converted = self._above = 0
        self._repeats = Repeats(a for a in ids_of(order.wanted.form) if a not in order.values)

    def run(self, sources: Sequence[str], report: Report) -> None:
        """Write every shard: neighbours stay neighbours, so that the shards in a row have the inputs' order."""
        total, shards = len(sources), len(self._layout.files)
        order = self._order
        maker = Maker(order.wanted, order.values, order.features, order.check)
        for shard in range(shards):
            first, end = (total * n // shards for n in (shard, shard + 1))
            with self._writer(shard) as writer:
                for place in range(first, end):
                    if place % TELL_EVERY == 0:
                        report(Progress("Preparing", place, total))
                    self._put(maker.made(sources[place], writer.pack), writer)
        report(Progress("Preparing", total, total))

    @contextmanager
    def _writer(self, shard: int) -> Iterator[Writer]:
        name = self._layout.files[shard]
        with writing(name):
            writer = writer_for(self._layout, self._work / str(shard), name, self._order.wanted.form.inputs)
            with closing(writer):
                yield writer
                writer.finish()

    def _put(self, made: Made | Refused, writer: Writer) -> None:
        if isinstance(made, Refused):
            self._refuse(made.source, made.error)
            return
        try:
            writer.put(made.packed)
        except WorkbenchError as err:
            self._refuse(made.source, err.info())
            return
        self._count(made)

    def _refuse(self, source: str, error: ErrorInfo) -> None:
        self._errors.add(source, error.code, f"{error.message} {error.hint}".strip())

    def _count(self, made: Made) -> None:
        self._images += 1
        self._converted += bool(made.notes)
        for note in made.notes:
            self._notes.add(made.source, "CONVERTED", note)
        self._repeats.add(made.instance)
        if made.size + _ENVELOPE > MAX_REQUEST:
            self._above += 1
            text = f"It takes {made.size:,} bytes as JSON; an online request may have {MAX_REQUEST:,}."
            self._notes.add(made.source, "ABOVE_REQUEST", text)

    def finish(self, started: float) -> Prepared:
        """Move what was written into its place, the data last, and say what it is."""
        output = self._order.output
        errors = self._errors.put(self._order.errors or output.with_name(f"{output.name}{BAD}"))
        notes = self._notes.put(output.with_name(f"{output.name}{NOTES}"))
        parts = [self._work / str(n) for n in range(len(self._layout.files))] if self._images else []
        size = sum(part.stat().st_size for part in parts)
        data = list(zip(parts, self._layout.files, strict=False))
        move_all(data)
        return Prepared(
            format=self._layout.format,
            files=tuple(str(place) for _, place in data),
            keys=tuple(self._order.wanted.form.inputs),
            images=self._images,
            bytes=size,
            errors=self._errors.count,
            converted=self._converted,
            above_request=self._above,
            repeated=self._repeats.found(),
            seconds=time.perf_counter() - started,
            errors_file=errors,
            notes_file=notes,
        )


class _Lines:
    """A file of `{"source", "code", "message"}` lines."""

    def __init__(self, path: Path, open_files: ExitStack) -> None:
        self._path, self.count = path, 0
        self._file = open_files.enter_context(path.open("wb"))

    def add(self, source: str, code: str, message: str) -> None:
        """One more line."""
        self.count += 1
        self._file.write(msgspec.json.encode({"source": source, "code": code, "message": message}) + b"\n")

    def put(self, place: Path) -> str:
        """Put the closed file there and name it; where it is empty, that of an earlier run goes."""
        if not self.count:
            place.unlink(missing_ok=True)
            return ""
        with self._path.open("rb") as file, replacing(place) as out:
            shutil.copyfileobj(file, out)
        return str(place)
