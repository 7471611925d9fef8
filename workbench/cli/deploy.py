"""`push` and `versions`: what is at a target, and how it gets there."""

from __future__ import annotations

from pathlib import Path

import click

from workbench.cli.extras import Given, apply_consent, model_options
from workbench.cli.output import console, json_option, print_json, progress_report, size_text
from workbench.cli.targets import optional_project, pick_target, target_options
from workbench.core import jobs
from workbench.spec.target import VersionInfo, check_name


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@target_options
@click.option("--version", default="", metavar="V", help="Name of the version; else the next free one.")
@click.option("--default", is_flag=True, help="Make it the default version once it answers.")
@model_options
@json_option
def push(
    project: Path, target_name: str, model: str, url: str, version: str, default: bool, as_json: bool, given: Given
) -> None:
    """Push the export of PROJECT to a target; prints the version's resource name last.

    The same export pushed again is left as it is, and said so.
    """
    from workbench.core.export.resolve import project_of

    check_name("model", model)
    if version:
        check_name("version", version)
    apply_consent(project, given)
    settings, base = project_of(project, given.extras)
    target = pick_target(target_name, settings, url)
    with progress_report() as report:
        result = jobs.push(settings, base, target, model=model, version=version, default=default, report=report)
    if as_json:
        print_json(result)
        return
    if result.repeated:
        click.echo("This very export is there already; nothing was sent.")
    else:
        click.echo(f"{result.files} file, {size_text(result.bytes)} to {result.origin} in {result.seconds:.2f} s")
    click.echo(f"{'The default version' if result.default else 'Not the default version'}.")
    click.echo(result.resource)


@click.group()
def versions() -> None:
    """Versions of a model at a target."""


_project_option = click.option(
    "--project", "project_path", type=click.Path(path_type=Path), help="Project that names the target."
)


@versions.command("list")
@target_options
@_project_option
@json_option
def list_versions(target_name: str, model: str, url: str, project_path: Path | None, as_json: bool) -> None:
    """What is there, oldest first."""
    target = pick_target(target_name, optional_project(project_path), url)
    _print_versions(jobs.versions(target, model), as_json)


@versions.command("set-default")
@click.argument("version")
@target_options
@_project_option
@json_option
def set_default(version: str, target_name: str, model: str, url: str, project_path: Path | None, as_json: bool) -> None:
    """Make VERSION the one that answers for the model: the release, or the way back."""
    target = pick_target(target_name, optional_project(project_path), url)
    _print_versions(jobs.set_default(target, model, version), as_json)


def _print_versions(found: tuple[VersionInfo, ...], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("version", "state", "default", "created", "from"):
        table.add_column(name, overflow="fold")
    for v in found:
        state = v.state if not v.error else f"{v.state}: {v.error}"
        table.add_row(v.name, state, "default" if v.default else "", v.created, v.origin)
    console().print(table)
