"""`call`: predictions for images and records through a target's API."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.output import progress_report
from workbench.cli.rows import row_options, write_rows
from workbench.cli.targets import base_of, pick_target, target_options
from workbench.core import jobs
from workbench.spec.features import parse_set, read_features


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@target_options
@click.option("--version", default="", metavar="V", help="Version to call.  [default: the default version]")
@click.option("--project", "project_path", type=click.Path(path_type=Path), help="Project with keys and labels.")
@click.option("--signature", default="", metavar="NAME", help="Signature to call.  [default: serving_default]")
@row_options
def call(
    inputs: tuple[str, ...],
    target_name: str,
    model: str,
    url: str,
    at: tuple[str, ...],
    signature: str,
    version: str,
    project_path: Path | None,
    settings: tuple[str, ...],
    features: Path | None,
    form: str,
    as_json: bool,
    output: Path | None,
    top: int,
    raw_cells: bool,
) -> None:
    """Predict online on INPUT (same as for `predict`), with the output of `predict`.

    Requests use the JSON of the serving signature; Examples of a TFRecord file are sent as their values. Without
    --project the request keys are read from the version's files.
    """
    found = jobs.open_project(project_path) if project_path else None
    project = found[0] if found else None
    target = pick_target(target_name, project, url, at, base_of(project_path))
    with progress_report() as report:
        shape = jobs.form_for(*found, report) if found else jobs.form_at(target, model, version)
        rows = jobs.call(
            target,
            inputs,
            model=model,
            version=version,
            form=shape,
            signature=signature,
            values=parse_set(settings),
            features=read_features(features) if features else {},
            report=report,
        )
        labels = project.signature.labels if project else ()
        write_rows(rows, form="json" if as_json else form, output=output, labels=labels, top=top, raw_cells=raw_cells)
