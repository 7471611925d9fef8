"""`check`: the release gate, with its report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import console, json_option, print_json, progress_report
from workbench.core import jobs
from workbench.spec.features import parse_set, read_features
from workbench.spec.printable import one_line
from workbench.spec.report import CheckResult, GateReport

if TYPE_CHECKING:
    from rich.console import Console

_PATH = click.Path(path_type=Path)
_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "skip": "dim"}


def images_options(command: click.decorators.FC) -> click.decorators.FC:
    """What the gate judges by, for `check` and for a `push` that runs it."""
    for option in (
        click.option("--against", default="", metavar="TARGET/MODEL[/VERSION]", help="Live version to compare with."),
        click.option("--features", type=_PATH, help="JSON lines or CSV with values per image file."),
        click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A value for every image."),
        click.option(
            "--images",
            multiple=True,
            type=_PATH,
            help="Images or folders to check with; class folders give the accuracy.",
        ),
    ):
        command = option(command)
    return command


def images_asked(asked: dict[str, Any]) -> dict[str, Any]:
    """The values of `images_options` in the words of the gate. Raises `WorkbenchError` BAD_OPTION, BAD_FEATURES."""
    features, settings, images = (asked.pop(name) for name in ("features", "settings", "images"))
    return {
        "images": tuple(str(path.absolute()) for path in images),
        "values": parse_set(settings),
        "features": read_features(features) if features else {},
        "files": (str(features.absolute()),) if features else (),
        "against": asked.pop("against"),
    }


@click.command()
@click.argument("path", metavar="PROJECT", type=_PATH)
@images_options
@click.option("--target", default="local", show_default=True, metavar="T", help="Target of the release.")
@click.option("--url", default="", help="API address of --against, if not the default.")
@click.option("--python", default="", metavar="FILE", help="Python with another TensorFlow to run the export in.")
@click.option("--accept-golden", is_flag=True, help="Accept the current predictions as golden.")
@click.option("-o", "--output", "outputs", multiple=True, type=_PATH, help="Report: .json, .html or .xml (JUnit).")
@model_options
@json_option
def check(path: Path, outputs: tuple[Path, ...], as_json: bool, given: ModelOptions, **asked: Any) -> None:
    """Run the release gate: all checks of PROJECT's export.

    PROJECT is a project, a model (checked with default settings) or an export beside its model. Without --images the
    images of the project's [check] table are used, or its examples, or synthetic images. Exit code 1 if a check fails.
    """
    apply_consent(path, given)
    for output in outputs:
        jobs.check_report_ending(output)
    project, base, folder = jobs.open_subject(path, Path.cwd(), given.extras)
    if folder and given.allow is not None:
        jobs.trust_project(project, base, allow=given.allow)
    # Not resolved: the interpreter of a virtual environment is a link, and is what it is by its own place.
    python = os.path.abspath(named) if (named := asked.pop("python")) else ""
    subject = "" if folder else str(path.resolve())
    options = {**images_asked(asked), **asked, "python": python, "subject": subject}
    out = None if as_json else console()
    with progress_report() as report:
        found, pictures = jobs.check(project, base, folder=folder, report=report, on_check=_printer(out), **options)
        for output in outputs:
            jobs.write_report(found, Path(pictures), output)
    if as_json:
        print_json(found)
    elif out is not None:
        _print_verdict(found, out, outputs)
    if found.verdict == "fail":
        raise click.exceptions.Exit(1)


def _printer(out: Console | None) -> Any:
    def show(found: CheckResult) -> None:
        if out is None:
            return
        from rich.markup import escape

        colour = _COLOURS[found.verdict]
        out.print(
            f"[{colour}]{found.verdict:<5}[/] [bold]{escape(one_line(found.title))}[/]  [dim]{found.seconds:.1f} s[/]"
        )
        out.print(f"      {one_line(found.message)}", markup=False)
        if found.advice:
            out.print(f"      {one_line(found.advice)}", markup=False, style="cyan")

    return show


def _print_verdict(found: GateReport, out: Console, outputs: tuple[Path, ...]) -> None:
    counts = {v: sum(c.verdict == v for c in found.checks) for v in _COLOURS}
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    images = f"{found.images} images" if found.images else "synthetic images"
    out.print(
        f"\n[bold {_COLOURS[found.verdict]}]{found.verdict.upper()}[/]  {told}  ({images}, {found.seconds:.1f} s)"
    )
    for output in outputs:
        out.print(f"Report: {one_line(str(output))}", markup=False)
