"""`init`: a project for a model, or the project an export was made from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import msgspec

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import json_option, print_json, print_remarks, say
from workbench.core import jobs
from workbench.spec.default_reasons import DefaultSetting, default_reasons
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.project import Project, save_project
from workbench.spec.reader import READERS
from workbench.spec.scale import SCALE_FORMS
from workbench.spec.scaling_notes import scale_notes
from workbench.spec.settings import parse_passthrough
from workbench.spec.signature import compose

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("model", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="Project file.  [default: beside MODEL, with its name]")
@click.option(
    "--size",
    default="",
    metavar="HxW|as-sent",
    help="Pixels.  [default: the model's input size] as-sent: no resizing; all images of a request have one size.",
)
@click.option("--reader", default="", metavar="R", help=f"Image loading of training: {', '.join(READERS)}.")
@click.option("--scale", default="", metavar="S", help=f"{', '.join(SCALE_FORMS)}.")
@click.option(
    "--passthrough",
    multiple=True,
    metavar="KEY",
    help="Passthrough key; KEY=REPLY renames it, KEY:int64 or KEY:float32[4] sets its type. Repeatable.",
)
@click.option("--labels", type=_FILE, help="Text file, one label per line.")
@click.option("--top-k", default=0, metavar="N", help="Also return the top-N labels and scores.")
@click.option("--activation", type=click.Choice(["softmax", "sigmoid"]), help="For a model that returns logits.")
@click.option(
    "--image-key", default="", metavar="KEY", help="Request key of the image.  [default: the author's, or input]"
)
@click.option(
    "--scores-key", default="", metavar="KEY", help="Reply key of the scores.  [default: the author's, or classes]"
)
@click.option("--force", is_flag=True, help="Overwrite an existing project.")
@model_options
@json_option
def init(model: Path, output: Path | None, force: bool, as_json: bool, given: ModelOptions, **options: Any) -> None:
    """Create a project for MODEL, with the keys of the author's dicts, or input, metadata and classes.

    Settings that are not given are derived from the model file, such as the size and the pixel scaling. Every default
    is printed with its reason on stderr, together with notes on the scaling.
    --json: {"path", "defaults": [{"field", "value", "reason"}], "notes": [{"code", "message", "field"}]}.

    MODEL may be a SavedModel folder exported by `workbench export`: its project is written again, for the model file
    beside it or beside the project.
    """
    place = output or (model.with_suffix(".toml") if model.suffix else model.with_name(f"{model.name}.toml"))
    if place.exists() and not force:
        hint = "Choose another with -o, or use --force."
        raise WorkbenchError("PROJECT_EXISTS", "The project file already exists.", where=str(place), hint=hint)
    if model.is_dir() and jobs.is_export(model):
        save_project(_reopened(model, place), place)
        _tell(place, (), (), as_json=as_json)
        return
    apply_consent(model, given)
    facts = jobs.inspect(model, extras=given.extras)
    project = _project(facts, model, place, given, options)
    made = compose(facts, project)
    made.refuse_problems(where=str(model))
    save_project(project, place)
    _tell(place, default_reasons(facts, project, made), scale_notes(made.notes), as_json=as_json)


def _tell(place: Path, defaults: tuple[DefaultSetting, ...], notes: tuple[Problem, ...], *, as_json: bool) -> None:
    """The project's place on stdout, defaults and notes on stderr; as JSON all of it on stdout, the notes on both."""
    if not as_json:
        for default in defaults:
            say(default.sentence(), err=True)
    print_remarks(notes)
    if as_json:
        print_json({"path": str(place), "defaults": defaults, "notes": notes})
        return
    say(place)


def _reopened(export: Path, place: Path) -> Project:
    project, found = jobs.reopen(export, place.parent)
    return msgspec.structs.replace(project, model=relative(found, place))


def _project(facts: ModelFacts, model: Path, place: Path, given: ModelOptions, options: dict[str, Any]) -> Project:
    reading = {name: options[name] for name in ("size", "reader", "scale")}
    project = default_project(facts, relative(model, place), **reading)
    keys: dict[str, object] = {name: options[name] for name in ("image_key", "scores_key") if options[name]}
    keys["top_k"] = options["top_k"]
    if options["labels"]:
        keys["labels"] = read_labels(options["labels"])
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


def read_labels(path: Path | None) -> tuple[str, ...]:
    """Labels from a text file, one a line; blank lines at the end do not count."""
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("BAD_LABELS", f"The labels cannot be read: {err}.", where=str(path)) from err
    return tuple(line.strip() for line in lines)
