"""The project: one TOML file that rebuilds a release. Loads, saves and validates it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import tomli_w

from workbench.spec.errors import WorkbenchError
from workbench.spec.files import write_text
from workbench.spec.preprocess import Preprocess
from workbench.spec.settings import CheckSettings, ExportSettings, ImageInput, SignatureSettings, TrainingSettings
from workbench.spec.target import KINDS, AnyTarget, target_from
from workbench.spec.targets.base import Target
from workbench.spec.targets.local import LOCAL, LocalTarget

ALWAYS_WRITTEN: Final = frozenset(
    {"workbench", "model", "size", "reader", "scale", "formats", "image_key", "scores_key", "passthrough"}
    | {"name", "tf_example", "tensor", "layout"}
)
"""Settings a project file shows even where they are the defaults: what one looks for first."""


ONLY_IF_SET: Final = frozenset({"check", "training"})
"""Tables a project file has only where something in them was set."""


class Project(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole project. `model` is a path, relative to the project file's folder; so are the next two.

    `custom` is a Python file with the model's own classes, `architecture` the JSON or YAML for a model file
    of weights alone; empty where there is none. `preprocess` is how the picture is read, `None` for a model
    that is fed tensors only; `images` are further model inputs that a picture feeds, by their names.
    """

    workbench: Literal[1] = 1
    model: str
    custom: str = ""
    architecture: str = ""
    preprocess: Preprocess | None = None
    images: dict[str, ImageInput] = {}
    signature: SignatureSettings = SignatureSettings()
    export: ExportSettings = ExportSettings()
    check: CheckSettings = CheckSettings()
    targets: dict[str, AnyTarget] = {}

    def model_path(self, project_path: Path) -> Path:
        """Where the model lies, for a project file at `project_path`."""
        return (project_path.parent / self.model).resolve()

    def target(self, name: str) -> AnyTarget:
        """The target of that name; `local` is there unasked. Raises NO_TARGET."""
        return target_named(name, self.targets)


def target_named(name: str, targets: Mapping[str, AnyTarget]) -> AnyTarget:
    """One of `targets`, or the local target, which needs no entry. Raises `WorkbenchError` NO_TARGET."""
    if name in targets:
        return targets[name]
    if name == LOCAL:
        return LocalTarget()
    known = ", ".join([LOCAL, *(n for n in targets if n != LOCAL)])
    raise WorkbenchError("NO_TARGET", f"There is no target '{name}'.", hint=f"Known here: {known}.")


def load_project(path: Path) -> Project:
    """Read a project file. Raises `WorkbenchError` NO_FILE, NOT_TOML or BAD_PROJECT, naming the key."""
    try:
        text = path.read_text(encoding="utf-8")
        return _project_of(tomllib.loads(text), path)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such project file.", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("NOT_TOML", f"The project file cannot be read: {err}.", where=str(path)) from err
    except tomllib.TOMLDecodeError as err:
        raise WorkbenchError("NOT_TOML", f"This is not TOML: {err}.", where=str(path)) from err
    except msgspec.ValidationError as err:
        hint = "Mend or remove that entry; README lists them all."
        raise WorkbenchError("BAD_PROJECT", _plain(str(err)), where=str(path), hint=hint) from err


def _project_of(table: dict[str, Any], path: Path) -> Project:
    """The tables as a project; targets one by one, so that a mistake in one is told by its name."""
    targets = table.pop("targets", {})
    if not isinstance(targets, dict):
        raise msgspec.ValidationError("Expected a table of targets - at `$.targets`")
    found = {name: _target_of(name, settings, path) for name, settings in targets.items()}
    return msgspec.structs.replace(msgspec.convert(table, Project), targets=found)


def _target_of(name: str, settings: Any, path: Path) -> AnyTarget:
    if not isinstance(settings, dict):
        raise msgspec.ValidationError(f"Expected a table - at `$.targets.{name}`")
    kind = settings.get("kind", LOCAL)  # Projects of before there were others say nothing.
    if kind not in KINDS:
        text = f"'{kind}' is no kind of target in [targets.{name}]."
        raise WorkbenchError("BAD_PROJECT", text, where=str(path), hint=f"Kinds: {', '.join(KINDS)}.")
    try:
        return target_from(kind, settings)
    except msgspec.ValidationError as err:
        text, _, place = str(err).partition(" - at `$")
        raise msgspec.ValidationError(f"{text} - at `$.targets.{name}{place.rstrip('`')}`") from err


def _plain(validation: str) -> str:
    """msgspec's words with the TOML table named as the user wrote it: `$.preprocess` -> [preprocess]."""
    text, _, place = validation.partition(" - at `$")
    unknown = re.search(r"unknown field `(.+?)`", text)
    text = f"unknown option '{unknown[1]}'" if unknown else text[:1].lower() + text[1:]
    table = place.strip("`.")
    return f"{text} in [{table}]." if unknown and table else f"{text}{f' at {table}' if table else ''}."


def dump_project(project: Project) -> str:
    """The project as TOML text, defaults that nobody looks for left out; `load_project` reads back an equal one."""
    return tomli_w.dumps(_shown(project))


def _shown(settings: msgspec.Struct) -> dict[str, Any]:
    target = isinstance(settings, Target)
    found: dict[str, Any] = {"kind": getattr(settings, "kind", "")} if target else {}
    for field in msgspec.structs.fields(type(settings)):
        value = getattr(settings, field.name)
        if field.name not in ALWAYS_WRITTEN and value == field.default and not isinstance(value, msgspec.Struct):
            continue
        if value is None or value == {} or (value == field.default and field.name in ONLY_IF_SET):
            continue
        if target and value == ():
            continue
        found[field.name] = _as_toml(value)
    return found


_TABLES: Final = (Preprocess, SignatureSettings, ExportSettings, ImageInput, CheckSettings, TrainingSettings, Target)


def _as_toml(value: Any) -> Any:
    if isinstance(value, _TABLES):
        return _shown(value)
    if isinstance(value, dict):
        return {key: _as_toml(item) for key, item in value.items()}
    return msgspec.to_builtins(value)


def save_project(project: Project, path: Path) -> None:
    """Write the project whole or not at all. Raises `WorkbenchError` CANNOT_WRITE."""
    write_text(path, dump_project(project))
