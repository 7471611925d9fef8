"""The source of each image input of a model: the first image, another image, or a tensor in the request. Pure."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed, fitted_size, image_input, pictures
from workbench.spec.image_size import USUAL_SIZE
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project
from workbench.spec.settings import ImageInput

Feeding = Literal["first", "like", "own", "values"]
"""The first picture; a further one read like it, or in a way of its own; no picture."""

OPTIONS: Final[dict[Feeding, tuple[Feeding, ...]]] = {
    "first": ("first", "values"),
    "like": ("like", "own", "values"),
    "own": ("like", "own", "values"),
    "values": ("like", "own", "values"),
}
"""What an input can be changed to, by what it is; without a first picture the next one is that."""


def first_name(facts: ModelFacts, project: Project) -> str:
    """The input that the first picture feeds; empty where there is none."""
    if project.preprocess is None:
        return ""
    try:
        return image_input(facts, project.preprocess.input).name
    except WorkbenchError:
        return ""


def feeding(facts: ModelFacts, project: Project, name: str) -> Feeding:
    """What feeds an image input now."""
    if name == first_name(facts, project):
        return "first"
    further = project.images.get(name)
    if further is None or project.preprocess is None:
        return "values"
    return "like" if further.preprocess is None else "own"


def options(facts: ModelFacts, project: Project, name: str) -> tuple[Feeding, ...]:
    """What could feed an image input."""
    return OPTIONS[feeding(facts, project, name)] if first_name(facts, project) else OPTIONS["first"]


def fed(facts: ModelFacts, project: Project, name: str, how: Feeding) -> Project:
    """The project with an image input fed another way; what was set for the picture before is kept where it can be.

    Pictures for inputs that the model has not are dropped: no field could mend them.
    """
    known = {t.name for t in facts.image_inputs()}
    images = {other: image for other, image in project.images.items() if other in known}
    project = msgspec.structs.replace(project, images=images)
    match how:
        case "first":
            return _with_first(facts, project, name)
        case "values":
            return _without(facts, project, name)
    key = project.images[name].key if name in project.images else ""
    own = reading_of(facts, project, name) if how == "own" else None
    images = project.images | {name: ImageInput(key=key, preprocess=own)}
    return msgspec.structs.replace(project, images=images)


def reading_of(facts: ModelFacts, project: Project, name: str) -> Preprocess:
    """How the picture for an input is read, or would be: like the first one, at the size the input takes."""
    shown = _picture(facts, project, name)
    if shown is not None:
        return shown.preprocess
    first = project.preprocess or Preprocess(size=USUAL_SIZE)
    return msgspec.structs.replace(first, size=fitted_size(_tensor(facts, name), first.size), input=name)


def field_of(facts: ModelFacts, project: Project, name: str) -> str:
    """Where the reading of an input's picture stands in the project, as problems name it."""
    return "preprocess" if name == first_name(facts, project) else f"images.{name}.preprocess"


def read_as(facts: ModelFacts, project: Project, name: str, preprocess: Preprocess) -> Project:
    """The project with another reading of one input's picture."""
    if name == first_name(facts, project):
        return msgspec.structs.replace(project, preprocess=preprocess)
    images = project.images | {name: msgspec.structs.replace(project.images[name], preprocess=preprocess)}
    return msgspec.structs.replace(project, images=images)


def _with_first(facts: ModelFacts, project: Project, name: str) -> Project:
    reading = reading_of(facts, project, name)
    reading = msgspec.structs.replace(reading, input=name if len(facts.image_inputs()) > 1 else "")
    images = {other: image for other, image in project.images.items() if other != name}
    return msgspec.structs.replace(project, preprocess=reading, images=images)


def _without(facts: ModelFacts, project: Project, name: str) -> Project:
    others = {other: image for other, image in project.images.items() if other != name}
    if name != first_name(facts, project):
        return msgspec.structs.replace(project, images=others)
    if not others:
        return msgspec.structs.replace(project, preprocess=None, images={})
    # The next picture becomes the first one, under the key it has.
    heir, image = next(iter(others.items()))
    key = image.key or project.signature.inputs.get(heir, heir)
    signature = msgspec.structs.replace(project.signature, image_key=key)
    return msgspec.structs.replace(_with_first(facts, project, heir), signature=signature)


def _picture(facts: ModelFacts, project: Project, name: str) -> ImageFeed | None:
    try:
        return next((p for p in pictures(facts, project) if p.tensor.name == name), None)
    except WorkbenchError:
        return None


def _tensor(facts: ModelFacts, name: str) -> TensorFacts:
    return next(t for t in facts.image_inputs() if t.name == name)
