"""What is opened: a model, with perhaps a project, code and architecture of its own, and the project it starts with."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from workbench.gui.texts import tr
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import own_size
from workbench.spec.image_size import USUAL_SIZE
from workbench.spec.messages import Inspect, LoadFacts, SetTrust
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.step_files import with_files


@dataclass(frozen=True)
class OpenRequest:
    """`custom` and `architecture` are whole paths, or empty; a project says them relative to its folder.

    `saved` is the project as its file has it.
    """

    model: Path
    project: Project | None = None
    file: Path | None = None
    custom: str = ""
    architecture: str = ""
    saved: Project | None = None

    @classmethod
    def of_project(cls, project: Project, file: Path) -> OpenRequest:
        """What a project file asks for."""
        custom, architecture = (_whole(name, file.parent) for name in (project.custom, project.architecture))
        return cls(project.model_path(file), project, file, custom, architecture, project)

    @property
    def folder(self) -> Path:
        """The folder the project's paths start from."""
        return (self.file or self.model).parent

    def with_model(self, model: Path) -> OpenRequest:
        """Another model for the same project; an architecture stays with the weights it came with."""
        return replace(self, model=model, architecture=self.architecture if model == self.model else "")

    def naming_model(self, project: Project) -> Project:
        """The project on this model: all its paths to model, code and architecture as they are here."""
        return self.named(msgspec.structs.replace(project, model=relative(self.model, self.folder)))

    def with_(self, *, custom: str = "", architecture: str = "") -> OpenRequest:
        """The same with another file beside the model; the project names it from now on."""
        new = replace(self, custom=custom or self.custom, architecture=architecture or self.architecture)
        return replace(new, project=new.named(self.project)) if self.project else new

    def named(self, project: Project) -> Project:
        """The project with the files beside the model as it names them."""
        custom, architecture = (
            relative(Path(path), self.folder) if path else "" for path in (self.custom, self.architecture)
        )
        return msgspec.structs.replace(project, custom=custom, architecture=architecture)

    def inspect(self) -> Inspect:
        """The request for the facts of the file."""
        return Inspect(id=0, path=str(self.model), custom=self.custom, architecture=self.architecture)

    def load(self) -> LoadFacts:
        """The request for the facts of the loaded model."""
        return LoadFacts(id=0, path=str(self.model), custom=self.custom, architecture=self.architecture)

    def trust(self, allow: bool) -> SetTrust:
        """The consent to the code in the file, or its end."""
        return SetTrust(id=0, path=str(self.model), allow=allow)


def relative(path: Path, folder: Path) -> str:
    """A path as a project file in `folder` says it, with `/` on every system."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive on Windows: there is no relative way
        return path.resolve().as_posix()


def moved(project: Project, old: Path, new: Path) -> Project:
    """The project for a file in the folder `new`, naming the same files as from `old`."""
    names = {
        key: relative(old / name, new)
        for key in ("model", "custom", "architecture")
        if (name := str(getattr(project, key)))
    }
    return msgspec.structs.replace(_steps_moved(project, old, new), **names)


def _steps_moved(project: Project, old: Path, new: Path) -> Project:
    """The same for the files that steps name; steps that cannot be read are told elsewhere, and stay."""
    try:
        return with_files(project, lambda name: relative(old / name, new))
    except WorkbenchError:
        return project


def _whole(name: str, folder: Path) -> str:
    return str((folder / name).resolve()) if name else ""


def fresh_project(facts: ModelFacts, model: str) -> tuple[Project | None, str]:
    """A default project and, where the model left something open, a sentence that says what was assumed.

    The project is None as long as it is not known which inputs take an image.
    """
    if any(t.shape is None for t in facts.inputs):
        return None, tr("Project", "The inputs of this model are known only after loading it.")
    try:
        return default_project(facts, model), _several(facts)
    except WorkbenchError:  # Nothing was given that could be wrong: it takes any size.
        return _of_any_size(facts, model)


def _of_any_size(facts: ModelFacts, model: str) -> tuple[Project, str]:
    height, width = (own or usual for own, usual in zip(own_size(facts.image_inputs()[0]), USUAL_SIZE, strict=True))
    text = tr(
        "Project",
        "The model accepts any image size; {h}x{w} is assumed. Set the training size, or as sent, in Inputs.",
    )
    notice = f"{text.format(h=height, w=width)} {_several(facts)}".strip()
    return default_project(facts, model, size=f"{height}x{width}"), notice


def _several(facts: ModelFacts) -> str:
    count = len(facts.image_inputs())
    text = tr("Project", "The model has {n} image inputs. See Inputs for the preprocessing of each.")
    return text.format(n=count) if count > 1 else ""


def unknown_shapes(facts: ModelFacts) -> bool:
    """Whether only loading the model would tell some of its shapes."""
    return any(t.shape is None for t in (*facts.inputs, *facts.outputs))


def needs_consent(facts: ModelFacts) -> bool:
    """Whether loading would run code of the file that nobody has allowed.

    Code that was read as plain arithmetic does not count: it is a repair and no problem.
    """
    return any(problem.code == "LAMBDA" for problem in facts.problems)


def waits_for_consent(facts: ModelFacts) -> bool:
    """Whether loading would run anything that nobody has allowed: the file's own code, or the project's Python file."""
    return needs_consent(facts) or facts.custom_code == "asks"


def needs_custom(facts: ModelFacts) -> bool:
    """Whether classes or functions are missing that no Python file named so far defines."""
    return any(problem.code == "CUSTOM_CLASS" for problem in facts.problems)


def may_load(facts: ModelFacts) -> bool:
    """Whether the model has to be loaded for its shapes, and can be without running code nobody has allowed."""
    return unknown_shapes(facts) and not needs_custom(facts) and not waits_for_consent(facts)
