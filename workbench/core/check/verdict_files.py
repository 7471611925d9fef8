"""The files that a verdict depends on: hashed when the gate runs, and again before anything is uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.check.sample import SampleOptions, named_images
from workbench.core.file_manifest import Manifest, read_manifest
from workbench.core.instances.sources import expand
from workbench.core.model.architecture import place_beside
from workbench.core.model.load_permission import extras_of
from workbench.core.model.sniff import sha256_file
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.project import Project, load_project
from workbench.spec.settings import CheckSettings
from workbench.spec.size_text import textual
from workbench.spec.step_files import files_in, statistics_files

CHANGED: Final = "CHANGED_SINCE_CHECK"
"""Error code of a push that is stopped because something has changed since it was judged."""

MODEL: Final = "model file"
LABELS: Final = "labels"
IMAGE: Final = "image"
EXAMPLE: Final = "example image"
EXPORT: Final = "export's file"
GOLDEN: Final = "golden file"
NUMBERS: Final = "file of means or deviations"

_MANY: Final = (IMAGE, EXAMPLE, EXPORT, NUMBERS, "values file", "features file")
"""Roles that several files can have; the other roles have one file, wherever it is."""


class JudgedFile(msgspec.Struct, frozen=True):
    """One file that determined an export or its verdict; `sha256` is empty if there was no such file."""

    role: str
    path: str
    sha256: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the same file on both sides of a comparison."""
        return self.role, self.path if self.role in _MANY else ""


def judged_files(
    project: Project, base: Path, asked: SampleOptions, subject: str = "", report: Report = silent
) -> tuple[JudgedFile, ...]:
    """Every file that determines a project's export or verdict, hashed now; labels are hashed as a list.

    `subject` is the file that the project was read from, which is named if the labels differ. Raises `WorkbenchError`
    NO_FILE, NO_INPUTS or CANNOT_READ for named images and files that cannot be read, NOT_TOML or BAD_PROJECT for a
    project file that is no longer valid.
    """
    named = list(dict.fromkeys(_named(project, base, asked)))
    found = [JudgedFile(LABELS, subject, _of_labels(project, subject))]
    for number, (role, path) in enumerate(named):
        report(Progress("Reading the files of the verdict", number, len(named)))
        found.append(JudgedFile(role, textual(str(path)), _sha256(path)))
    return tuple(found)


def export_files(folder: Path, report: Report = silent) -> tuple[JudgedFile, ...]:
    """The files of an export, hashed now; empty if the folder no longer exists. Raises NOT_A_SAVEDMODEL or
    CANNOT_READ."""
    return files_of(read_manifest(folder, report)) if folder.is_dir() else ()


def files_of(manifest: Manifest) -> tuple[JudgedFile, ...]:
    """The files of a manifest, in the form in which they are compared: by their paths below the export."""
    return tuple(JudgedFile(EXPORT, entry.path, entry.sha256) for entry in manifest.files)


def images_sha256(files: Iterable[JudgedFile]) -> str:
    """One hash of all judged images, by their contents alone; empty if there are none.

    It equals the output of `sha256sum IMAGES | cut -c-64 | sort | sha256sum`, so that anybody can recompute it.
    """
    lines = sorted(f"{file.sha256}\n" for file in files if file.role == IMAGE)
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def first_change(
    judged: Sequence[JudgedFile], now: Sequence[JudgedFile], *, common: bool = False
) -> tuple[JudgedFile, str] | None:
    """The first file that differs, and how, in words; with `common` only files named on both sides are compared."""
    before, after = ({file.key: file for file in files} for files in (judged, now))
    for key, file in before.items():
        other = after.get(key)
        if other is None and not common:
            return file, "removed"
        if other is not None and other.sha256 != file.sha256 and not (common and other.path != file.path):
            return other, "changed" if other.sha256 and file.sha256 else "removed" if file.sha256 else "added"
    added = () if common else [file for key, file in after.items() if key not in before]
    return next(((file, "added") for file in added), None)


def changed(role: str, how: str, where: str, when: str = "") -> WorkbenchError:
    """The error for something that has changed since it was judged; `how` is `changed`, `removed` or `added`."""
    hint = "Run the release gate again (`workbench check`), then push."
    verdict = f"The verdict of {when} is no longer valid" if when else "This cannot be checked"
    return WorkbenchError(CHANGED, f"{verdict}: {f'{role} {how}'.strip()}. Nothing was sent.", where=where, hint=hint)


def _named(project: Project, base: Path, asked: SampleOptions) -> Iterator[tuple[str, Path]]:
    """Role and absolute path of every file."""
    model, extras = (base / project.model).absolute(), extras_of(project, base)
    yield MODEL, model
    for role, path in (("custom file", extras.custom), ("architecture", extras.architecture or place_beside(model))):
        if path is not None:
            yield role, path.absolute()
    numbers = dict.fromkeys([*statistics_files(project), *files_in(project.check.training.steps)])
    yield from ((NUMBERS, (base / name).absolute()) for name in numbers)
    if project.export.examples:
        yield from _each(EXAMPLE, [base / name for name in project.export.examples])
    images, table = named_images(project, base, asked)
    if images:
        yield from _each(IMAGE, images)
    tables = {base / name for name in (project.export.example_values,) if name} | ({table} if table else set())
    yield from (("values file", path.absolute()) for path in sorted(tables))
    yield from (("features file", Path(name).absolute()) for name in asked.files)
    if project.check.seen:
        yield "file of training arrays", (base / project.check.seen).absolute()
    yield GOLDEN, golden_place(base, project.check)


def golden_place(base: Path, settings: CheckSettings) -> Path:
    """The file of accepted predictions: it must be below the project's folder, since `--accept-golden` writes it.

    Raises `WorkbenchError` BAD_GOLDEN for a path outside it, links followed, or for anything there that is not a file.
    """
    place = (base / settings.golden).resolve()
    if not place.is_relative_to(base.resolve()) or place == base.resolve():
        hint = "Name a file below the project's folder as check.golden."
        raise WorkbenchError("BAD_GOLDEN", "The golden file is not below the project.", where=str(place), hint=hint)
    if place.exists() and not place.is_file():
        raise WorkbenchError("BAD_GOLDEN", "This is not a file.", where=str(place), hint="Change check.golden.")
    return place


def _each(role: str, places: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for source in expand(places):
        yield role, Path(source).absolute()


def _of_labels(project: Project, subject: str) -> str:
    """The labels currently in the project file; the project's own labels if it was not read from a file."""
    told = load_project(Path(subject)) if subject.lower().endswith(".toml") else project
    return hashlib.sha256(msgspec.json.encode(told.signature.labels)).hexdigest()


def _sha256(path: Path) -> str:
    try:
        return sha256_file(path)
    except FileNotFoundError:
        return ""
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"It cannot be read: {err.strerror}.", where=str(path)) from err
