"""Load options of one model: the files a project names and the user's stored consent to run its code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from workbench.core.model.architecture import place_beside, read_architecture
from workbench.core.model.custom import names_as_options, objects_in
from workbench.core.model.options import LoadOptions
from workbench.core.model.scan import inspect
from workbench.core.model.sniff import sha256_file
from workbench.core.model.trust import is_trusted
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project


class ModelExtras(msgspec.Struct, frozen=True):
    """Files beside the model that the user named: Python for its own classes, an architecture for weights."""

    custom: Path | None = None
    architecture: Path | None = None

    def digests(self, model: Path) -> tuple[str, ...]:
        """SHA-256 of each file that decides what the model is, the architecture beside it included."""
        architecture = self.architecture or place_beside(model)
        return tuple(_digest(path) if path else "" for path in (self.custom, architecture))


NOTHING_NAMED: Final = ModelExtras()


def _digest(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"It cannot be read: {err.strerror}.", where=str(path)) from err


def extras_of(project: Project, base: Path) -> ModelExtras:
    """The files a project names, for paths that start at `base`."""
    return ModelExtras(
        custom=base / project.custom if project.custom else None,
        architecture=base / project.architecture if project.architecture else None,
    )


def scan(model: Path, extras: ModelExtras = NOTHING_NAMED, report: Report = silent) -> ModelFacts:
    """The facts of a model with all the user gave; the Python file is read, not run."""
    facts = inspect(model, report, options=_options(extras, allow_code=is_trusted(model)))
    return msgspec.structs.replace(facts, trusted=is_trusted(model, facts.sha256))


def static_options(facts: ModelFacts, extras: ModelExtras = NOTHING_NAMED) -> LoadOptions:
    """The options by which the gate judges a scanned model: names without objects behind them."""
    return _options(extras, allow_code=is_trusted(Path(facts.path), facts.sha256))


def options_for(facts: ModelFacts, extras: ModelExtras = NOTHING_NAMED) -> LoadOptions:
    """The options to load a scanned model with; runs the Python file the user named, for this very library."""
    options = static_options(facts, extras)
    if extras.custom is None:
        return options
    return msgspec.structs.replace(options, custom_objects=objects_in(extras.custom, facts.loads_with))


def _options(extras: ModelExtras, *, allow_code: bool) -> LoadOptions:
    return LoadOptions(
        allow_code=allow_code,
        custom_objects=names_as_options(extras.custom),
        architecture=read_architecture(extras.architecture) if extras.architecture else None,
    )
