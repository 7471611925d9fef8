"""The API's own description, as Google's client packages it: fields of requests, and regions.

Read from google-api-python-client's static discovery document, so that the local target accepts exactly what the
service's own schema accepts.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from typing import Any, Final

import msgspec

from workbench.core.serve.replies import ApiError
from workbench.core.serve.vertex.enum_numbers import name_of, numbers

SCHEMAS: Final = "GoogleCloudAiplatformV1"
"""The prefix of the API's message names in its description."""

_TYPE: Final = "type.googleapis.com/google.cloud.aiplatform.v1."
_SNAKE: Final = re.compile(r"_([a-z0-9])")
_BASIC: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "any": (object,),
}


class _Location(msgspec.Struct):
    location: str = ""


class _Document(msgspec.Struct):
    schemas: dict[str, Any]
    endpoints: list[_Location]


@functools.cache
def _document() -> _Document:
    files = importlib.resources.files("googleapiclient.discovery_cache.documents")
    return msgspec.json.decode((files / "aiplatform.v1.json").read_bytes(), type=_Document)


@functools.cache
def locations() -> tuple[str, ...]:
    """The regions that have an endpoint of the service, in order."""
    return tuple(sorted({entry.location for entry in _document().endpoints if entry.location}))


def check_location(location: str) -> None:
    """Raise `ApiError` 404 for a region that the service does not have."""
    if location not in locations():
        raise ApiError(404, f"Location {location} is not found or access is unauthorized.")


def as_request(schema: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body with the schema's own names (snake_case is accepted too). Raises `ApiError` 400 for unknown members."""
    found: dict[str, Any] = _value({"$ref": SCHEMAS + schema}, body, "")
    return found


def _value(spec: dict[str, Any], value: Any, where: str) -> Any:
    if "$ref" in spec:
        if not isinstance(value, dict):
            raise _invalid(where, f"Starting an object on a scalar field: {value!r}")
        return _members(_document().schemas[spec["$ref"]].get("properties", {}), value, where)
    kind = spec.get("type", "any")
    number = isinstance(value, int) and not isinstance(value, bool)
    if number and kind == "string" and spec.get("format") in ("int64", "uint64"):
        value = str(value)
    if number and "enum" in spec:
        value = name_of(spec["enum"], value) or value
    right = isinstance(value, _BASIC[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))
    if not right:
        raise _invalid(where, f"Invalid value at '{where}' ({kind.upper()}), {value!r}")
    if "enum" in spec and value not in spec["enum"]:
        raise _invalid(where, f"Invalid value at '{where}', {value!r}")
    if kind == "array":
        return [_value(spec["items"], item, f"{where}[{n}]") for n, item in enumerate(value)]
    if kind == "object" and "additionalProperties" in spec:
        return {k: _value(spec["additionalProperties"], v, f"{where}.{k}") for k, v in value.items()}
    return value


def _members(properties: dict[str, Any], value: dict[str, Any], where: str) -> dict[str, Any]:
    found = {}
    for name, member in value.items():
        camel = name if name in properties else _SNAKE.sub(lambda m: m[1].upper(), name)
        if camel not in properties:
            at = f" at '{where}'" if where else ""
            raise _invalid(where, f'Unknown name "{name}"{at}: Cannot find field.')
        if member is not None:
            found[camel] = _value(properties[camel], member, f"{where}.{camel}".lstrip("."))
    return found


def with_enum_numbers(schema: str, document: Any) -> Any:
    """A reply of this schema with every enum as its number (the query parameter `$alt=json;enum-encoding=int`)."""
    return _numbered({"$ref": schema}, document)


def _numbered(spec: dict[str, Any], value: Any) -> Any:
    if isinstance(value, list):
        return [_numbered(spec.get("items", {}), item) for item in value]
    if isinstance(value, dict):
        return {name: _numbered(member, value[name]) for name, member in _specs(spec, value).items()}
    return numbers(spec["enum"]).get(value, value) if "enum" in spec else value


def _specs(spec: dict[str, Any], value: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The description of each member of an object; a message inside an operation names its own type."""
    reference = spec.get("$ref", "")
    if str(value.get("@type", "")).startswith(_TYPE):
        reference = SCHEMAS + value["@type"].removeprefix(_TYPE)
    properties = _document().schemas.get(reference, {}).get("properties", {})
    every = spec.get("additionalProperties", {})
    return {name: properties.get(name, every) for name in value}


def _invalid(where: str, text: str) -> ApiError:
    error = ApiError(400, f"Invalid JSON payload received. {text}")
    error.field, error.description = where or "body", text
    return error
