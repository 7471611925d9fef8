"""Files of numbers that steps name: a project's paths start at its own folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import ImageInput, TrainingSettings
from workbench.spec.step_forms import parse_step
from workbench.spec.steps import Featurewise


def located(settings: Preprocess, base: Path) -> Preprocess:
    """The settings with every path in their steps starting at `base`. Raises `WorkbenchError` BAD_STEP."""
    return _renamed(settings, lambda name: str(base / name))


def with_files(project: Project, rename: Callable[[str], str]) -> Project:
    """The project with other names of the files that its steps name. Raises `WorkbenchError` BAD_STEP."""
    images = {name: _image_renamed(image, rename) for name, image in project.images.items()}
    reading = _renamed(project.preprocess, rename) if project.preprocess else None
    training = _renamed(project.check.training, rename)
    check = msgspec.structs.replace(project.check, training=training)
    return msgspec.structs.replace(project, preprocess=reading, images=images, check=check)


def _image_renamed(image: ImageInput, rename: Callable[[str], str]) -> ImageInput:
    own = _renamed(image.preprocess, rename) if image.preprocess else None
    return msgspec.structs.replace(image, preprocess=own)


def file_name(path: str) -> str:
    """The last part of a path, on every system."""
    return path.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]


Stepped = TypeVar("Stepped", Preprocess, TrainingSettings)


def _renamed(settings: Stepped, rename: Callable[[str], str]) -> Stepped:
    return msgspec.structs.replace(settings, steps=tuple(_step_renamed(text, rename) for text in settings.steps))


def _step_renamed(text: str, rename: Callable[[str], str]) -> str:
    """A step with another name of its file, where it has one."""
    step = parse_step(text)
    return f"{text.split()[0]} {rename(step.file)}" if isinstance(step, Featurewise) and step.file else text


def statistics_files(project: Project) -> tuple[str, ...]:
    """The files of numbers that decide a project's export, as its steps write them, each once. Raises BAD_STEP."""
    tables = [project.preprocess, *(more.preprocess for more in project.images.values())]
    return tuple(dict.fromkeys(name for table in tables if table for name in files_in(table.steps)))


def files_in(texts: Iterable[str]) -> Iterator[str]:
    """The files of numbers that steps name. Raises `WorkbenchError` BAD_STEP."""
    steps = (parse_step(text) for text in texts)
    return (step.file for step in steps if isinstance(step, Featurewise) and step.file)
