"""The project a model begins with when it is opened without one. Pure."""

from __future__ import annotations

from typing import Final

from workbench.gui.texts import tr
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.project import Project, default_project

FALLBACK_SIZE: Final = (224, 224)
"""Height and width where the model takes any: what most ImageNet networks were trained with."""


def fresh_project(facts: ModelFacts, model: str) -> tuple[Project | None, str]:
    """A default project and, where the model left something open, a sentence that says what was assumed.

    The project is None where the model has no image input at all.
    """
    try:
        return default_project(facts, model), ""
    except WorkbenchError as err:
        return _assumed(facts, model, err)


def _assumed(facts: ModelFacts, model: str, err: WorkbenchError) -> tuple[Project | None, str]:
    images = facts.image_inputs()
    if not images:
        return None, str(err)
    height, width = (images[0].shape or (None,) * 3)[1:3]
    size = (height or FALLBACK_SIZE[0], width or FALLBACK_SIZE[1])
    project = Project(model=model, preprocess=Preprocess(size=size, input=images[0].name if len(images) > 1 else ""))
    if len(images) > 1:
        text = tr("Project", "The model has {n} image inputs; '{name}' gets the image. Change it in Inputs.")
        return project, text.format(n=len(images), name=images[0].name)
    text = tr("Project", "The model takes images of any size; {h}x{w} is assumed. Set the size of training in Inputs.")
    return project, text.format(h=size[0], w=size[1])


def unknown_shapes(facts: ModelFacts) -> bool:
    """Whether only loading the model would tell some of its shapes."""
    return any(t.shape is None for t in (*facts.inputs, *facts.outputs))
