"""The model inputs that images feed, with the preprocessing of each."""

from __future__ import annotations

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import Size
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project


class ImageFeed(msgspec.Struct, frozen=True):
    """One image input: the alias its bytes have in a request, and how they are read.

    `field` is where a form shows what is wrong with it: `preprocess`, or `images.NAME.preprocess`.
    """

    alias: str
    tensor: TensorFacts
    preprocess: Preprocess
    field: str


def pictures(facts: ModelFacts, project: Project) -> tuple[ImageFeed, ...]:
    """The image inputs, the first one first; none where the project has no `[preprocess]`.

    Raises `WorkbenchError` NO_IMAGE_INPUT for a name that is no image input.
    """
    if project.preprocess is None:
        return ()
    first = image_input(facts, project.preprocess.input)
    found = [ImageFeed(project.signature.image_key, first, project.preprocess, "preprocess")]
    for name, more in project.images.items():
        tensor = image_input(facts, name)
        own = more.preprocess or _fitted(project.preprocess, tensor)
        alias = more.key or project.signature.inputs.get(name, name)
        if name != first.name:
            found.append(ImageFeed(alias, tensor, own, f"images.{name}.preprocess"))
    return tuple(found)


def image_input(facts: ModelFacts, name: str) -> TensorFacts:
    """The model input a picture feeds: the one named, or the only one. Raises NO_IMAGE_INPUT."""
    images = facts.image_inputs()
    chosen = [t for t in images if t.name == name] if name else list(images)
    if len(chosen) == 1:
        return chosen[0]
    all_inputs = ", ".join(f"{t.name} {describe_shape(t.shape)}" for t in facts.inputs) or "none known"
    raise WorkbenchError(
        "NO_IMAGE_INPUT",
        f"The model has no image input '{name}'." if name else f"The model has {len(images)} image inputs, not one.",
        where=facts.path,
        hint=f"Name one as preprocess.input. Its inputs: {all_inputs}.",
    )


def _fitted(preprocess: Preprocess, tensor: TensorFacts) -> Preprocess:
    """The first picture's settings at the size another input takes."""
    return msgspec.structs.replace(preprocess, size=fitted_size(tensor, preprocess.size), input=tensor.name)


def fitted_size(tensor: TensorFacts, usual: Size) -> Size:
    """The size an image input takes: its own where it is fixed, `usual` for the sides that are open."""
    height, width = own_size(tensor)
    if isinstance(usual, str):
        return (height, width) if height and width else usual
    return height or usual[0], width or usual[1]


def own_size(tensor: TensorFacts) -> tuple[int | None, int | None]:
    """Height and width that an image input asks for; `None` where it takes any."""
    shape = tensor.shape or (None,) * 4
    return shape[1], shape[2]


def describe_shape(shape: tuple[int | None, ...] | None) -> str:
    """A shape for people: `(?, 64, 64, 3)`; `(not known)` where only loading would tell."""
    if shape is None:
        return "(not known)"
    return f"({', '.join('?' if d is None else str(d) for d in shape)})"
