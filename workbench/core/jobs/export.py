"""Export operations: show signatures, build an export, recover its project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.jobs.model import project_facts
from workbench.core.progress import Report, silent
from workbench.spec.model import NOTHING_NAMED, ExportResult, ModelExtras, RuntimeReach
from workbench.spec.project import Project
from workbench.spec.signature import Composition, compose

if TYPE_CHECKING:
    from workbench.core.instances.instance_form import InstanceForm
    from workbench.core.savedmodel.read import SavedModelInfo


class SignatureListing(msgspec.Struct, frozen=True):
    """The result of `show`: signatures as they are or will be, and the labels that a reply may contain."""

    tags: tuple[str, ...]
    composition: Composition
    labels: tuple[str, ...] = ()


def show(path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED) -> SignatureListing:
    """The signatures of a project or model (as they will be) or a SavedModel (as they are)."""
    from workbench.core.export.resolve import kind_of, project_of

    if kind_of(path) == "savedmodel":
        from workbench.core.export.reopen import shown_of

        tags, made, labels = shown_of(path)
        return SignatureListing(tags, made, labels)
    project, base = project_of(path, extras)
    made = compose(project_facts(project, base, report), project)
    return SignatureListing(("serve",), made, project.signature.labels)


def reopen(directory: Path, folder: Path) -> tuple[Project, Path]:
    """The project an export was built from, and its model file, searched beside both."""
    from workbench.core.export.reopen import reopen as again

    return again(directory, folder)


def saved_signatures(directory: Path) -> SavedModelInfo:
    """Tags and signatures of any SavedModel, read without TensorFlow.

    Raises `WorkbenchError` NOT_A_SAVEDMODEL or BAD_SAVEDMODEL.
    """
    from workbench.core.savedmodel.read import read_signatures

    return read_signatures(directory)


def reach(directory: Path) -> RuntimeReach:
    """The oldest TensorFlow release that loads the SavedModel. Raises BAD_SAVEDMODEL."""
    from workbench.core.savedmodel.reach import reach as reach_of

    return reach_of(directory)


def export(project: Project, base: Path, output: Path | None = None, report: Report = silent) -> ExportResult:
    """Build a project's export, or find it in the cache; relative paths start at `base`."""
    from workbench.core.export.build import export as build

    return build(project, base, output, report)


def form_for(project: Project, base: Path, report: Report = silent) -> InstanceForm:
    """The form of one instance of a project's signature."""
    from workbench.core.instances.instance_form import form_of_composition

    composition = compose(project_facts(project, base, report, outputs=False), project)
    composition.refuse_problems(where=str(base / project.model))
    return form_of_composition(composition)
