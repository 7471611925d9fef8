"""Local prediction: predict, store rows on disk, preview the network's input, save rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workbench.core.progress import Report, silent
from workbench.spec.data import BulkResult, PipelineResult, RowFormat
from workbench.spec.features import FeaturesFile
from workbench.spec.model import Progress, Row
from workbench.spec.project import Project
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.row_summary import InputPreview, RowSummary
from workbench.spec.tensors import TensorSpec

if TYPE_CHECKING:
    from workbench.core.instances.image_instances import Features, Values
    from workbench.core.instances.sources import Sources
    from workbench.core.predict.input_preview import InputInspector
    from workbench.core.training.keras_comparison import KerasComparison


def predict(
    directory: Path,
    inputs: Sequence[str] | Sources,
    *,
    values: Values,
    features: Features,
    signature: str = "",
    report: Report = silent,
) -> Iterator[list[Row]]:
    """Rows batch by batch, predicted with the export in `directory`."""
    from workbench.core.predict.runner import Predictor

    report(Progress("Loading the export"))
    predictor = Predictor(directory, signature=signature)
    try:
        yield from predictor.stream(inputs, values=values, features=features, report=report)
    finally:
        predictor.close()


def original(
    project: Project, base: Path, *, values: Values, features: Features, report: Report = silent
) -> KerasComparison:
    """The Keras model, to be compared with its export row by row."""
    from workbench.core.training.keras_comparison import KerasComparison

    return KerasComparison(project, base, values, features, report)


def kept(
    batches: Iterator[list[Row]],
    results: Path,
    reading: ReplyKeys,
    *,
    beside: KerasComparison | None = None,
    records: bool,
) -> Iterator[list[RowSummary]]:
    """Row summaries; the whole rows are written to the file `results`."""
    from workbench.core.predict.result_store import spilled

    return spilled(batches, results, reading, original=beside, records=records)


def eye(directory: Path) -> InputInspector:
    """Open an export for input previews."""
    from workbench.core.predict.input_preview import InputInspector

    return InputInspector(directory)


def look(
    eye: InputInspector,
    source: str,
    project: Project,
    base: Path,
    folder: Path,
    *,
    record: int = 0,
    values: Values,
    features: Features,
) -> list[InputPreview]:
    """The input preview of one image, or of a `record` of a file counted from 1, as PNGs in `folder`."""
    from workbench.core.jobs.model import project_facts
    from workbench.spec.image_feeds import pictures
    from workbench.spec.step_files import located

    facts = project_facts(project, base, outputs=False)
    scales = {picture.alias: located(picture.preprocess, base) for picture in pictures(facts, project)}
    if record:
        return eye.look_at_record(Path(source), record, values, scales, folder)
    return eye.look(source, values, features, scales, folder)


def save(
    places: Sequence[tuple[str, int, int]],
    output: Path,
    *,
    reading: ReplyKeys,
    answers: Mapping[str, TensorSpec],
    report: Report = silent,
) -> None:
    """Write stored rows, each given by its file, offset and bytes, to one file whose ending decides the format."""
    from workbench.core.predict.result_store import read_rows
    from workbench.core.predict.save import save_rows

    rows = read_rows((Path(path), at, size) for path, at, size in places)
    save_rows(rows, output, total=len(places), reading=reading, answers=answers, report=report)


def write_csv(rows: Iterable[Row], out: IO[bytes], *, raw: bool = False) -> None:
    """Write rows as CSV to an open file as they arrive: source, a column per key of the first prediction, error."""
    from workbench.core.predict.row_files import write_csv as write

    write(rows, out, raw=raw)


def predict_to_files(
    directory: Path,
    inputs: Sequence[str | Path] | Sources,
    output: Path,
    *,
    format: RowFormat,
    shards: int = 1,
    resume: bool = False,
    batch: int = 0,
    values: Values,
    features: Features,
    features_key: str = "",
    signature: str = "",
    raw_cells: bool = False,
    report: Report = silent,
) -> BulkResult:
    """Predict any number of inputs into files, one row each, resumable after an interruption; see `core.predict.bulk`.

    `features_key` identifies the features file, such as by its hash.
    """
    from workbench.core.instances.sources import Sources
    from workbench.core.predict.bulk import BATCH, BulkOrder
    from workbench.core.predict.bulk import predict_to_files as write
    from workbench.core.predict.run_journal import export_hash, values_hash
    from workbench.core.predict.runner import Predictor

    size = batch or BATCH
    cells = {"cells": "raw"} if raw_cells else {}
    own = cells | {"format": format, "shards": str(shards), "batch": str(size), "signature": signature}
    parts = {"export": export_hash(directory), "values": values_hash(values), "features": features_key, **own}
    order = BulkOrder(
        sources=inputs if isinstance(inputs, Sources) else Sources(inputs),
        output=output,
        format=format,
        shards=shards,
        resume=resume,
        batch=size,
        values=values,
        features=features,
        raw_cells=raw_cells,
        parts=parts,
    )
    report(Progress("Loading the export"))
    predictor = Predictor(directory, signature=signature)
    try:
        return write(predictor, order, report)
    finally:
        predictor.close()


def predict_pipeline(
    directory: Path,
    inputs: Sequence[str],
    output: str,
    *,
    runner: str,
    arguments: Sequence[str] = (),
    lists: Sequence[str] = (),
    format: RowFormat = "jsonl",
    shards: int = 0,
    batch: int = 0,
    values: Values,
    features: FeaturesFile | None = None,
    signature: str = "",
    raw_cells: bool = False,
    wait: bool = False,
) -> PipelineResult:
    """The same as an Apache Beam pipeline; `arguments` are the runner's own options."""
    from workbench.core.data.beam.runner import options_for

    options = options_for(runner, arguments)  # Before importing modules that use Beam, to report a missing Beam.
    from workbench.core.data.beam.predict import PredictPipelineOrder
    from workbench.core.data.beam.predict import predict as run
    from workbench.core.predict.bulk import BATCH

    order = PredictPipelineOrder(
        directory=directory,
        inputs=tuple(inputs),
        lists=tuple(lists),
        output=output,
        format=format,
        shards=shards,
        batch=batch or BATCH,
        values=values,
        features=features,
        signature=signature,
        raw_cells=raw_cells,
    )
    return run(order, options, wait=wait)
