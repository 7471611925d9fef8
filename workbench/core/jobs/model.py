"""Operations on a model file: inspect it, and consent to run its code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.core.progress import Report, silent
from workbench.spec.access import CodeRole
from workbench.spec.model import NOTHING_NAMED, ModelExtras, ModelFacts
from workbench.spec.project import Project


def warm_up(exports_run: Callable[[], None]) -> None:
    """Load the runtime of exports, then import TensorFlow and both Keras, which takes seconds, for the next job.

    `exports_run` is called in between, if exports can be run without that import; the import waits for its return.
    """
    from workbench.core.lazy import keras3, legacy_keras
    from workbench.core.savedmodel.opening import why_python

    if not why_python():
        exports_run()
    legacy_keras()
    keras3()


def inspect(path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED) -> ModelFacts:
    """A model file's facts; nothing in it is run."""
    from workbench.core.model.load_permission import scan

    return scan(path, extras, report)


def trust(path: Path, *, allow: bool = True, extras: ModelExtras = NOTHING_NAMED) -> ModelFacts:
    """Store or withdraw the consent to run the own code of this exact file; returns its facts."""
    from workbench.core.model.trust import forget, remember

    facts = inspect(path, extras=extras)
    if allow:
        remember(Path(facts.path), facts.sha256, facts.runs_code)
    else:
        forget(facts.sha256)
    return inspect(path, extras=extras)


def trust_behind(path: Path, *, allow: bool, extras: ModelExtras = NOTHING_NAMED) -> None:
    """The same for all code behind the path of a project or a model: the model's own, and what the project names."""
    from workbench.core.export.resolve import is_project, kind_of
    from workbench.spec.project import load_project

    if kind_of(path) == "savedmodel":
        return
    if is_project(path):
        path = path.resolve()
        trust_project(load_project(path), path.parent, allow=allow, extras=extras)
        return
    trust(path, allow=allow, extras=extras)


def trust_project(project: Project, base: Path, *, allow: bool, extras: ModelExtras = NOTHING_NAMED) -> None:
    """Store or withdraw the consent to all code that a project names, by content: its model's own, `custom`,
    `check.python`."""
    from workbench.core.export.resolve import with_extras
    from workbench.core.model.load_permission import extras_of
    from workbench.core.model.named_code import permit_custom, permit_program, program_path

    files = extras_of(with_extras(project, extras), base)
    trust(base / project.model, allow=allow, extras=files)
    if files.custom is not None:
        permit_custom(files.custom, allow=allow)
    if project.check.python:
        permit_program(program_path(project.check.python, base), allow=allow)


def trust_file(path: Path, role: CodeRole, *, allow: bool = True) -> None:
    """Store or withdraw the consent to run a Python file with a model's classes (`custom`) or an interpreter
    (`program`).

    Raises `WorkbenchError` CUSTOM_FILE, NO_PYTHON or CANNOT_WRITE.
    """
    from workbench.core.model.named_code import permit_custom, permit_program

    (permit_custom if role == "custom" else permit_program)(path, allow=allow)


def trust_host(address: str, *, allow: bool = True) -> str:
    """Store or withdraw the consent to send tokens to the host of an address (or a bare HOST[:PORT]); returns the host.

    Raises `WorkbenchError` BAD_URL, CANNOT_WRITE.
    """
    from workbench.core.consent import allow_host
    from workbench.core.deploy.credentials import host_of

    host = host_of(address if "//" in address else f"https://{address}")
    allow_host(host, allow=allow)
    return host


def load_facts(path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED) -> ModelFacts:
    """A model's facts with the exact shapes that are only known after loading."""
    return _loaded(inspect(path, report, extras), report, extras)


def _loaded(facts: ModelFacts, report: Report, extras: ModelExtras) -> ModelFacts:
    from workbench.core.model.load import load_scanned
    from workbench.core.model.load_permission import options_for

    exact = load_scanned(facts, report, options_for(facts, extras)).facts
    return msgspec.structs.replace(exact, trusted=facts.trusted, problems=facts.problems)


def known_facts(
    path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED, *, outputs: bool = True
) -> ModelFacts:
    """The facts that a signature needs: the scan's if they include every shape, else those of loading.

    Without `outputs`, only the inputs must be known: enough to create requests.
    """
    facts = inspect(path, report, extras)
    wanted = (*facts.inputs, *facts.outputs) if outputs else facts.inputs
    return facts if all(t.shape is not None for t in wanted) else _loaded(facts, report, extras)


def project_facts(project: Project, base: Path, report: Report = silent, *, outputs: bool = True) -> ModelFacts:
    """The same for a project's model, with the files the project names beside it."""
    from workbench.core.model.load_permission import extras_of

    return known_facts(base / project.model, report, extras_of(project, base), outputs=outputs)
