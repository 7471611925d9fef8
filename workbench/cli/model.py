"""`inspect`, `init` and `show`: the model file, the project, the signatures."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from workbench.cli.output import console, json_option, print_json, progress_report, size_text
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import READERS, SCALES
from workbench.spec.project import default_project, describe_shape, project_problems, save_project
from workbench.spec.render import render_text, sample_reply, sample_request
from workbench.spec.signature import SERVING_DEFAULT, compose


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@json_option
def inspect(model: Path, as_json: bool) -> None:
    """What MODEL says of itself; no code of it is run and TensorFlow is not started."""
    facts = jobs.inspect(model)
    if as_json:
        print_json(facts)
    else:
        _print_facts(facts)


def _print_facts(facts: ModelFacts) -> None:
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("file", f"{facts.path}  ({size_text(facts.bytes)}, sha256 {facts.sha256[:12]})"),
        ("written by", f"Keras {facts.keras_version or '?'}, {facts.backend or '?'} backend, {facts.format}"),
        ("model", f"{facts.class_name}, {facts.layers} layers, {facts.parameters:,} parameters"),
        *(("input", f"{t.name}  {t.dtype} {describe_shape(t.shape)}") for t in facts.inputs),
        *(("output", f"{t.name}  {t.dtype} {describe_shape(t.shape)}") for t in facts.outputs),
        ("loads with", facts.loads_with),
        *((f"[yellow]{p.code}[/]", p.message) for p in facts.problems),
    ):
        table.add_row(f"[bold]{name}[/]", value)
    console().print(table)


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Project file; else beside MODEL, with its name.")
@click.option("--size", default="", metavar="HxW", help="Pixels; else what the model takes.")
@click.option("--reader", default="", metavar="R", help=f"How training read images: {', '.join(READERS)}.")
@click.option("--scale", default="", metavar="S", help=f"{', '.join(SCALES)}, mean/std:M,M,M/S,S,S.")
@click.option("--passthrough", multiple=True, metavar="KEY", help="Request key that comes back; may be repeated.")
@click.option("--labels", type=click.Path(path_type=Path), help="Text file, one label a line.")
@click.option("--image-key", default="input", show_default=True)
@click.option("--scores-key", default="classes", show_default=True)
@click.option("--force", is_flag=True, help="Write over a project that is there.")
def init(
    model: Path,
    output: Path | None,
    size: str,
    reader: str,
    scale: str,
    passthrough: tuple[str, ...],
    labels: Path | None,
    image_key: str,
    scores_key: str,
    force: bool,
) -> None:
    """Write a project for MODEL with the article's keys (input, metadata, classes)."""
    place = output or model.with_suffix(".toml")
    if place.exists() and not force:
        hint = "Name another with -o, or say --force."
        raise WorkbenchError("PROJECT_EXISTS", "A project is there already.", where=str(place), hint=hint)
    facts = jobs.inspect(model)
    relative = os.path.relpath(model.resolve(), place.resolve().parent)
    project = default_project(facts, Path(relative).as_posix(), size=size, reader=reader, scale=scale)
    keys = {"image_key": image_key, "scores_key": scores_key, "labels": read_labels(labels)}
    if passthrough:
        keys["passthrough"] = passthrough
    project = msgspec.structs.replace(project, signature=msgspec.structs.replace(project.signature, **keys))
    for problem in compose(facts, project).problems or project_problems(project, facts):
        raise WorkbenchError(problem.code, problem.message, where=problem.field)
    save_project(project, place)
    click.echo(place)


def read_labels(path: Path | None) -> tuple[str, ...]:
    """Labels from a text file, one a line; blank lines at the end do not count."""
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("BAD_LABELS", f"The labels cannot be read: {err}.", where=str(path)) from err
    return tuple(line.strip() for line in lines)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def show(path: Path, as_json: bool) -> None:
    """The signatures of PATH: of a project or model as they will be, of a SavedModel as they are."""
    with progress_report() as report:
        shown = jobs.show(path, report)
    made = shown.composition
    default = made.signatures.get(SERVING_DEFAULT) or next(iter(made.signatures.values()), None)
    request = sample_request(default, made.image_alias) if default else {}
    reply = sample_reply(default) if default else {}
    if as_json:
        print_json(
            {
                "tags": shown.tags,
                "signatures": made.signatures,
                "request": request,
                "reply": reply,
                "problems": made.problems,
            }
        )
        return
    click.echo(render_text(made.signatures, shown.tags))
    for title, body in (("Request", request), ("Reply", reply)):
        click.echo(f"\n{title}:\n{msgspec.json.format(msgspec.json.encode(body), indent=2).decode()}")
    for problem in made.problems:
        click.echo(f"{problem.code} {problem.field}: {problem.message}", err=True)
