"""Exports to be judged: of the sample's digits and of a reference model of colour pictures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from shared_reference import SharedReference

from workbench.core.check.sample import SampleOptions
from workbench.core.check.subject import GateSubject
from workbench.core.export import export
from workbench.core.model import inspect
from workbench.core.progress import silent
from workbench.spec.project import Project, load_project
from workbench.spec.resources import resource

Judge = Callable[..., GateSubject]


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with its pictures in folders named after the digits, `classes/three/...`."""
    folder = tmp_path_factory.mktemp("digits") / "sample"
    shutil.copytree(resource("sample"), folder)
    for picture in sorted((folder / "images").glob("*.jpg")):
        place = folder / "classes" / picture.name.split("_")[0]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, place)
    return folder


@pytest.fixture(scope="session")
def digits_project(digits: Path) -> Project:
    return load_project(digits / "project.toml")


@pytest.fixture
def judge(tmp_path: Path, shared_reference: SharedReference, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """Opens a project's export for judgement; images are folders or files by their full paths.

    The Keras model's process is shared between tests: each start of TensorFlow takes seconds.
    """
    monkeypatch.setattr(GateSubject, "reference", property(shared_reference.of))
    with ExitStack() as stack:

        def subject(
            project: Project, base: Path, *images: Path, folder: Path | None = None, **more: Any
        ) -> GateSubject:
            place = folder or Path(export(project, base).path)
            evidence = tmp_path / "evidence"
            evidence.mkdir(exist_ok=True)
            asked = SampleOptions(tuple(str(i) for i in images), **more)
            facts = inspect(base / project.model)
            return stack.enter_context(closing(GateSubject(project, base, facts, place, evidence, asked, silent)))

        yield subject
