"""The verbs that write into a project how its images are read, once that was found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.problems import project_problems
from workbench.spec.project import Project, load_project, save_project
from workbench.spec.reading_found import ReadingFound, preprocess_of, trained_as_read

_FOUND: Final = ("reader", "scale", "fit", "exif", "colour", "grey", "dct", "steps")
"""Settings that a search or training code decides."""


def write_reading(path: Path, found: ReadingFound | Preprocess, evidence: str = "") -> Mapping[str, str]:
    """Write the image loading that was found into the project at `path`, for serving and as what training did.

    `evidence` goes into `check.matched`. Returns the settings that changed, each as "before -> after". Raises
    `WorkbenchError` NO_IMAGE_INPUT, or CANNOT_WRITE_READING if a project has no setting for it or the model takes no
    such images; the file is then unchanged.
    """
    from workbench.core.model.load_permission import extras_of, scan

    project = load_project(path)
    made = with_reading(project, found)
    facts = scan(path.parent / project.model, extras_of(project, path.parent))
    known = project_problems(project, facts)
    new = [problem for problem in project_problems(made, facts) if problem not in known]
    if new:
        hint = "Nothing was written. Check that this training code, or these images, belong to this model."
        raise WorkbenchError("CANNOT_WRITE_READING", new[0].message, where=str(path), hint=hint)
    changed = _changed(project.preprocess, made.preprocess)
    noted = msgspec.structs.replace(made.check, matched=evidence) if evidence else made.check
    save_project(msgspec.structs.replace(made, check=noted), path)
    return changed


def _changed(before: Preprocess | None, after: Preprocess | None) -> dict[str, str]:
    """The settings in which two differ, each as "before -> after"; where steps say the values, no scale is named."""
    found = {}
    for name in _FOUND:
        old, new = _said(before, name), _said(after, name)
        if old != new:
            found[name] = f"{old or 'none'} -> {new or 'none'}"
    return found


def _said(settings: Preprocess | None, name: str) -> str:
    if settings is None or (name == "scale" and settings.steps):
        return ""
    value = getattr(settings, name)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def with_reading(project: Project, found: ReadingFound | Preprocess) -> Project:
    """A project that reads its images as was found. Raises `WorkbenchError` CANNOT_WRITE_READING, NO_IMAGE_INPUT."""
    if project.preprocess is None:
        text = "The project has no image input."
        raise WorkbenchError(
            "NO_IMAGE_INPUT", text, hint="Only projects with [preprocess] have image loading settings."
        )
    own = project.preprocess
    made = preprocess_of(found, own) if isinstance(found, ReadingFound) else found
    made = msgspec.structs.replace(made, input=own.input, formats=own.formats)
    return trained_as_read(msgspec.structs.replace(project, preprocess=made))
