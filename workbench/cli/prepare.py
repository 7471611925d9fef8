"""`prepare`: images to files of instances for prediction in bulk."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from workbench.cli.output import json_option, print_json, progress_report, size_text
from workbench.core import jobs
from workbench.spec.data import CHECKS, FORMATS, Check, Prepared

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o", "--output", type=_FILE, required=True, metavar="FILE", help="File to write; its ending tells the format."
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Format, where the ending does not tell.")
@click.option("--project", type=_FILE, metavar="PATH", help="Project, model or export whose keys are written.")
@click.option("--shards", default=1, show_default=True, metavar="N", help="Files to write: NAME-00000-of-0000N.ENDING.")
@click.option("--gzip", is_flag=True, help="Gzip the file; .gz is put at the end of its name.")
@click.option("--features", type=_FILE, metavar="FILE", help="JSON lines or CSV with values by file.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A value for every image.")
@click.option("--errors", type=_FILE, metavar="FILE", help="Where bad images are listed; else FILE.errors.jsonl.")
@click.option(
    "--check",
    type=click.Choice(CHECKS),
    default="quick",
    show_default=True,
    help="quick: header and end of each image; full: decode each.",
)
@json_option
def prepare(
    inputs: tuple[str, ...],
    output: Path,
    form: str | None,
    project: Path | None,
    shards: int,
    gzip: bool,
    features: Path | None,
    settings: tuple[str, ...],
    errors: Path | None,
    check: str,
    as_json: bool,
) -> None:
    """Write INPUT (images and folders) as instances to FILE (.jsonl, .npz, .npy or .tfrecord).

    An image's bytes go in untouched where the project's formats allow; others are converted once, to PNG or
    JPEG, and said so in FILE.notes.jsonl. Without --project the keys are the article's: input and metadata.
    Text keys that are passed through and not set carry the path. Bad images are listed in FILE.errors.jsonl
    with the reason, and are not in the data. Ends with 1 where there are any. The files come into their places
    at the end, all of them or none.
    """
    from workbench.core.predict.instances import parse_set
    from workbench.spec.features import read_features

    with progress_report() as report:
        done = jobs.prepare(
            inputs,
            output,
            project=project,
            format=form or "",
            shards=shards,
            gzip=gzip,
            values=parse_set(settings),
            features=read_features(features) if features else {},
            errors=errors,
            check=cast(Check, check),
            report=report,
        )
    if as_json:
        print_json(done)
    else:
        _tell(done)
    if done.errors:
        raise click.exceptions.Exit(1)


def _tell(done: Prepared) -> None:
    files = f"{len(done.files)} file{'s' if len(done.files) != 1 else ''}"
    click.echo(f"{done.images} images in {files}, {size_text(done.bytes)}, {done.seconds:.2f} s")
    if done.errors:
        click.echo(f"{done.errors} could not be taken: {done.errors_file}")
    if done.converted:
        click.echo(f"{done.converted} converted from another format: {done.notes_file}")
    if done.above_request:
        click.echo(f"{done.above_request} larger than one online request may be: {done.notes_file}")
    for key in done.repeated:
        click.echo(f"{key.count} repeat a value of '{key.key}', such as {key.example}")
    for name in done.files:
        click.echo(name)
