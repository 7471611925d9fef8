"""The golden-case instances of an export: the user's example images, or synthetic ones."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.export.assets_extra import ExportCase
from workbench.core.export.synthetic_instances import instances_of, synthetic_columns
from workbench.core.instances.image_instances import check_values, make_instance
from workbench.core.instances.instance_form import form_of_composition
from workbench.core.instances.sources import expand
from workbench.spec.features import read_features
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.signature import Composition

MAX_WARMUP: Final = 100
"""Requests; TensorFlow Serving refuses a file of more than 1000 and every one delays the version's start."""


def example_cases(project: Project, base: Path, made: Composition) -> tuple[tuple[ExportCase, ...], tuple[str, ...]]:
    """The cases of `export.examples` and the SHA-256 of all that decides them.

    Passthrough texts nobody set carry the file's name, not its path on this machine. Raises `WorkbenchError`
    NO_FILE, NO_INPUTS, MISSING_VALUE and the like for examples that make no instance.
    """
    settings = project.export
    if not settings.examples:
        return (), ()
    form = form_of_composition(made)
    features = read_features(base / settings.example_values) if settings.example_values else {}
    check_values(form, {}, features)
    cases = []
    # Further ones would go nowhere: there are no more warm-up requests, and fewer golden cases.
    for source in expand([base / name for name in settings.examples])[:MAX_WARMUP]:
        name = Path(source).name
        instance = make_instance(form, source, {}, features)
        named = {alias: name if instance[alias] == source else instance[alias] for alias in form.filled()}
        cases.append(ExportCase({**instance, **named}, name))
    return tuple(cases), (_digest(cases),)


def _digest(cases: list[ExportCase]) -> str:
    whole = hashlib.sha256()
    for case in cases:
        whole.update(msgspec.msgpack.encode(case, order="sorted"))
    return whole.hexdigest()


def synthetic_cases(facts: ModelFacts, made: Composition) -> tuple[ExportCase, ...]:
    """A few made-up instances, so that every export has golden cases."""
    return tuple(ExportCase(instance) for instance in instances_of(synthetic_columns(facts, made)))
