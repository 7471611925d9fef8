"""Whether it is known that training read its images as the project does: a model file does not record it.

A project proves it by what training made (`check.seen`) or by `[check.training]`; else somebody confirms the reader,
which the project then names in `check.confirmed`.
"""

from __future__ import annotations

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import pictures
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project


def is_proven(project: Project) -> bool:
    """Whether the project file itself says how training read its images."""
    return bool(project.check.seen or project.check.training.reader)


def is_confirmed(project: Project, reader: str) -> bool:
    """Whether a reader of the project is known to be training's."""
    return is_proven(project) or reader in project.check.confirmed


def unconfirmed(facts: ModelFacts, project: Project) -> tuple[str, ...]:
    """The image inputs whose reader nobody has confirmed; none where the project does not fit the model."""
    try:
        found = pictures(facts, project)
    except WorkbenchError:
        return ()  # Told as a problem.
    return tuple(one.tensor.name for one in found if not is_confirmed(project, one.preprocess.reader))


def with_confirmed(project: Project, reader: str, *, confirmed: bool = True) -> Project:
    """The project with a reader confirmed or not; readers that it does not use any more are dropped."""
    more = [image.preprocess.reader for image in project.images.values() if image.preprocess]
    used = [project.preprocess.reader, *more] if project.preprocess else more
    known = {*project.check.confirmed, reader} if confirmed else {*project.check.confirmed} - {reader}
    kept = tuple(name for name in dict.fromkeys(used) if name in known)
    return msgspec.structs.replace(project, check=msgspec.structs.replace(project.check, confirmed=kept))
