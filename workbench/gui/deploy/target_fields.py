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
        "project": (tr("TargetForm", "Project"), tr("TargetForm", "its id, such as my-project-1")),
        "region": (tr("TargetForm", "Region"), tr("TargetForm", "such as europe-west4")),
        "bucket": (tr("TargetForm", "Bucket"), tr("TargetForm", "where exports are staged, such as my-bucket/models")),
        "path": (tr("TargetForm", "Path"), tr("TargetForm", "a folder, or gs://bucket/prefix")),
        "url": (tr("TargetForm", "Address"), tr("TargetForm", "empty: the usual one")),
        "storage_url": (tr("TargetForm", "Address of the storage"), tr("TargetForm", "empty: the usual one")),
        "runtime": (tr("TargetForm", "TensorFlow there"), tr("TargetForm", "such as 2.15; the release gate checks it")),
        "image": (tr("TargetForm", "Container image"), tr("TargetForm", "such as tf2-cpu.2-15, or an image's URI")),
        "machine_type": (tr("TargetForm", "Machine type"), tr("TargetForm", "such as n1-standard-2")),
        "credentials": (tr("TargetForm", "Credentials"), tr("TargetForm", "adc, none, or the path of a key file")),
        "impersonate": (tr("TargetForm", "Act as"), tr("TargetForm", "the e-mail of a service account")),
        "accelerator": (tr("TargetForm", "Accelerator"), "type=NVIDIA_TESLA_T4 count=1"),
        "auto_scaling": (tr("TargetForm", "Nodes, as needed"), "min_nodes=1 max_nodes=3 cpu=60"),
        "manual_scaling": (tr("TargetForm", "Nodes, always"), "nodes=1"),
        "labels": (tr("TargetForm", "Labels"), "team=vision stage=test"),
        "aliases": (tr("TargetForm", "Aliases of every version"), tr("TargetForm", "separated by spaces")),
        "args": (tr("TargetForm", "Arguments of the container"), tr("TargetForm", "separated by spaces")),
        "min_replicas": (tr("TargetForm", "Replicas at least"), ""),
        "max_replicas": (tr("TargetForm", "Replicas at most"), ""),
        "dedicated": (tr("TargetForm", "An endpoint of its own"), tr("TargetForm", "true or false")),
        "endpoint_name": (tr("TargetForm", "Endpoint"), tr("TargetForm", "empty: called as the model")),
        "base_path": (tr("TargetForm", "The server's name of it"), tr("TargetForm", "empty: the same path")),
        "python_version": (tr("TargetForm", "Python there"), tr("TargetForm", "such as 3.7")),
        "service_account": (tr("TargetForm", "Runs as"), tr("TargetForm", "the e-mail of a service account")),
        "description": (tr("TargetForm", "Description"), ""),
        "framework": (tr("TargetForm", "Framework"), ""),
        "predict_route": (tr("TargetForm", "Path for predictions"), tr("TargetForm", "of a container of your own")),
        "health_route": (tr("TargetForm", "Path for health checks"), tr("TargetForm", "of a container of your own")),
        "port": (tr("TargetForm", "Port of the container"), ""),
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
    """What a new target of a kind begins with: the settings that have a default worth seeing."""
    found = {}
    for field in msgspec.structs.fields(KINDS[kind]):
        if (
            isinstance(field.default, str | int)
            and field.default not in ("", 0)
            and not isinstance(field.default, bool)
        ):
            found[field.name] = str(field.default)
    return found


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
        return tr("TargetForm", "Give it a name, such as production.")
    if not _NAME.fullmatch(name):
        return tr("TargetForm", "Use letters, digits, _ and -, a letter first, at most 40.")
    return tr("TargetForm", "There is a target of that name.") if name in taken else ""


def _value(kind: Any, text: str) -> Any:
    """What was typed as a value of a field's type."""
    tables = [part for part in (kind, *get_args(kind)) if isclass(part) and issubclass(part, msgspec.Struct)]
    if tables:
        return _table(tables[0], text)
    if kind is int:
        if not text.isdigit():
            raise ValueError(tr("TargetForm", "A whole number is wanted here."))
        return int(text)
    if kind is bool:
        if text not in ("true", "false"):
            raise ValueError(tr("TargetForm", "Write true or false."))
        return text == "true"
    if get_origin(kind) is tuple:
        return tuple(text.split())
    return _pairs(text) if get_origin(kind) is dict else text


def _table(kind: type[msgspec.Struct], text: str) -> msgspec.Struct:
    try:
        return msgspec.convert(_pairs(text), kind, strict=False)
    except msgspec.ValidationError as err:
        known = ", ".join(field.name for field in msgspec.structs.fields(kind))
        text = tr("TargetForm", "{error}. Known here: {known}.")
        raise ValueError(text.format(error=str(err).partition(" - at")[0], known=known)) from err


def _pairs(text: str) -> dict[str, str]:
    if _PAIR.sub("", text).strip(" ,"):
        raise ValueError(tr("TargetForm", "Write it as NAME=VALUE, separated by spaces."))
    return dict(_PAIR.findall(text))


def _field_of(error: str) -> str:
    found = re.search(r"\$\.(\w+)", error)
    return found[1] if found else ""
