"""The settings of a target as one types them: what each is called, and text to setting and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import isclass
from typing import Any, Final, NamedTuple, get_args, get_origin

import msgspec

from workbench.gui.texts import tr
from workbench.spec.model import Problem
from workbench.spec.target import KINDS, target_from, target_problems
from workbench.spec.targets.base import Target

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_PAIR: Final = re.compile(r"([A-Za-z_][\w-]*)\s*=\s*([^,\s]*)")


class FieldWords(NamedTuple):
    """What a setting is called, and an example or what empty means."""

    label: str
    hint: str = ""


def words_of(field: str) -> FieldWords:
    """A setting for people; one that has no words is called as the project file calls it."""
    table = {
        "project": (tr("TargetForm", "Project"), tr("TargetForm", "project ID, such as my-project-1")),
        "region": (tr("TargetForm", "Region"), tr("TargetForm", "such as europe-west4")),
        "bucket": (tr("TargetForm", "Bucket"), tr("TargetForm", "where exports are staged, such as my-bucket/models")),
        "path": (tr("TargetForm", "Path"), tr("TargetForm", "a folder, or gs://bucket/prefix")),
        "url": (tr("TargetForm", "Address"), tr("TargetForm", "empty: default")),
        "storage_url": (tr("TargetForm", "Storage URL"), tr("TargetForm", "empty: default")),
        "runtime": (tr("TargetForm", "TensorFlow release"), tr("TargetForm", "such as 2.15; used by the release gate")),
        "image": (tr("TargetForm", "Container image"), tr("TargetForm", "such as tf2-cpu.2-15, or an image's URI")),
        "machine_type": (tr("TargetForm", "Machine type"), tr("TargetForm", "such as n1-standard-2")),
        "credentials": (tr("TargetForm", "Credentials"), tr("TargetForm", "adc, none, or the path of a key file")),
        "impersonate": (tr("TargetForm", "Impersonate"), tr("TargetForm", "e-mail of a service account")),
        "accelerator": (tr("TargetForm", "Accelerator"), "type=NVIDIA_TESLA_T4 count=1"),
        "auto_scaling": (tr("TargetForm", "Automatic scaling"), "min_nodes=1 max_nodes=3 cpu=60"),
        "manual_scaling": (tr("TargetForm", "Manual scaling"), "nodes=1"),
        "labels": (tr("TargetForm", "Labels"), "team=vision stage=test"),
        "aliases": (tr("TargetForm", "Aliases of all versions"), tr("TargetForm", "separated by spaces")),
        "args": (tr("TargetForm", "Container arguments"), tr("TargetForm", "separated by spaces")),
        "min_replicas": (tr("TargetForm", "Minimum replicas"), ""),
        "max_replicas": (tr("TargetForm", "Maximum replicas"), ""),
        "dedicated": (tr("TargetForm", "Dedicated endpoint"), tr("TargetForm", "true or false")),
        "endpoint_name": (tr("TargetForm", "Endpoint"), tr("TargetForm", "empty: same name as the model")),
        "base_path": (tr("TargetForm", "Path on the server"), tr("TargetForm", "empty: same path")),
        "python_version": (tr("TargetForm", "Python version"), tr("TargetForm", "such as 3.7")),
        "service_account": (tr("TargetForm", "Service account"), tr("TargetForm", "e-mail of a service account")),
        "description": (tr("TargetForm", "Description"), ""),
        "framework": (tr("TargetForm", "Framework"), ""),
        "predict_route": (tr("TargetForm", "Prediction route"), tr("TargetForm", "custom container only")),
        "health_route": (tr("TargetForm", "Health route"), tr("TargetForm", "custom container only")),
        "port": (tr("TargetForm", "Container port"), ""),
    }
    return FieldWords(*table.get(field, (field, "")))


def fields_of(kind: str) -> tuple[str, ...]:
    """All settings of a kind, those that are asked for at once first."""
    names = [field.name for field in msgspec.structs.fields(KINDS[kind])]
    first = KINDS[kind].facts.first_fields
    return (*first, *(name for name in names if name not in first))


def text_of(target: Target, field: str) -> str:
    """A setting as it is typed; empty where it is not set and has no default of its own."""
    value = getattr(target, field, "")
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return " ".join(f"{key}={item}" for key, item in value.items())
    return " ".join(value) if isinstance(value, tuple) else "" if value == 0 else str(value)


def defaults_of(kind: str) -> dict[str, str]:
    """What a new target of a kind begins with: the settings that have a default worth seeing, or a better value now."""
    found = {}
    for field in msgspec.structs.fields(KINDS[kind]):
        if (
            isinstance(field.default, str | int)
            and field.default not in ("", 0)
            and not isinstance(field.default, bool)
        ):
            found[field.name] = str(field.default)
    return found | KINDS[kind].facts.new_values


def read_target(kind: str, texts: Mapping[str, str]) -> tuple[Target | None, dict[str, str]]:
    """What was typed as a target, or what is wrong by field: what cannot be read, else the spec's own problems."""
    settings: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    known = {field.name: field for field in msgspec.structs.fields(KINDS[kind])}
    for field, text in texts.items():
        if text.strip() or known[field].required:
            try:
                settings[field] = _value(known[field].type, text.strip())
            except ValueError as err:
                wrong[field] = str(err)
    if wrong:
        return None, wrong
    try:
        target = target_from(kind, settings)
    except msgspec.ValidationError as err:
        return None, {_field_of(str(err)): str(err).partition(" - at")[0] + "."}
    return target, problems_by_field(target_problems(target))


def problems_by_field(problems: list[Problem]) -> dict[str, str]:
    """The first problem of each field, by the field's own name."""
    found: dict[str, str] = {}
    for problem in problems:
        found.setdefault(problem.field.rpartition(".")[2], problem.message)
    return found


def name_problem(name: str, taken: tuple[str, ...]) -> str:
    """What is wrong with a target's name; empty where nothing is."""
    if not name:
        return tr("TargetForm", "Enter a name, such as production.")
    if not _NAME.fullmatch(name):
        return tr("TargetForm", "Use at most 40 letters, digits, _ and -, starting with a letter.")
    return tr("TargetForm", "A target with this name already exists.") if name in taken else ""


def _value(kind: Any, text: str) -> Any:
    """What was typed as a value of a field's type."""
    tables = [part for part in (kind, *get_args(kind)) if isclass(part) and issubclass(part, msgspec.Struct)]
    if tables:
        return _table(tables[0], text)
    if kind is int:
        if not text.isdigit():
            raise ValueError(tr("TargetForm", "Enter a whole number."))
        return int(text)
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError(tr("TargetForm", "Enter true or false."))
        return text == "true"
    if get_origin(kind) is tuple:
        return tuple(text.split())
    return _pairs(text) if get_origin(kind) is dict else text


def _table(kind: type[msgspec.Struct], text: str) -> msgspec.Struct:
    try:
        return msgspec.convert(_pairs(text), kind, strict=False)
    except msgspec.ValidationError as err:
        known = ", ".join(field.name for field in msgspec.structs.fields(kind))
        text = tr("TargetForm", "{error}. Known: {known}.")
        raise ValueError(text.format(error=str(err).partition(" - at")[0], known=known)) from err


def _pairs(text: str) -> dict[str, str]:
    if _PAIR.sub("", text).strip(" ,"):
        raise ValueError(tr("TargetForm", "Enter NAME=VALUE pairs, separated by spaces."))
    return dict(_PAIR.findall(text))


def _field_of(error: str) -> str:
    found = re.search(r"\$\.(\w+)", error)
    return found[1] if found else ""
