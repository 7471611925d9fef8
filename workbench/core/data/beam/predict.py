"""`predict` as a Beam pipeline: the same results as the local command, on any number of workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apache_beam as beam
import msgspec
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import RunInference
from apache_beam.pvalue import TaggedOutput

from workbench.core.data.beam.features import SharedFeatures, features_for
from workbench.core.data.beam.handler import SavedModelHandler
from workbench.core.data.beam.inputs import elements
from workbench.core.data.beam.prepare import DEAD, GOOD
from workbench.core.data.beam.records import MakeRecords
from workbench.core.data.beam.runner import NAMESPACE, is_local, run
from workbench.core.data.beam.sinks import place_of, write_lines, write_records, write_table
from workbench.core.data.beam.staging import staged
from workbench.core.instances.image_instances import Values, check_keys
from workbench.core.instances.instance_form import ServedSignatures, served_by
from workbench.core.instances.tfrecords import unframed
from workbench.core.predict.row_files import Outputs, columns, parquet_schema, row_file
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.data import BAD, PipelineResult, RowFormat
from workbench.spec.features import FeaturesFile
from workbench.spec.model import Row

ENDINGS: Final[dict[RowFormat, str]] = {f: f".{f}" for f in ("jsonl", "csv", "parquet", "tfrecord")}


class PredictPipelineOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The request: see `workbench predict --help`. `shards` 0 leaves their number to the runner."""

    directory: Path
    inputs: tuple[str, ...]
    lists: tuple[str, ...] = ()
    output: str
    format: RowFormat = "jsonl"
    shards: int = 0
    batch: int = 64
    values: Values = {}
    features: FeaturesFile | None = None
    signature: str = ""
    raw_cells: bool = False


def predict(order: PredictPipelineOrder, options: Any, *, wait: bool = False) -> PipelineResult:
    """Run the pipeline. Raises `WorkbenchError` for bad arguments before anything runs, `OutsideError` for the rest."""
    served = served_by(order.directory, read_signatures(order.directory).signatures, order.signature)
    file, known = features_for(order.features, options)
    check_keys(served.form, order.values, known)
    answers = outputs_of(served)
    writer = row_file(
        order.format, answers, raw_cells=order.raw_cells
    )  # An unsupported dtype is reported before the pipeline runs.
    good, bad = place_of(order.output, ENDINGS[order.format]), place_of(f"{order.output}{BAD}", ".jsonl")
    model = str(order.directory.resolve()) if is_local(options) else staged(order.directory, options)
    pipeline = beam.Pipeline(options=options)
    named = elements(pipeline, order.inputs, order.lists)
    records = named | "Read" >> beam.ParDo(MakeRecords(served, order.values, SharedFeatures(file)))
    rows = records | "Predict" >> RunInference(SavedModelHandler(model, order.signature, order.batch))
    apart = rows | "Apart" >> beam.ParDo(SplitRows(order.format, answers, raw_cells=order.raw_cells)).with_outputs(
        DEAD, main=GOOD
    )
    if order.format == "parquet":
        sink = write_table(good, order.shards, parquet_schema(answers))
    else:
        sink = (
            write_records(good, order.shards)
            if order.format == "tfrecord"
            else write_lines(good, order.shards, writer.head)
        )
    _ = apart[GOOD] | "Write rows" >> sink
    _ = apart[DEAD] | "Write errors" >> write_lines(bad, 0)
    return run(pipeline, options, {"rows": good.pattern, "errors": bad.pattern}, wait=wait)


def outputs_of(served: ServedSignatures) -> Outputs:
    """The reply keys: of the selected signature, else of those for images and Examples."""
    names = [served.chosen] if served.chosen else [served.form.signature, *served.examples]
    return {a: tensor for name in names for a, tensor in served.signatures[name].outputs.items()}


class SplitRows(beam.DoFn):  # type: ignore[misc]
    """Rows in the form of the sink; failed ones separately as JSON lines."""

    def __init__(self, form: RowFormat, outputs: Outputs, *, raw_cells: bool = False) -> None:
        self._form, self._outputs, self._raw_cells = form, outputs, raw_cells
        self._errors = Metrics.counter(NAMESPACE, "errors")

    def setup(self) -> None:
        """Called once per worker: objects that a format needs are not sent to workers."""
        self._writer = row_file(self._form, self._outputs, raw_cells=self._raw_cells)

    def process(self, row: Row) -> Iterator[Any]:
        """Yield the row once, to one of the two outputs."""
        if row.error:
            self._errors.inc()
            yield TaggedOutput(DEAD, msgspec.json.encode(row.document()))
        elif self._form == "parquet":
            yield columns(row, list(row.prediction or ()))
        else:
            data = self._writer.row(row)
            yield unframed(data) if self._form == "tfrecord" else data.rstrip(b"\r\n")
