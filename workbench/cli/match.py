"""`match`: finds how training read its images."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import json_option, print_json, progress_report, say
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import load_project
from workbench.spec.reading_found import ReadingFound, SourceLine, read_code, reading_lines
from workbench.spec.reading_match import ArrayMatch, LabelMatch, reading_words

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("images", nargs=-1, type=_FILE)
@click.option(
    "--seen", type=_FILE, metavar="FILE.npz", help="Preprocessed images saved in training: arrays by file name."
)
@click.option("--labels-from-folders", "labels", is_flag=True, help="IMAGES is one folder with class folders.")
@click.option("--code", type=_FILE, metavar="FILE.py", help="Training script or notebook; - reads it from stdin.")
@click.option("--project", type=_FILE, metavar="P", help="Project (or, with labels, model) that reads the images.")
@click.option("--write", is_flag=True, help="Write the settings found into the project.")
@model_options
@json_option
def match(
    images: tuple[Path, ...],
    seen: Path | None,
    labels: bool,
    code: Path | None,
    project: Path | None,
    write: bool,
    as_json: bool,
    given: ModelOptions,
) -> None:
    """Find how training loaded its images: from arrays saved in training, labelled images, or source code.

    --seen searches image loading, aspect ratio handling, channel orders and scales that reproduce the arrays; "exact"
    means that no value differs. --labels-from-folders searches for the settings with the best predictions of the model
    of --project. --code parses the code without running it, and prints the line behind each setting.

    Exit code 1: no settings reproduce the arrays (the nearest are printed), a line of code that changes pixels is not
    understood, or no settings are clearly better by the labels than the project's.
    """
    if sum((seen is not None, labels, code is not None)) != 1:
        raise _bad_option("Use one of --seen, --labels-from-folders and --code.")
    if write and (project is None or project.suffix.lower() != ".toml"):
        raise _bad_option("--write needs a project (.toml) to write into.", "Give it with --project.")
    if project is not None:
        apply_consent(project, given)
    if code is not None:
        good = _from_code(code, project if write else None, as_json=as_json)
    elif seen is not None:
        good = _from_arrays(images, seen, project, write=write, as_json=as_json)
    else:
        good = _from_labels(images, project, given, write=write, as_json=as_json)
    if not good:
        raise click.exceptions.Exit(1)


def _bad_option(text: str, hint: str = "") -> WorkbenchError:
    return WorkbenchError("BAD_OPTION", text, hint=hint)


def _from_code(path: Path, project: Path | None, *, as_json: bool) -> bool:
    """What the code says; written into the project only where every line is understood."""
    found = jobs.match_code(sys.stdin.read() if str(path) == "-" else read_code(path))
    whole = not found[0].not_understood
    written = _written(project, found[0]) if whole else ""
    if as_json:
        readings = [{"settings": one.settings, "steps": one.steps, **_as_table(one)} for one in found]
        print_json({"readings": readings, "written": written})
    else:
        _print_code(found)
        _print_written(project, written, "Not written: some lines that change pixels were not understood.")
    return whole


def _as_table(found: ReadingFound) -> dict[str, object]:
    return {"lines": found.lines, "not_understood": found.not_understood, "notes": found.notes}


def _print_code(found: Sequence[ReadingFound]) -> None:
    for place, one in enumerate(found):
        if place:
            say("\nThe code also loads images with other settings, such as for prediction:")
        say("\n".join(reading_lines(one)))
        _print_said("Not understood", one.not_understood)
        _print_said("Note", one.notes)


def _print_said(title: str, said: Sequence[SourceLine]) -> None:
    for one in said:
        say(f"{title}, line {one.line}: {one.text}  [{one.source}]", err=True)


def _from_arrays(images: Sequence[Path], seen: Path, project: Path | None, *, write: bool, as_json: bool) -> bool:
    """The ways nearest to the arrays; the nearest is written."""
    base = load_project(project).preprocess if project is not None else None
    with progress_report() as report:
        found = jobs.match_arrays(images, seen, base, report)
    best = found.found[0]
    written = _written(project if write else None, best.preprocess)
    if as_json:
        ways = [{"exact": one.exact, "words": reading_words(one.preprocess), "reading": one} for one in found.found]
        print_json(
            {"images": found.images, "tried": found.tried, "found": ways, "unread": found.unread, "written": written}
        )
    else:
        _print_arrays(found)
        _print_written(project if write else None, written)
    return found.clear


def _print_arrays(found: ArrayMatch) -> None:
    say(f"{found.images} images, {found.tried} combinations tried; differences in pixel values (0-255):")
    for one in found.found:
        if one.exact:
            told = "exact: no difference"
        else:
            told = f"mean {one.mean:.2g}, largest {one.largest:.2g}, {one.differing:.1%} of the values differ"
        say(f"  {reading_words(one.preprocess):<52}  {told}")
    _print_unread(found.unread)


def _print_unread(unread: dict[str, str]) -> None:
    for reader, why in unread.items():
        say(f"Not tried: {reader}: {why}", err=True)


def _from_labels(
    images: Sequence[Path], project: Path | None, given: ModelOptions, *, write: bool, as_json: bool
) -> bool:
    """The ways by which the model answers best; the best is written where it is clearly better."""
    if project is None:
        raise _bad_option("--labels-from-folders needs a model.", "Give a project or model with --project.")
    with progress_report() as report:
        found = jobs.match_labels(images, *jobs.open_project(project, given.extras), report)
    written = _written(project if write and found.clear else None, found.found[0].preprocess)
    if as_json:
        print_json(
            {"match": found, "words": [reading_words(one.preprocess) for one in found.found], "written": written}
        )
    else:
        _print_labels(found)
        _print_written(
            project if write else None,
            written,
            "Not written: no other settings are clearly better than the project's own.",
        )
    return found.clear or found.found[0].preprocess == found.chosen.preprocess


def _print_labels(found: LabelMatch) -> None:
    say(f"{found.images} images, {found.tried} combinations tried:")
    for one in found.found:
        own = "  (project)" if one == found.chosen else ""
        told = f"{one.right} of {found.images} right, loss {one.loss:.4g}"
        say(f"  {reading_words(one.preprocess):<52}  {told}{own}")
    _print_unread(found.unread)


def _written(project: Path | None, found: ReadingFound | Preprocess) -> str:
    """The project's path once it has what was found; empty where none is to be written."""
    if project is None:
        return ""
    jobs.write_reading(project, found)
    return str(project)


def _print_written(project: Path | None, written: str, otherwise: str = "") -> None:
    if project is not None:
        say(f"Written: {written}" if written else otherwise)
