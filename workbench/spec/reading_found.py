"""How images are read, as found from evidence: lines of a project, each with the source line it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import parse_size
from workbench.spec.preprocess import Preprocess, check_alpha, check_fit
from workbench.spec.project import Project
from workbench.spec.reader import parse_reader
from workbench.spec.reading_confirmation import with_confirmed
from workbench.spec.scale import parse_scale
from workbench.spec.settings import TrainingSettings
from workbench.spec.step_rules import check_steps


class SourceLine(msgspec.Struct, frozen=True):
    """One line of the training code, counted from 1, and what is said of it."""

    line: int
    source: str
    text: str


class FoundLine(msgspec.Struct, frozen=True):
    """One setting of `[preprocess]`, or one of its steps, and the source line that says so; line 0: a default."""

    name: str
    value: str
    line: int = 0
    source: str = ""

    def toml(self) -> str:
        """The line as a project file has it; a step as one entry of its list."""
        return f'"{self.value}"' if self.name == "steps" else f'{self.name} = "{self.value}"'


class ReadingFound(msgspec.Struct, frozen=True):
    """One way to read images. `lines` are settings first, then the steps in order, where settings cannot say it.

    `not_understood` are source lines whose effect on the pixels is not in `lines`: with any, the reading may be wrong.
    `notes` are worth knowing (random augmentation is left out, a default that changed between releases).
    """

    lines: tuple[FoundLine, ...]
    not_understood: tuple[SourceLine, ...] = ()
    notes: tuple[SourceLine, ...] = ()

    @property
    def settings(self) -> dict[str, str]:
        """The settings by their names in `[preprocess]`."""
        return {line.name: line.value for line in self.lines if line.name != "steps"}

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps in order; none where the settings say everything."""
        return tuple(line.value for line in self.lines if line.name == "steps")


LONGEST: Final = 2_000_000
"""Bytes of the longest file that is taken for training code; a megabyte of Python is 20 000 lines."""


def read_code(path: Path) -> str:
    """The text of a training script or notebook. Raises `WorkbenchError` NO_FILE, NOT_PYTHON."""
    try:
        if path.stat().st_size > LONGEST:
            text = "The file is too large for a training script."
            raise WorkbenchError("NOT_PYTHON", text, where=str(path), hint="Use the training script or notebook.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = "The file is not UTF-8 text."
        raise WorkbenchError("NOT_PYTHON", text, where=str(path), hint="Use the training script or notebook.") from None
    except OSError as err:
        raise WorkbenchError("NO_FILE", f"The file cannot be read: {err.strerror}.", where=str(path)) from err


_COLUMN: Final = 40
"""Characters before the comment with the source line."""


def reading_lines(found: ReadingFound) -> list[str]:
    """The lines of a project file, each with its source line as a comment."""
    settings = [line for line in found.lines if line.name != "steps"]
    steps = [line for line in found.lines if line.name == "steps"]
    listed = ["steps = [", *(_commented(f"  {step.toml()},", step) for step in steps), "]"] if steps else []
    return [*(_commented(line.toml(), line) for line in settings), *listed]


def _commented(text: str, line: FoundLine) -> str:
    said = f"line {line.line}: {line.source}" if line.line else "nothing in the text changes it"
    return f"{text:<{_COLUMN}}# {said}"


def preprocess_of(found: ReadingFound, chosen: Preprocess) -> Preprocess:
    """A project's settings with what was found in their place; what says nothing of the reading is kept.

    Raises `WorkbenchError` CANNOT_WRITE_READING where a project file has no words for it.
    """
    known = {field.name for field in msgspec.structs.fields(Preprocess)}
    given: dict[str, Any] = dict(found.settings)
    if found.steps:
        given["steps"] = found.steps
    unknown = sorted(set(given) - known)
    if unknown:
        raise _cannot_write(f"a project has no setting '{unknown[0]}' yet")
    if "size" in given:
        given["size"] = parse_size(given["size"])
    if "reader" in given:
        given["reader"] = written_reader(given["reader"])
    return _checked(msgspec.structs.replace(chosen, **{**_reset(known), **given}))


def trained_as_read(project: Project) -> Project:
    """A project whose images are read as training read them: `[check.training]` says nothing else any more, and the
    reader is confirmed."""
    check = msgspec.structs.replace(project.check, training=TrainingSettings())
    found = msgspec.structs.replace(project, check=check)
    return with_confirmed(found, found.preprocess.reader) if found.preprocess else found


def _reset(known: set[str]) -> dict[str, Any]:
    """What a reading says in full: a setting that it does not name has its default."""
    defaults = Preprocess(size=(1, 1))
    return {
        name: getattr(defaults, name)
        for name in ("fit", "exif", "alpha", "colour", "grey", "scale", "steps")
        if name in known
    }


def written_reader(reader: str) -> str:
    """The reader as a project writes it. Raises `WorkbenchError` CANNOT_WRITE_READING where there is none."""
    try:
        return parse_reader(reader).name
    except WorkbenchError as err:
        raise _cannot_write(f"'{reader}' is not a reader of a project yet") from err


def _checked(settings: Preprocess) -> Preprocess:
    try:
        made = msgspec.convert(msgspec.to_builtins(settings), Preprocess)
        parse_scale(made.scale)
        check_fit(made)
        check_alpha(made)
        check_steps(made)
    except (WorkbenchError, msgspec.ValidationError) as err:
        raise _cannot_write(str(err)) from err
    return made


def _cannot_write(why: str) -> WorkbenchError:
    hint = "Nothing was written. Choose the nearest settings manually; `workbench check` measures what they cost."
    return WorkbenchError("CANNOT_WRITE_READING", f"These settings cannot be written into a project: {why}.", hint=hint)
