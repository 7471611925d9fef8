"""`prepare` as a Beam pipeline: images to instances, with errors and notes in files of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import apache_beam as beam
import msgspec
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput

from workbench.core.data.beam.features import SharedFeatures, features_for
from workbench.core.data.beam.inputs import InputElement, elements, is_manifest, read
from workbench.core.data.beam.runner import NAMESPACE, run
from workbench.core.data.beam.sinks import place_of, write_lines, write_records
from workbench.core.data.instance_builder import ImageNote, InstanceBuilder
from workbench.core.data.instance_schema import InstanceSchema
from workbench.core.data.writers import json_line
from workbench.core.instances.examples import parts_of
from workbench.core.instances.image_instances import Values, check_keys, check_values, features_of
from workbench.spec.data import BAD, NOTES, Check, PipelineResult
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FeaturesFile

GOOD: Final = "good"
DEAD: Final = "dead"
NOTED: Final = "notes"


class PreparePipelineOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The request: see `workbench prepare --help`. `shards` 0 leaves their number to the runner."""

    inputs: tuple[str, ...]
    lists: tuple[str, ...] = ()
    output: str
    format: str
    wanted: InstanceSchema
    shards: int = 0
    gzip: bool = False
    values: Values = {}
    features: FeaturesFile | None = None
    check: Check = "quick"


def prepare(order: PreparePipelineOrder, options: Any, *, wait: bool = False) -> PipelineResult:
    """Run the pipeline. Raises `WorkbenchError` for bad arguments before anything runs, `OutsideError` for the rest."""
    ending = {"jsonl": ".jsonl", "tfrecord": ".tfrecord"}.get(order.format)
    if ending is None:
        text = f"A pipeline writes jsonl or tfrecord, not {order.format}: an array is one file."
        raise WorkbenchError("BAD_OPTION", text, hint="Prepare arrays without --runner.")
    file, known = features_for(order.features, options)
    check_keys(order.wanted.form, order.values, known)
    if not any(map(is_manifest, order.lists)):
        check_values(order.wanted.form, order.values, known)
    places = [
        place_of(order.output, ending, gzip=order.gzip),
        *(place_of(f"{order.output}{behind}", ".jsonl") for behind in (BAD, NOTES)),
    ]
    pipeline = beam.Pipeline(options=options)
    named = elements(pipeline, order.inputs, order.lists)
    made = named | "Make instances" >> beam.ParDo(MakeInstance(order, SharedFeatures(file))).with_outputs(
        DEAD, NOTED, main=GOOD
    )
    sink = write_lines if order.format == "jsonl" else write_records
    _ = made[GOOD] | "Write instances" >> sink(places[0], order.shards)
    _ = made[DEAD] | "Write errors" >> write_lines(places[1], 0)
    _ = made[NOTED] | "Write notes" >> write_lines(places[2], 0)
    outputs = dict(zip(("instances", "errors", "notes"), (p.pattern for p in places), strict=True))
    return run(pipeline, options, outputs, wait=wait)


class MakeInstance(beam.DoFn):  # type: ignore[misc]
    """An element to a record of the format; rejected images and notes as JSON lines."""

    def __init__(self, order: PreparePipelineOrder, rows: SharedFeatures) -> None:
        self._maker = InstanceBuilder(order.wanted, order.values, {}, order.check)
        self._rows = rows
        self._lines = order.format == "jsonl"
        self._counters = {n: Metrics.counter(NAMESPACE, n) for n in ("images", "bytes", "errors", "microseconds")}

    def setup(self) -> None:
        """Called once per worker: reads the features file."""
        self._maker = msgspec.structs.replace(self._maker, features=self._rows.opened())

    def _pack(self, instance: Any) -> bytes:
        if self._lines:
            return json_line(instance)
        return b"".join(parts_of(self._maker.wanted.form.inputs, instance))

    def process(self, element: InputElement) -> Iterator[Any]:
        """Yield one record or one error line, and the notes."""
        start = time.perf_counter()
        path, own = element
        try:
            data = read(path)
            values = {key: value for key, value in own.items() if key in self._maker.wanted.form.inputs}
            values = {**features_of(self._maker.features, path), **values}
            made = self._maker.made_of(path, path, data, values, self._pack)
            self._counters["bytes"].inc(len(data))
            yield made.packed
            for note in made.notes:
                yield TaggedOutput(NOTED, letter(path, note))
        except WorkbenchError as err:
            self._counters["errors"].inc()
            yield TaggedOutput(DEAD, letter(path, ImageNote(err.code, f"{err.message} {err.hint}".strip())))
        self._counters["images"].inc()
        self._counters["microseconds"].inc(int((time.perf_counter() - start) * 1e6))


def letter(source: str, note: ImageNote) -> bytes:
    """A line of the errors or the notes."""
    return msgspec.json.encode({"source": source, "code": note.code, "message": note.message})
