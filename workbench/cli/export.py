"""`export`: write a project's SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click
import msgspec

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import json_option, print_json, print_remarks, progress_report, say
from workbench.core import jobs
from workbench.spec.settings import Layout
from workbench.spec.size_text import size_text


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder.  [default: PROJECT's name with -export]")
@click.option(
    "--layout", type=click.Choice(get_args(Layout)), help="Weights in the graph (frozen) or beside it (variables)."
)
@model_options
@json_option
def export(project: Path, output: Path | None, layout: Layout | None, as_json: bool, given: ModelOptions) -> None:
    """Export PROJECT (a .toml, or a model with default settings) as a SavedModel.

    The export is written to a temporary folder, reloaded, compared with the model, and then moved into place. Notes on
    the pixel scaling are printed on stderr.
    """
    apply_consent(project, given)
    settings, base = jobs.open_project(project, given.extras)
    if layout:
        settings = msgspec.structs.replace(settings, export=msgspec.structs.replace(settings.export, layout=layout))
    place = output or project.with_name(f"{project.stem}-export")
    with progress_report() as report:
        result = jobs.export(settings, base, place, report)
    print_remarks(result.notes)
    if as_json:
        print_json(result)
        return
    for step in result.steps:
        say(f"{step.name:<20}{step.seconds:6.2f} s")
    built = "from the cache" if result.reused else f"differs from the model by {result.difference:.1e}"
    files = f"{result.files} file{'s' if result.files > 1 else ''}"
    say(f"{size_text(result.bytes)} in {files}, {result.seconds:.2f} s, {built}")
    warm = f", {result.warmup} warm-up requests" if result.warmup else ""
    say(f"layout {result.layout}{warm}; TensorFlow {result.runtime or '(none known)'} and later can load it")
    say(result.path)
