"""Operations on a model file: inspect it, and consent to run its code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from workbench.core.progress import Report, silent
from workbench.spec.model import NOTHING_NAMED, ModelExtras, ModelFacts
from workbench.spec.project import Project


def warm_up(exports_run: Callable[[], None]) -> None:
    """Load what runs exports, then import TensorFlow and tf_keras, which takes seconds: the next job finds them there.

    `exports_run` is called in between, where exports can be run without that import.
    """
    from workbench.core.lazy import legacy_keras
    from workbench.core.savedmodel.opening import why_python

    if not why_python():
        exports_run()
    legacy_keras()


def inspect(path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED) -> ModelFacts:
    """A model file's facts; nothing of it is run."""
    from workbench.core.model.load_permission import scan

    return scan(path, extras, report)


def trust(path: Path, *, allow: bool = True, extras: ModelExtras = NOTHING_NAMED) -> ModelFacts:
    """Allow this very file to run its own code from now on, or take that back; answers its facts."""
    from workbench.core.model.trust import forget, remember

    facts = inspect(path, extras=extras)
    if allow:
        remember(Path(facts.path), facts.sha256, facts.runs_code)
    else:
        forget(facts.sha256)
    return inspect(path, extras=extras)


def trust_behind(path: Path, *, allow: bool, extras: ModelExtras | None = None) -> None:
    """The same for the model behind a project or a model's path."""
    from workbench.core.export.resolve import kind_of, model_of

    if kind_of(path) != "savedmodel":
        model, own = model_of(path)
        trust(model, allow=allow, extras=extras or own)


def load_facts(path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED) -> ModelFacts:
    """A model's facts with the exact shapes only loading tells."""
    return _loaded(inspect(path, report, extras), report, extras)


def _loaded(facts: ModelFacts, report: Report, extras: ModelExtras) -> ModelFacts:
    from workbench.core.model.load import load_scanned
    from workbench.core.model.load_permission import options_for

    exact = load_scanned(facts, report, options_for(facts, extras)).facts
    return msgspec.structs.replace(exact, trusted=facts.trusted, problems=facts.problems)


def known_facts(
    path: Path, report: Report = silent, extras: ModelExtras = NOTHING_NAMED, *, outputs: bool = True
) -> ModelFacts:
    """The facts a signature needs: the scan's where it knows every shape, else those of loading.

    Without `outputs` only the inputs have to be known: enough to make requests.
    """
    facts = inspect(path, report, extras)
    wanted = (*facts.inputs, *facts.outputs) if outputs else facts.inputs
    return facts if all(t.shape is not None for t in wanted) else _loaded(facts, report, extras)


def project_facts(project: Project, base: Path, report: Report = silent, *, outputs: bool = True) -> ModelFacts:
    """The same for a project's model, with the files the project names beside it."""
    from workbench.core.model.load_permission import extras_of

    return known_facts(base / project.model, report, extras_of(project, base), outputs=outputs)
