"""`predict`: local predictions for images and records."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

import click

from workbench.cli.data_options import InputOptions, named_options
from workbench.cli.decoders import decoders_quiet
from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import print_remarks, progress_report, say
from workbench.cli.pipeline import PipelineChoice, PipelineCommand, address_of, pipeline_options, refuse_addresses, tell
from workbench.cli.rows import FORMATS, answer_options, write_rows
from workbench.core import jobs
from workbench.spec.data import ROW_FORMATS, BulkResult, RowFormat
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import parse_set
from workbench.spec.size_text import size_text

ALL_FORMATS: Final = tuple(dict.fromkeys((*FORMATS, *ROW_FORMATS)))
ENDINGS: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet", ".tfrecord": "tfrecord"}
"""What the name of OUT says where --format says nothing."""


@click.command(cls=PipelineCommand)
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@answer_options
@click.option("--format", "form", type=click.Choice(ALL_FORMATS), help="[default: by OUT's ending, or a table]")
@click.option("--shards", default=1, show_default=True, metavar="N", help="Files to write: OUT-00000-of-0000N.ENDING.")
@click.option("--resume", is_flag=True, help="Resume an interrupted run.")
@click.option("--batch", default=0, metavar="N", help="Batch size, with -o.  [default: 64]")
@named_options
@pipeline_options
@model_options
@click.option("--signature", default="", metavar="NAME", help="Signature to call.  [default: by the kind of INPUT]")
def predict(
    path: Path,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    form: str | None,
    as_json: bool,
    output: Path | None,
    top: int,
    raw_cells: bool,
    shards: int,
    resume: bool,
    batch: int,
    named: InputOptions,
    pipeline: PipelineChoice,
    signature: str,
    given: ModelOptions,
) -> None:
    """Predict on INPUT with PATH: a project, a SavedModel folder or a model.

    INPUT is images, folders of images, JSON lines (.jsonl: one instance per line), NumPy's .npy and .npz (one array per
    input; float arrays for the image use the tensor signature) and TFRecord files of tf.train.Example, plain or
    gzipped. Each prediction equals the reply of the online API. Text passthrough keys without a value contain the path
    of the image, or the file and record number. Exit code 1 if an input failed. Images taken as sent are batched by
    size.

    With -o OUT as jsonl, csv, parquet or tfrecord, memory use does not grow with the number of inputs, and --resume
    resumes an interrupted run without lost or duplicate rows. --runner does the same as an Apache Beam pipeline: INPUT
    and --list may be patterns and files in a bucket, rows are in no order, and failures are in OUT.errors-*.jsonl.
    """
    chosen = _format(form, as_json, output)
    bulk = output is not None and chosen in ROW_FORMATS
    _refuse_idle(chosen, output, shards, resume, batch)
    values = parse_set(settings)
    if pipeline.runner:
        pipeline.refuse(resume=resume)
        apply_consent(path, given)
        if output is None or chosen not in ROW_FORMATS:
            raise WorkbenchError("BAD_OPTION", "A pipeline writes files.", hint=f"-o and {', '.join(ROW_FORMATS)}.")
        with decoders_quiet():
            done = jobs.predict_pipeline(
                jobs.open_export(path, extras=given.extras, on_notes=print_remarks),
                inputs,
                address_of(output),
                runner=pipeline.runner,
                arguments=pipeline.arguments,
                lists=tuple(map(address_of, named.lists)),
                format=cast(RowFormat, chosen),
                shards=shards if shards > 1 else 0,
                batch=batch,
                values=values,
                features=named.features_file(),
                signature=signature,
                raw_cells=raw_cells,
                wait=pipeline.wait,
            )
        tell(done, as_json=as_json)
        return
    refuse_addresses(*inputs, output, *named.lists, named.features)
    sources = jobs.find_inputs(inputs, named.lists)  # Said before the seconds that an export takes.
    with decoders_quiet(), jobs.open_features(named.features_file()) as by_file:
        apply_consent(path, given)
        with progress_report() as report:
            directory = jobs.open_export(path, report, given.extras, print_remarks)
            if bulk and output is not None:
                _to_files(
                    jobs.predict_to_files(
                        directory,
                        sources,
                        output,
                        format=cast(RowFormat, chosen),
                        shards=shards,
                        resume=resume,
                        batch=batch,
                        values=values,
                        features=by_file,
                        features_key=jobs.features_key(named.features_file()),
                        signature=signature,
                        raw_cells=raw_cells,
                        report=report,
                    )
                )
                return
            rows = jobs.predict(directory, sources, values=values, features=by_file, signature=signature, report=report)
            write_rows(rows, form=chosen, output=output, labels=labels_of(path), top=top, raw_cells=raw_cells)


def _format(form: str | None, as_json: bool, output: Path | None) -> str:
    if as_json:
        return "json"
    return form or (ENDINGS.get(output.suffix.lower(), "table") if output else "table")


def _refuse_idle(form: str, output: Path | None, shards: int, resume: bool, batch: int) -> None:
    """Raise `WorkbenchError` BAD_OPTION for options and formats that mean nothing here."""
    if output is None and form not in FORMATS:
        raise WorkbenchError("BAD_OPTION", f"A {form} file cannot be printed.", hint="Give it with -o.")
    if form not in ROW_FORMATS and (shards != 1 or resume):
        hint = f"Use --format {', '.join(ROW_FORMATS)}."
        raise WorkbenchError("BAD_OPTION", f"A {form} file cannot be written in shards or resumed.", hint=hint)
    if output is None and (shards != 1 or resume):
        raise WorkbenchError("BAD_OPTION", "--shards and --resume need an output file.", hint="Give them with -o.")
    if batch < 0:
        raise WorkbenchError("BAD_OPTION", f"The batch size cannot be {batch}.", hint="Use 1 or more.")


def _to_files(done: BulkResult) -> None:
    """Say on stderr what was written; ends with 1 where some input failed."""
    files = f"{len(done.files)} file{'s' if len(done.files) != 1 else ''}"
    before = f", {done.resumed} of them from an earlier run" if done.resumed else ""
    text = f"{done.rows} rows in {files}, {size_text(done.bytes)}, {done.failed} failed, {done.seconds:.1f} s{before}"
    say(text, err=True)
    if done.failed:
        raise click.exceptions.Exit(1)


def labels_of(path: Path) -> tuple[str, ...]:
    """The labels of a project; a model or an export by itself has none."""
    from workbench.spec.project import load_project

    return load_project(path).signature.labels if path.suffix.lower() == ".toml" else ()
