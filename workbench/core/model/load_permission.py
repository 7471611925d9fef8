"""Load options of one model: the files that a project names and the user's stored consent to run its code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from workbench.core.consent import is_code_allowed
from workbench.core.model.architecture import place_beside, read_architecture
from workbench.core.model.custom import names_as_options, objects_in
from workbench.core.model.named_code import custom_digest, refuse_custom
from workbench.core.model.options import LoadOptions
from workbench.core.model.parts import model_path
from workbench.core.model.scan import inspect
from workbench.core.model.scan_memo import ScanMemo
from workbench.core.model.sniff import sha256_file
from workbench.core.model.trust import is_trusted
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import NOTHING_NAMED, ModelExtras, ModelFacts
from workbench.spec.project import Project

_memo: Final = ScanMemo()


def digests(model: Path, extras: ModelExtras) -> tuple[str, ...]:
    """SHA-256 of each file that determines what the model is, including the architecture beside it.

    Raises `WorkbenchError` CANNOT_READ.
    """
    architecture = extras.architecture or place_beside(model)
    return tuple(digest(path) if path else "" for path in (extras.custom, architecture))


def digest(path: Path) -> str:
    """The SHA-256 of one file. Raises `WorkbenchError` CANNOT_READ."""
    try:
        return sha256_file(path)
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"It cannot be read: {err.strerror}.", where=str(path)) from err


def extras_of(project: Project, base: Path) -> ModelExtras:
    """The files that a project names; relative paths start at `base`."""
    return ModelExtras(
        custom=base / project.custom if project.custom else None,
        architecture=base / project.architecture if project.architecture else None,
    )


def scan(model: Path, extras: ModelExtras = NOTHING_NAMED, report: Report = silent) -> ModelFacts:
    """The facts of a model with the files that the user gave; the Python file is parsed, not run.

    Files that have not changed since the last scan are not read again (`ScanMemo`).
    """
    allowed = is_trusted(model)
    beside = (extras.custom, extras.architecture, place_beside(model))
    files = [model_path(model.resolve()), *(path.resolve() for path in beside if path is not None)]
    facts = _memo.facts(
        files, (extras, allowed), lambda: inspect(model, report, options=_options(extras, allow_code=allowed))
    )
    known = msgspec.structs.replace(facts, trusted=is_trusted(model, facts.sha256))
    asks = extras.custom is not None and facts.custom_code == "asks"
    if extras.custom is None or not asks or not is_code_allowed(custom_digest(extras.custom)):
        return known
    return msgspec.structs.replace(known, custom_code="allowed")


def static_options(facts: ModelFacts, extras: ModelExtras = NOTHING_NAMED) -> LoadOptions:
    """The options by which the load policy judges a scanned model: names without objects."""
    return _options(extras, allow_code=is_trusted(Path(facts.path), facts.sha256))


def options_for(facts: ModelFacts, extras: ModelExtras = NOTHING_NAMED) -> LoadOptions:
    """The options to load a scanned model with.

    Runs the named Python file for the library that loads the model, if the model needs it and the user consented to
    this exact content. Raises `WorkbenchError` CUSTOM_CODE without that consent.
    """
    if extras.custom is None or facts.custom_code in ("", "unused"):
        return static_options(facts, msgspec.structs.replace(extras, custom=None))
    options = static_options(facts, extras)
    refuse_custom(extras.custom, facts.custom_objects)
    return msgspec.structs.replace(options, custom_objects=objects_in(extras.custom, facts.loads_with))


def _options(extras: ModelExtras, *, allow_code: bool) -> LoadOptions:
    return LoadOptions(
        allow_code=allow_code,
        custom_objects=names_as_options(extras.custom),
        architecture=read_architecture(extras.architecture) if extras.architecture else None,
    )
