"""`inspect`, `init` and `show`: the model file, the project, the signatures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from workbench.cli.extras import Given, apply_consent, model_options
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
@model_options
@json_option
def inspect(model: Path, as_json: bool, given: Given) -> None:
    """What MODEL says of itself; no code of it is run and TensorFlow is not started."""
    apply_consent(model, given)
    with progress_report() as report:
        facts = jobs.inspect(model, report, given.extras)
    if as_json:
        print_json(facts)
    else:
        _print_facts(facts)


def _print_facts(facts: ModelFacts) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("file", f"{facts.path}  ({size_text(facts.bytes)}, sha256 {facts.sha256[:12]})"),
        ("written by", f"Keras {facts.keras_version or '?'}, {facts.backend or '?'} backend, {facts.format}"),
        ("model", f"{facts.class_name}, {facts.layers} layers, {facts.parameters:,} parameters"),
        *(("input", f"{t.name}  {t.dtype} {describe_shape(t.shape)}") for t in facts.inputs),
        *(("output", f"{t.name}  {t.dtype} {describe_shape(t.shape)}") for t in facts.outputs),
        ("loads with", facts.loads_with),
        *_optional_facts(facts),
    ):
        table.add_row(f"[bold]{name}[/]", escape(value))
    console().print(table)


def _optional_facts(facts: ModelFacts) -> Iterator[tuple[str, str]]:
    if facts.labels:
        yield "labels", f"{', '.join(facts.labels[:5])}{', ...' if len(facts.labels) > 5 else ''} ({len(facts.labels)})"
    if facts.optimizer_bytes:
        yield "optimizer", f"{size_text(facts.optimizer_bytes)} of state, which no prediction needs"
    if facts.runs_code:
        consent = "allowed by you" if facts.trusted else "not run"
        yield "own code", f"{', '.join(facts.runs_code[:8])} ({consent})"
    yield from (("repair", f"{r.message} {r.reason}") for r in facts.repairs)
    yield from ((f"[yellow]{p.code}[/]", p.message) for p in facts.problems)


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
@model_options
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
    given: Given,
) -> None:
    """Write a project for MODEL with the article's keys (input, metadata, classes)."""
    place = output or model.with_suffix(".toml")
    if place.exists() and not force:
        hint = "Name another with -o, or say --force."
        raise WorkbenchError("PROJECT_EXISTS", "A project is there already.", where=str(place), hint=hint)
    apply_consent(model, given)
    facts = jobs.inspect(model, extras=given.extras)
    project = default_project(facts, _relative(model, place), size=size, reader=reader, scale=scale)
    project = msgspec.structs.replace(
        project, custom=_relative(given.custom, place), architecture=_relative(given.architecture, place)
    )
    keys = {"image_key": image_key, "scores_key": scores_key, "labels": read_labels(labels) or _own_labels(facts)}
    if passthrough:
        keys["passthrough"] = passthrough
    project = msgspec.structs.replace(project, signature=msgspec.structs.replace(project.signature, **keys))
    for problem in compose(facts, project).problems or project_problems(project, facts):
        raise WorkbenchError(problem.code, problem.message, where=problem.field)
    save_project(project, place)
    click.echo(place)


def _relative(path: Path | None, place: Path) -> str:
    """A file as the project at `place` names it."""
    return Path(os.path.relpath(path.resolve(), place.resolve().parent)).as_posix() if path else ""


def _own_labels(facts: ModelFacts) -> tuple[str, ...]:
    """The labels the model file keeps, where they fit its scores."""
    shape = facts.outputs[0].shape if len(facts.outputs) == 1 else None
    return facts.labels if shape and shape[-1] == len(facts.labels) else ()


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
@model_options
@json_option
def show(path: Path, as_json: bool, given: Given) -> None:
    """The signatures of PATH: of a project or model as they will be, of a SavedModel as they are."""
    apply_consent(path, given)
    with progress_report() as report:
        shown = jobs.show(path, report, given.extras)
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
