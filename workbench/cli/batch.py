"""`batch`: batch prediction jobs at a target, and their results joined to the inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from workbench.cli.output import json_option, print_json, progress_report, say
from workbench.cli.rows import row_options, write_rows
from workbench.cli.targets import (
    base_of,
    optional_project,
    pick_target,
    place_options,
    project_option,
    target_options,
)
from workbench.core import jobs
from workbench.spec.batch import BatchInfo, JoinSummary
from workbench.spec.features import parse_set, read_features


@click.group()
def batch() -> None:
    """Batch prediction jobs: submit, watch, cancel, and join the results."""


def _values(settings: tuple[str, ...], features: Path | None) -> dict[str, Any]:
    return {"values": parse_set(settings), "features": read_features(features) if features else {}}


_key_option = click.option(
    "--key", default="", metavar="KEY", help="Passthrough key to join by.  [default: the first text key]"
)


def _value_options(command: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option(
            "--features", type=click.Path(path_type=Path), help="JSON lines or CSV with values per image file."
        ),
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A value for every instance."),
    ):
        command = option(command)
    return command


@batch.command("submit")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@target_options
@project_option
@click.option("--version", default="", metavar="V", help="Version to call.  [default: the default version]")
@click.option("--signature", default="", metavar="NAME", help="Signature to call.  [default: by the kind of INPUT]")
@_value_options
@_key_option
@json_option
def submit(
    inputs: tuple[str, ...],
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    version: str,
    signature: str,
    settings: tuple[str, ...],
    features: Path | None,
    key: str,
    as_json: bool,
) -> None:
    """Submit a batch prediction job on INPUT: JSON lines or TFRecords (plain or gzipped, local or gs://), or images.

    The last line printed is the job's name, for `batch watch` and `batch results`.
    """
    target = pick_target(target_name, optional_project(project_path), url, at, base_of(project_path))
    with progress_report() as report:
        info = jobs.batch_submit(
            target,
            inputs,
            model=model,
            version=version,
            key=key,
            signature=signature,
            report=report,
            **_values(settings, features),
        )
    _tell(info, as_json)


def _job_command(name: str, work: Callable[..., BatchInfo], text: str) -> None:
    @batch.command(name, help=text)
    @click.argument("job")
    @place_options
    @project_option
    @json_option
    def command(
        job: str, target_name: str, url: str, at: tuple[str, ...], project_path: Path | None, as_json: bool
    ) -> None:
        target = pick_target(target_name, optional_project(project_path), url, at, base_of(project_path))
        with progress_report() as report:
            info = work(target, job, report)
        _tell(info, as_json)
        if info.state in ("failed", "cancelled") and name == "watch":
            raise click.exceptions.Exit(1)


_job_command(
    "watch", jobs.batch_watch, "Watch JOB until it ends; exit code 1 if it failed. Ctrl+C stops watching only."
)
_job_command("cancel", lambda target, job, _: jobs.batch_cancel(target, job), "Cancel JOB.")


def _tell(info: BatchInfo, as_json: bool) -> None:
    if as_json:
        print_json(info)
        return
    counts = [f"{n} {word}" for n, word in ((info.done, "predicted"), (info.failed, "failed")) if n >= 0]
    say(f"{info.state}{': ' + ', '.join(counts) if counts else ''}{': ' + info.error if info.error else ''}")
    say(info.resource)


@batch.command("results")
@click.argument("job")
@place_options
@project_option
@_key_option
@row_options
def results(
    job: str,
    target_name: str,
    url: str,
    at: tuple[str, ...],
    project_path: Path | None,
    settings: tuple[str, ...],
    features: Path | None,
    key: str,
    form: str,
    as_json: bool,
    output: Path | None,
    top: int,
    raw_cells: bool,
) -> None:
    """Print the results of JOB, one row per input in input order, in the formats of `predict`.

    Missing, repeated or unknown IDs are reported on stderr, with exit code 1.
    """
    project = optional_project(project_path)
    target = pick_target(target_name, project, url, at, base_of(project_path))
    with progress_report() as report:
        rows, joined = jobs.batch_results(target, job, key=key, report=report, **_values(settings, features))
    _complain(joined)
    labels = project.signature.labels if project else ()
    write_rows([rows], form="json" if as_json else form, output=output, labels=labels, top=top, raw_cells=raw_cells)
    if not joined.clean:
        raise click.exceptions.Exit(1)


def _complain(joined: JoinSummary) -> None:
    for word, ids in (("no prediction", joined.missing), ("duplicate ID", joined.duplicate)):
        if ids:
            say(f"{word}: {', '.join(ids)}", err=True)
    if joined.unknown:
        say(f"unknown ID: {', '.join(joined.unknown)}", err=True)
    say(f"{joined.answered} of {joined.inputs} inputs have predictions", err=True)
