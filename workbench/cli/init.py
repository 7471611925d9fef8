"""`init`: a project for a model, or the project an export was made from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import msgspec

from workbench.cli.extras import Given, apply_consent, model_options
from workbench.core import jobs
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import READERS, SCALES
from workbench.spec.project import Project, save_project
from workbench.spec.settings import parse_passthrough
from workbench.spec.signature import compose

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("model", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="Project file; else beside MODEL, with its name.")
@click.option("--size", default="", metavar="HxW", help="Pixels; else what the model takes.")
@click.option("--reader", default="", metavar="R", help=f"How training read images: {', '.join(READERS)}.")
@click.option("--scale", default="", metavar="S", help=f"{', '.join(SCALES)}, mean/std:M,M,M/S,S,S.")
@click.option(
    "--passthrough",
    multiple=True,
    metavar="KEY",
    help="Request key that comes back; KEY=REPLY renames it, KEY:int64 or KEY:float32[4] is no text. Repeatable.",
)
@click.option("--labels", type=_FILE, help="Text file, one label a line.")
@click.option("--top-k", default=0, metavar="N", help="Answer the N best labels and their scores, too.")
@click.option("--activation", type=click.Choice(["softmax", "sigmoid"]), help="For a model that gives logits.")
@click.option("--image-key", default="input", show_default=True)
@click.option("--scores-key", default="classes", show_default=True)
@click.option("--force", is_flag=True, help="Write over a project that is there.")
@model_options
def init(model: Path, output: Path | None, force: bool, given: Given, **options: Any) -> None:
    """Write a project for MODEL with the article's keys (input, metadata, classes).

    MODEL may be an exported SavedModel folder of ours: then its own project is written out again, for the model
    file that lies beside it or beside the project.
    """
    place = output or (model.with_suffix(".toml") if model.suffix else model.with_name(f"{model.name}.toml"))
    if place.exists() and not force:
        hint = "Name another with -o, or say --force."
        raise WorkbenchError("PROJECT_EXISTS", "A project is there already.", where=str(place), hint=hint)
    if model.is_dir():
        project = _reopened(model, place)
    else:
        apply_consent(model, given)
        facts = jobs.inspect(model, extras=given.extras)
        project = _project(facts, model, place, given, options)
        compose(facts, project).refuse_problems(where=str(model))
    save_project(project, place)
    click.echo(place)


def _reopened(export: Path, place: Path) -> Project:
    project, found = jobs.reopen(export, place.parent)
    return msgspec.structs.replace(project, model=relative(found, place))


def _project(facts: ModelFacts, model: Path, place: Path, given: Given, options: dict[str, Any]) -> Project:
    reading = {name: options[name] for name in ("size", "reader", "scale")}
    project = default_project(facts, relative(model, place), **reading)
    keys: dict[str, object] = {name: options[name] for name in ("image_key", "scores_key", "top_k")}
    keys["labels"] = read_labels(options["labels"]) or _own_labels(facts)
    keys["activation"] = options["activation"] or ""
    if options["passthrough"]:
        keys["passthrough"] = tuple(parse_passthrough(text) for text in options["passthrough"])
    return msgspec.structs.replace(
        project,
        custom=relative(given.custom, place),
        architecture=relative(given.architecture, place),
        signature=msgspec.structs.replace(project.signature, **keys),
    )


def relative(path: Path | None, place: Path) -> str:
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
