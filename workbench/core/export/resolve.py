"""Resolves PATH (a model, a project or a SavedModel) to the model, project or export a command needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from workbench.core.export.build import export
from workbench.core.model.file_forms import refuse_folder
from workbench.core.model.load_permission import scan
from workbench.core.progress import Report, silent
from workbench.core.savedmodel.read import is_saved_model
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import NOTHING_NAMED, ModelExtras, Problem
from workbench.spec.project import Project, load_project


def kind_of(path: Path) -> Literal["savedmodel", "project", "model"]:
    """What PATH is. Raises `WorkbenchError` NO_FILE, NOT_A_SAVEDMODEL, or a code of `refuse_folder`."""
    if path.is_dir():
        return _kind_of_folder(path)
    if not path.exists():
        raise WorkbenchError("NO_FILE", "There is no such file.", where=str(path))
    return "project" if is_project(path) else "model"


def is_project(path: Path) -> bool:
    """Whether PATH is a project, by its file ending."""
    return path.suffix.lower() == ".toml"


def _kind_of_folder(path: Path) -> Literal["savedmodel", "model"]:
    if is_saved_model(path):
        return "savedmodel"
    try:
        refuse_folder(path)
    except WorkbenchError as err:
        if err.code != "NO_FILE":
            raise
        hint = "Use a model (.h5, .keras), a project (.toml) or an exported SavedModel folder."
        text = "The folder contains no saved_model.pb and no Keras model."
        raise WorkbenchError("NOT_A_SAVEDMODEL", text, where=str(path), hint=hint) from err
    return "model"


def project_of(path: Path, extras: ModelExtras = NOTHING_NAMED) -> tuple[Project, Path]:
    """The project that a path denotes, with the folder that its paths are relative to; a bare model gets the defaults.

    Files named in `extras` replace the project's own.
    """
    path = path.resolve()
    if is_project(path):
        return with_extras(load_project(path), extras), path.parent
    return with_extras(default_project(scan(path, extras), path.name), extras), path.parent


def with_extras(project: Project, extras: ModelExtras) -> Project:
    """The project with its files replaced by those of `extras`."""
    named = {"custom": extras.custom, "architecture": extras.architecture}
    return msgspec.structs.replace(project, **{k: str(p.resolve()) for k, p in named.items() if p is not None})


Told = Callable[[tuple[Problem, ...]], None]
"""Receives notes on doubtful scaling in an export."""


def untold(_notes: tuple[Problem, ...]) -> None:
    """Ignores the notes, for callers that show them elsewhere."""


def export_for(path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED, told: Told = untold) -> Path:
    """The export of a path: the folder itself, or that of its project or model, built if necessary; notes go to
    `told`."""
    if kind_of(path) == "savedmodel":
        return path
    project, base = project_of(path, extras)
    result = export(project, base, report=report)
    told(result.notes)
    return Path(result.path)
