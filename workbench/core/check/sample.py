"""The images the gate uses; labelled if they are in folders named after classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from workbench.core.export.synthetic_instances import instances_of, synthetic_columns
from workbench.core.instances.class_folders import classes_of
from workbench.core.instances.image_instances import Features, Values, check_values, make_instance
from workbench.core.instances.instance_form import InstanceForm, form_of_composition
from workbench.core.instances.sources import expand
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.features import read_features
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.signature import Composition


class SampleImage(msgspec.Struct, frozen=True):
    """One image of a gate run: its file (or a name for a synthetic one), and its class, if known."""

    source: str
    truth: str = ""
    made_up: dict[str, Any] | None = None


class GateSample(msgspec.Struct, frozen=True):
    """All images, read one by one as they are needed. `real` means that they are the user's own."""

    items: tuple[SampleImage, ...]
    form: InstanceForm
    values: Values = {}
    features: Features = {}
    real: bool = False

    @property
    def labelled(self) -> bool:
        """Whether every image's class is known."""
        return bool(self.items) and all(item.truth for item in self.items)

    def instance(self, item: SampleImage) -> dict[str, Any] | ErrorInfo:
        """The request instance of one image, with its bytes; or the error that prevents it."""
        if item.made_up is not None:
            return item.made_up
        try:
            return make_instance(self.form, item.source, self.values, self.features)
        except WorkbenchError as err:
            return err.info()


class SampleOptions(msgspec.Struct, frozen=True):
    """What the user named for one gate run; empty fields are taken from the project.

    `files` are those that `values` and `features` were read from, `python` the interpreter of another TensorFlow in
    which to test the export.
    """

    images: tuple[str, ...] = ()
    values: Values = {}
    features: Features = {}
    files: tuple[str, ...] = ()
    python: str = ""


def sample_of(project: Project, base: Path, facts: ModelFacts, made: Composition, asked: SampleOptions) -> GateSample:
    """The images named for this run, else the project's `check.images`, else its examples, else synthetic ones.

    Raises `WorkbenchError` NO_FILE, NO_INPUTS, NOT_IMAGES, MISSING_VALUE, UNKNOWN_KEY or BAD_FEATURES.
    """
    form = form_of_composition(made)
    named, table = named_images(project, base, asked)
    if not named:
        invented = instances_of(synthetic_columns(facts, made))
        return GateSample(tuple(SampleImage(f"synthetic {n}", made_up=i) for n, i in enumerate(invented, 1)), form)
    features = asked.features or (read_features(table) if table else {})
    check_values(form, asked.values, features)
    return GateSample(tuple(_items(named)), form, asked.values, features, real=True)


def named_images(project: Project, base: Path, asked: SampleOptions) -> tuple[list[Path], Path | None]:
    """The files and folders of images of a gate run, and the table with their other keys."""
    for images, values in (
        (project.check.images, project.check.values),
        (project.export.examples, project.export.example_values),
    ):
        if images and not asked.images:
            return [base / name for name in images], base / values if values else None
    table = project.check.values
    return [Path(name) for name in asked.images], base / table if table else None


def _items(named: Sequence[Path]) -> list[SampleImage]:
    found = []
    for place in named:
        sources = expand([place])
        classes = classes_of(place, sources)
        found += [SampleImage(source, truth) for source, truth in zip(sources, classes, strict=True)]
    return found
