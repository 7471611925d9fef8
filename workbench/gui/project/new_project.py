"""The project a model begins with when it is opened without one. Pure."""

from __future__ import annotations

from workbench.gui.texts import tr
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import own_size
from workbench.spec.model import ModelFacts
from workbench.spec.preprocess import USUAL_SIZE
from workbench.spec.project import Project


def fresh_project(facts: ModelFacts, model: str) -> tuple[Project | None, str]:
    """A default project and, where the model left something open, a sentence that says what was assumed.

    The project is None as long as it is not known which inputs take an image.
    """
    if any(t.shape is None for t in facts.inputs):
        return None, tr("Project", "What the model takes is known only once it has been loaded.")
    try:
        return default_project(facts, model), _several(facts)
    except WorkbenchError:  # Nothing was given that could be wrong: it takes any size.
        return _of_any_size(facts, model)


def _of_any_size(facts: ModelFacts, model: str) -> tuple[Project, str]:
    height, width = (own or usual for own, usual in zip(own_size(facts.image_inputs()[0]), USUAL_SIZE, strict=True))
    text = tr(
        "Project",
        "The model takes images of any size; {h}x{w} is assumed. Set the size of training, or as sent, in Inputs.",
    )
    notice = f"{text.format(h=height, w=width)} {_several(facts)}".strip()
    return default_project(facts, model, size=f"{height}x{width}"), notice


def _several(facts: ModelFacts) -> str:
    count = len(facts.image_inputs())
    text = tr("Project", "The model has {n} image inputs; each is fed by a picture. Inputs shows how each is read.")
    return text.format(n=count) if count > 1 else ""


def unknown_shapes(facts: ModelFacts) -> bool:
    """Whether only loading the model would tell some of its shapes."""
    return any(t.shape is None for t in (*facts.inputs, *facts.outputs))
