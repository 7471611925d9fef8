"""The project: one TOML file that rebuilds a release. Load, save, and say what is wrong with it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import tomli_w

from workbench.spec.errors import WorkbenchError
from workbench.spec.files import write_text
from workbench.spec.model import ModelFacts, Problem, TensorFacts
from workbench.spec.preprocess import DEFAULT_READER, Preprocess, parse_reader, parse_scale, parse_size
from workbench.spec.target import Target


class SignatureSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[signature]` table: aliases of the image and of the scores, passthrough keys, labels.

    `labels` stand in the order of the scores' last dimension; empty means none.
    The defaults are the article's keys.
    """

    image_key: str = "input"
    scores_key: str = "classes"
    passthrough: tuple[str, ...] = ("metadata",)
    labels: tuple[str, ...] = ()


class ExportSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[export]` table: `frozen` is one file with the weights in it."""

    layout: Literal["frozen"] = "frozen"


class Project(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole project. `model` is a path, relative to the project file's folder; so are the next two.

    `custom` is a Python file with the model's own classes, `architecture` the JSON or YAML for a model file
    of weights alone; empty where there is none.
    """

    workbench: Literal[1] = 1
    model: str
    custom: str = ""
    architecture: str = ""
    preprocess: Preprocess
    signature: SignatureSettings = SignatureSettings()
    export: ExportSettings = ExportSettings()
    targets: dict[str, Target] = {}

    def model_path(self, project_path: Path) -> Path:
        """Where the model lies, for a project file at `project_path`."""
        return (project_path.parent / self.model).resolve()

    def target(self, name: str) -> Target:
        """The target of that name; `local` is there unasked. Raises NO_TARGET."""
        return target_named(name, self.targets)


def target_named(name: str, targets: Mapping[str, Target]) -> Target:
    """One of `targets`, or the local target, which needs no entry. Raises `WorkbenchError` NO_TARGET."""
    if name in targets:
        return targets[name]
    if name == "local":
        return Target()
    known = ", ".join(["local", *(n for n in targets if n != "local")])
    raise WorkbenchError("NO_TARGET", f"There is no target '{name}'.", hint=f"Known here: {known}.")


def load_project(path: Path) -> Project:
    """Read a project file. Raises `WorkbenchError` NO_FILE, NOT_TOML or BAD_PROJECT, naming the key."""
    try:
        text = path.read_text(encoding="utf-8")
        return msgspec.convert(tomllib.loads(text), Project)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such project file.", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("NOT_TOML", f"The project file cannot be read: {err}.", where=str(path)) from err
    except tomllib.TOMLDecodeError as err:
        raise WorkbenchError("NOT_TOML", f"This is not TOML: {err}.", where=str(path)) from err
    except msgspec.ValidationError as err:
        hint = "Mend or remove that entry; README lists them all."
        raise WorkbenchError("BAD_PROJECT", _plain(str(err)), where=str(path), hint=hint) from err


def _plain(validation: str) -> str:
    """msgspec's words with the TOML table named as the user wrote it: `$.preprocess` -> [preprocess]."""
    text, _, place = validation.partition(" - at `$")
    unknown = re.search(r"unknown field `(.+?)`", text)
    text = f"unknown option '{unknown[1]}'" if unknown else text[:1].lower() + text[1:]
    table = place.strip("`.")
    return f"{text} in [{table}]." if unknown and table else f"{text}{f' at {table}' if table else ''}."


def dump_project(project: Project) -> str:
    """The project as TOML text; `load_project` reads back an equal project."""
    data = msgspec.to_builtins(project)
    for name in ("custom", "architecture", "targets"):
        if not data[name]:
            del data[name]  # Most models need none of them.
    return tomli_w.dumps(data)


def save_project(project: Project, path: Path) -> None:
    """Write the project whole or not at all. Raises `WorkbenchError` CANNOT_WRITE."""
    write_text(path, dump_project(project))


def default_project(facts: ModelFacts, model: str, *, size: str = "", reader: str = "", scale: str = "") -> Project:
    """A project for a model with the article's keys, its size from the model's image input.

    Raises NO_IMAGE_INPUT or NO_SIZE when the model does not say and `size` is empty; BAD_* for options.
    """
    image = image_input(facts, "")
    height, width = parse_size(size) if size else _own_size(image, facts.path)
    preprocess = Preprocess(size=(height, width), reader=reader or DEFAULT_READER, scale=scale or "0..1")
    parse_reader(preprocess.reader)
    parse_scale(preprocess.scale)
    return Project(model=model, preprocess=preprocess)


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


def describe_shape(shape: tuple[int | None, ...] | None) -> str:
    """A shape for people: `(?, 64, 64, 3)`; `(not known)` where only loading would tell."""
    if shape is None:
        return "(not known)"
    return f"({', '.join('?' if d is None else str(d) for d in shape)})"


def _own_size(image: TensorFacts, where: str) -> tuple[int, int]:
    height, width = (image.shape or (None,) * 4)[1:3]
    if not height or not width:
        raise WorkbenchError(
            "NO_SIZE", "The model takes images of any size.", where=where, hint="Say which with --size HxW."
        )
    return height, width


def project_problems(project: Project, facts: ModelFacts | None = None) -> list[Problem]:
    """What is wrong with the settings themselves, each with the field it belongs to."""
    found: list[Problem] = []
    for field, check in (
        ("preprocess.reader", lambda: parse_reader(project.preprocess.reader)),
        ("preprocess.scale", lambda: parse_scale(project.preprocess.scale)),
        ("preprocess.size", lambda: parse_size("{}x{}".format(*project.preprocess.size))),
        ("preprocess.input", lambda: facts and image_input(facts, project.preprocess.input)),
    ):
        try:
            check()
        except WorkbenchError as err:
            found.append(Problem(err.code, f"{err.message} {err.hint}".strip(), field))
    return found or _fit(project, facts)


def _fit(project: Project, facts: ModelFacts | None) -> list[Problem]:
    if facts is None:
        return []
    found: list[Problem] = []
    image = image_input(facts, project.preprocess.input)
    height, width, channels = (image.shape or (None,) * 4)[1:4]
    want = project.preprocess.size
    if (height or want[0], width or want[1]) != want:
        text = f"The model takes {height}x{width} pixels, the project says {want[0]}x{want[1]}."
        found.append(Problem("SIZE_MISMATCH", text, "preprocess.size"))
    scale = parse_scale(project.preprocess.scale)
    numbers = len(scale.mean) or (3 if scale.name in ("caffe", "torch") else 1)
    if channels == 4 or numbers == 3 != channels:
        text = f"Scale '{scale.name}' and the readers give {numbers} channels; the model takes {channels}."
        found.append(Problem("CHANNELS", text, "preprocess.scale"))
    return found
