"""`prepare`: converts images to files of instances for batch prediction."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from workbench.cli.data_options import InputOptions, named_options
from workbench.cli.output import json_option, print_json, progress_report, say
from workbench.cli.pipeline import PipelineChoice, PipelineCommand, address_of, pipeline_options, refuse_addresses
from workbench.cli.pipeline import tell as tell_pipeline
from workbench.core import jobs
from workbench.spec.data import CHECKS, FORMATS, Check, PrepareResult, RecordContents
from workbench.spec.features import parse_set
from workbench.spec.size_text import size_text

_FILE = click.Path(path_type=Path)


@click.command(cls=PipelineCommand)
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="File to write; its ending sets the format.")
@click.option("--peek", type=int, metavar="N", help="Show record N of INPUT, a file of instances; write nothing.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Format, if the ending does not set it.")
@click.option("--project", type=_FILE, metavar="PATH", help="Project, model or export with the keys to write.")
@click.option("--shards", default=1, show_default=True, metavar="N", help="Files to write: NAME-00000-of-0000N.ENDING.")
@click.option("--gzip", is_flag=True, help="Gzip the file; .gz is added to its name.")
@named_options
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A value for every image.")
@click.option("--errors", type=_FILE, metavar="FILE", help="List of bad images.  [default: FILE.errors.jsonl]")
@click.option(
    "--check",
    type=click.Choice(CHECKS),
    default="quick",
    show_default=True,
    help="quick: header and end of each image; full: decode each.",
)
@pipeline_options
@json_option
def prepare(
    inputs: tuple[str, ...],
    output: Path | None,
    peek: int | None,
    form: str | None,
    project: Path | None,
    shards: int,
    gzip: bool,
    named: InputOptions,
    settings: tuple[str, ...],
    errors: Path | None,
    check: str,
    pipeline: PipelineChoice,
    as_json: bool,
) -> None:
    """Write INPUT (images and folders) as instances to FILE (.jsonl, .npz, .npy or .tfrecord).

    Images are copied unchanged if the project accepts their format; others are converted once, to PNG or JPEG, and
    listed in FILE.notes.jsonl. Without --project the keys are input and metadata. Text passthrough keys without a value
    contain the path. Bad images are listed with the reason in FILE.errors.jsonl and left out, with exit code 1. All
    files are moved into place at the end, or none.

    --runner does the same as an Apache Beam pipeline: INPUT and --list may be patterns and files in a bucket, and
    instances are in no order.
    """
    if peek is not None:
        for name in inputs:
            show_record(jobs.peek(Path(name), peek), as_json=as_json)
        return
    if output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    values = parse_set(settings)
    if pipeline.runner:
        pipeline.refuse(errors=errors)
        done = jobs.prepare_pipeline(
            inputs,
            address_of(output),
            runner=pipeline.runner,
            arguments=pipeline.arguments,
            lists=tuple(map(address_of, named.lists)),
            project=project,
            format=form or "",
            shards=shards if shards > 1 else 0,
            gzip=gzip,
            values=values,
            features=named.features_file(),
            check=cast(Check, check),
            wait=pipeline.wait,
        )
        tell_pipeline(done, as_json=as_json)
        return
    refuse_addresses(*inputs, output, *named.lists, named.features)
    with jobs.open_features(named.features_file()) as by_file, progress_report() as report:
        prepared = jobs.prepare(
            jobs.find_inputs(inputs, named.lists),
            output,
            project=project,
            format=form or "",
            shards=shards,
            gzip=gzip,
            values=values,
            features=by_file,
            errors=errors,
            check=cast(Check, check),
            report=report,
        )
    if as_json:
        print_json(prepared)
    else:
        _tell(prepared)
    if prepared.errors:
        raise click.exceptions.Exit(1)


def _tell(done: PrepareResult) -> None:
    files = f"{len(done.files)} file{'s' if len(done.files) != 1 else ''}"
    say(f"{done.images} images in {files}, {size_text(done.bytes)}, {done.seconds:.2f} s")
    if done.errors:
        say(f"{done.errors} failed: {done.errors_file}")
    if done.converted:
        say(f"{done.converted} converted from another format: {done.notes_file}")
    if done.above_request:
        say(f"{done.above_request} above the size limit of online requests: {done.notes_file}")
    if done.without_row:
        say(f"{done.without_row} without a row in the features file: {done.notes_file}")
    if done.idle_rows:
        say(f"{done.idle_rows} rows of the features file match no image")
    if done.repeated_rows:
        say(f"{done.repeated_rows} duplicate rows in the features file; the last one is used")
    for key in done.repeated:
        say(f"{key.count} repeat a value of '{key.key}', such as {key.example}")
    for name in done.files:
        say(name)


def show_record(record: RecordContents, *, as_json: bool) -> None:
    """A record for people: a line a key."""
    if as_json:
        print_json(record)
        return
    say(f"{record.path}, {record.kind}, record {record.number}")
    width = max((len(value.key) for value in record.values), default=0)
    for value in record.values:
        shape = f"[{', '.join(map(str, value.shape))}]" if value.shape else ""
        size = f" {size_text(value.bytes)}" if value.dtype == "bytes" else ""
        image = f" {value.image}" if value.image else ""
        say(f"{value.key:{width}}  {value.dtype}{shape}{size}{image}  {value.text}")
