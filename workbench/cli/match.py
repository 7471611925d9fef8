"""`match`: finds how training read its images."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from workbench.cli.extras import ModelOptions, apply_consent, model_options
from workbench.cli.output import json_option, print_json, progress_report, say
from workbench.core import jobs
from workbench.spec.errors import WorkbenchError
from workbench.spec.match_candidates import MatchCandidate, array_candidates, evidence_words, label_candidates
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import load_project
from workbench.spec.reading_found import ReadingFound, SourceLine, read_code, reading_lines
from workbench.spec.reading_match import ArrayMatch, LabelMatch

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("images", nargs=-1, type=_FILE)
@click.option(
    "--seen", type=_FILE, metavar="FILE.npz", help="Preprocessed images saved in training: arrays by file name."
)
@click.option("--labels-from-folders", "labels", is_flag=True, help="IMAGES is one folder with class folders.")
@click.option("--code", type=_FILE, metavar="FILE.py", help="Training script or notebook; - reads it from stdin.")
@click.option("--project", type=_FILE, metavar="P", help="Project (or, with labels, model) that reads the images.")
@click.option("--write", is_flag=True, help="Write the settings found into the project; the evidence is noted in it.")
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

    --write replaces the project's image loading settings, and prints each change.
    --json: {"images", "tried", "clear", "found": [{"exact", "words", "lines", "note", "reading"}], "notes", "unread",
    "written", "changed"} for arrays; {"match", "words", "lines", "written", "changed"} for labels; {"readings",
    "written", "changed"} for code.

    Exit code 1: no settings reproduce the arrays (the nearest are printed), a line of code that changes pixels is not
    understood, or no settings are clearly better by the labels than the project's.
    """
    if sum((seen is not None, labels, code is not None)) != 1:
        raise _bad_option("Use one of --seen, --labels-from-folders and --code.")
    if write and (project is None or project.suffix.lower() != ".toml"):
        raise _bad_option("--write needs a project (.toml) to write into.", "Give it with --project.")
    if project is not None:
        apply_consent(project, given)
    target = _Target(project if write else None)
    if code is not None:
        good = _from_code(code, target, as_json=as_json)
    elif seen is not None:
        good = _from_arrays(images, seen, project, target, as_json=as_json)
    else:
        good = _from_labels(images, project, given, target, as_json=as_json)
    if not good:
        raise click.exceptions.Exit(1)


def _bad_option(text: str, hint: str = "") -> WorkbenchError:
    return WorkbenchError("BAD_OPTION", text, hint=hint)


class _Target:
    """The project that takes what was found, if any: where it was written, and what that changed."""

    def __init__(self, project: Path | None) -> None:
        self._project = project
        self.written = ""
        self.changed: dict[str, str] = {}

    def take(self, found: ReadingFound | Preprocess, evidence: str) -> None:
        """Write what was found into the project, if there is one."""
        if self._project is not None:
            self.changed = dict(jobs.write_reading(self._project, found, evidence))
            self.written = str(self._project)

    def tell(self, otherwise: str = "") -> None:
        """Print where it was written, or why not."""
        if self.written:
            changes = "; ".join(f"{name} {text}" for name, text in self.changed.items())
            say(f"Written: {self.written} ({changes or 'the same settings'})")
        elif self._project is not None:
            say(f"Not written: {otherwise}")


def _from_code(path: Path, target: _Target, *, as_json: bool) -> bool:
    """What the code says; written into the project only where every line is understood."""
    found = jobs.match_code(sys.stdin.read() if str(path) == "-" else read_code(path))
    whole = not found[0].not_understood
    if whole:
        target.take(found[0], f"training code {path.name}" if str(path) != "-" else "training code")
    if as_json:
        readings = [{"settings": one.settings, "steps": one.steps, **_as_table(one)} for one in found]
        print_json({"readings": readings, "written": target.written, "changed": target.changed})
    else:
        _print_code(found)
        target.tell("some lines that change pixels were not understood.")
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


def _from_arrays(images: Sequence[Path], seen: Path, project: Path | None, target: _Target, *, as_json: bool) -> bool:
    """The ways nearest to the arrays; the nearest is written where it reproduces them."""
    base = load_project(project).preprocess if project is not None else None
    with progress_report() as report:
        found = jobs.match_arrays(images, seen, base, report)
    ways = array_candidates(found)
    if found.clear:
        target.take(ways[0].preprocess, evidence_words(ways[0], found.images, seen.name))
    if as_json:
        _print_arrays_json(found, ways, target)
    else:
        _print_arrays(found, ways)
        target.tell("no settings reproduce the arrays.")
    return found.clear


def _print_arrays_json(found: ArrayMatch, ways: Sequence[MatchCandidate], target: _Target) -> None:
    told = [
        {"exact": way.exact, "words": way.words, "lines": way.lines, "note": way.note, "reading": one}
        for way, one in zip(ways, found.found, strict=True)
    ]
    counts = {"images": found.images, "tried": found.tried, "clear": found.clear}
    rest = {"notes": found.notes, "unread": found.unread, "written": target.written, "changed": target.changed}
    print_json({**counts, "found": told, **rest})


def _print_arrays(found: ArrayMatch, ways: Sequence[MatchCandidate]) -> None:
    say(f"{found.images} images, {found.tried} combinations tried; differences in pixel values (0-255):")
    for one in ways:
        told = f"mean {one.mean:.2g}, largest {one.largest:.2g}, {one.differing:.1%} of the values differ"
        say(f"  {one.words:<52}  {'exact: no difference' if one.exact else told}")
    _print_notes((ways[0].note, *found.notes))
    _print_unread(found.unread)


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        if note:
            say(f"Note: {note}", err=True)


def _print_unread(unread: dict[str, str]) -> None:
    for reader, why in unread.items():
        say(f"Not tried: {reader}: {why}", err=True)


def _from_labels(
    images: Sequence[Path], project: Path | None, given: ModelOptions, target: _Target, *, as_json: bool
) -> bool:
    """The ways by which the model answers best; the best is written where it is clearly better."""
    if project is None:
        raise _bad_option("--labels-from-folders needs a model.", "Give a project or model with --project.")
    with progress_report() as report:
        found = jobs.match_labels(images, *jobs.open_project(project, given.extras), report)
    ways = label_candidates(found)
    if found.clear:
        target.take(ways[0].preprocess, evidence_words(ways[0], found.images, images[0].name))
    if as_json:
        told = {"match": found, "words": [way.words for way in ways], "lines": [way.lines for way in ways]}
        print_json({**told, "written": target.written, "changed": target.changed})
    else:
        _print_labels(found, ways)
        target.tell("no other settings are clearly better than the project's own.")
    return found.clear or found.found[0].preprocess == found.chosen.preprocess


def _print_labels(found: LabelMatch, ways: Sequence[MatchCandidate]) -> None:
    say(f"{found.images} images, {found.tried} combinations tried:")
    for one in ways:
        told = f"{one.right} of {found.images} right, loss {one.loss:.4g}"
        say(f"  {one.words:<52}  {told}{'  (project)' if one.own else ''}")
    _print_notes((ways[0].note, *found.notes))
    _print_unread(found.unread)
