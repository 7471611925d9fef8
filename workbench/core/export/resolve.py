"""From whatever PATH names - a model, a project, a SavedModel - to the thing a verb needs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from workbench.core.export.build import export_of
from workbench.core.export.read import is_saved_model
from workbench.core.model.scan import inspect
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.project import Project, default_project, load_project


def kind_of(path: Path) -> Literal["savedmodel", "project", "model"]:
    """What PATH is. Raises `WorkbenchError` NO_FILE or NOT_A_SAVEDMODEL."""
    if path.is_dir():
        if not is_saved_model(path):
            hint = "Name a model (.h5, .keras), a project (.toml) or an exported SavedModel folder."
            raise WorkbenchError("NOT_A_SAVEDMODEL", "This folder holds no saved_model.pb.", where=str(path), hint=hint)
        return "savedmodel"
    if not path.exists():
        raise WorkbenchError("NO_FILE", "There is no such file.", where=str(path))
    return "project" if path.suffix.lower() == ".toml" else "model"


def project_of(path: Path) -> tuple[Project, Path]:
    """The project a path means with the folder its paths start from; a bare model gets the defaults."""
    path = path.resolve()
    if path.suffix.lower() == ".toml":
        return load_project(path), path.parent
    return default_project(inspect(path), path.name), path.parent


def export_for(path: Path, report: Report = silent) -> Path:
    """The export behind a path: the folder itself, or what its project or model gives."""
    if kind_of(path) == "savedmodel":
        return path
    project, base = project_of(path)
    return export_of(project, base, report)
