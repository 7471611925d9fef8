"""The project: one TOML file that rebuilds a release. Loads, saves and validates it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import tomli_w

from workbench.spec.errors import WorkbenchError
from workbench.spec.files import read_regular, write_text
from workbench.spec.preprocess import Preprocess
from workbench.spec.settings import CheckSettings, ExportSettings, ImageInput, SignatureSettings, TrainingSettings
from workbench.spec.target import KINDS, AnyTarget, target_from
from workbench.spec.targets.base import Target
from workbench.spec.targets.local import LOCAL, LocalTarget
from workbench.spec.toml_text import parse_toml

ALWAYS_WRITTEN: Final = frozenset(
    {"workbench", "model", "size", "reader", "scale", "formats", "image_key", "scores_key", "passthrough"}
    | {"name", "tf_example", "tensor", "layout"}
)
"""Settings a project file shows even where they are the defaults: what one looks for first."""


MAX_PROJECT: Final = 1 << 20
"""Bytes of a project file; one with the labels of twenty thousand classes has half as many."""

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
    raise WorkbenchError("NO_TARGET", f"There is no target '{name}'.", hint=f"Targets: {known}.")


def load_project(path: Path) -> Project:
    """Read a project file; it may come from anybody. Raises `WorkbenchError` NO_FILE, NOT_TOML or BAD_PROJECT.

    BAD_PROJECT names the key.
    """
    try:
        # Without the sign that some editors put before UTF-8, and as TOML itself takes the ends of lines.
        table = parse_toml(read_regular(path, MAX_PROJECT).decode("utf-8-sig"))
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such project file.", where=str(path)) from None
    except OSError as err:
        hint = f"A project is a TOML file of at most {MAX_PROJECT:,} bytes."
        text = f"The project file cannot be read: {err.strerror}."
        raise WorkbenchError("NOT_TOML", text, where=str(path), hint=hint) from err
    except UnicodeDecodeError as err:
        text = f"The project file is not UTF-8 text: byte {err.start} is {err.object[err.start]:#04x}."
        raise WorkbenchError("NOT_TOML", text, where=str(path), hint="Save it as UTF-8.") from err
    except ValueError as err:
        raise WorkbenchError(
            "NOT_TOML", f"The project file is not valid TOML: {err}.", where=str(path), hint="Correct that line."
        ) from err
    try:
        _refuse_values(table)
        return _project_of(table, path)
    except (msgspec.ValidationError, OverflowError) as err:
        hint = "Correct or remove that entry; docs/project-file.md lists all settings."
        raise WorkbenchError("BAD_PROJECT", _plain(str(err)), where=str(path), hint=hint) from err


def _project_of(table: dict[str, Any], path: Path) -> Project:
    """The tables as a project; targets one by one, so that a mistake in one is told by its name."""
    targets = table.pop("targets", {})
    if not isinstance(targets, dict):
        raise msgspec.ValidationError("Expected a table of targets - at `$.targets`")
    found = {name: _target_of(name, settings, path) for name, settings in targets.items()}
    return msgspec.structs.replace(msgspec.convert(table, Project), targets=found)


def _refuse_values(table: dict[str, Any]) -> None:
    """Raise `msgspec.ValidationError` for values that TOML has and no setting: they could not be sent or hashed."""
    waiting: list[tuple[str, Any]] = [("", table)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{place}.{key}", inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}[{number}]", inner) for number, inner in enumerate(value)]
        elif isinstance(value, float) and not math.isfinite(value):
            raise msgspec.ValidationError(f"Expected a finite number - at `${place}`")
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise msgspec.ValidationError(f"Expected a number of at most 64 bits - at `${place}`")
        elif not isinstance(value, str | int | float):
            raise msgspec.ValidationError(f"Expected a text or a number, not a {type(value).__name__} - at `${place}`")


def _target_of(name: str, settings: Any, path: Path) -> AnyTarget:
    if not isinstance(settings, dict):
        raise msgspec.ValidationError(f"Expected a table - at `$.targets.{name}`")
    kind = settings.get("kind", LOCAL)  # Projects of before there were others say nothing.
    if name == LOCAL and kind != LOCAL:
        hint = "Name the target otherwise, such as [targets.cloud]."
        text = "[targets.local] is always of the kind 'local'."
        raise WorkbenchError("BAD_PROJECT", text, where=str(path), hint=hint)
    if not isinstance(kind, str) or kind not in KINDS:
        text = f"'{kind}' is not a kind of target in [targets.{name}]."
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


def preprocess_lines(settings: Preprocess) -> tuple[str, ...]:
    """The lines of a `[preprocess]` table, without its heading."""
    return tuple(tomli_w.dumps(_shown(settings)).splitlines())


def _shown(settings: msgspec.Struct) -> dict[str, Any]:
    target = isinstance(settings, Target)
    found: dict[str, Any] = {"kind": getattr(settings, "kind", "")} if target else {}
    for field in msgspec.structs.fields(type(settings)):
        value = getattr(settings, field.name)
        if field.name == "scale" and isinstance(settings, Preprocess) and settings.steps:
            continue  # The steps say it.
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
