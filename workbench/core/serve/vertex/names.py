"""Resource names of `aiplatform` v1, and the rules for the ids in them."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any, Final

import msgspec
from starlette.requests import Request

from workbench.core.serve.ml.bodies import check_project
from workbench.core.serve.replies import ApiError
from workbench.core.serve.vertex.discovery import check_location

_MODEL_ID: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}")
_ALIAS: Final = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")
_MODEL: Final = re.compile(r"projects/([^/]+)/locations/([^/]+)/models/([^/@]+)(?:@([^/@]+))?")
_DEPLOYED_ID: Final = re.compile(r"[0-9]{1,10}")


PREFIXES: Final = ("/v1", "/ui")
"""Path prefixes of API methods that belong to no single resource: operations, locations, permissions."""


class VertexLocation(msgspec.Struct, frozen=True):
    """A project, by its number, and a region: the parent of every resource."""

    project: str
    location: str

    @property
    def name(self) -> str:
        """`projects/NUMBER/locations/REGION`."""
        return f"projects/{self.project}/locations/{self.location}"


class ModelRef(msgspec.Struct, frozen=True):
    """A model as a request names it; `version` is a number, an alias, or empty for the default version."""

    place: VertexLocation
    model: str
    version: str = ""


def project_number(project: str) -> str:
    """The number of a project: the service shows it in every name, even if the request used the project id."""
    if project.isdigit():
        return project
    check_project(project)
    return str(100_000_000_000 + int.from_bytes(hashlib.sha256(project.encode()).digest()[:4], "big"))


def place_of(request: Request) -> VertexLocation:
    """The location in a request's path. Raises `ApiError` 404 for an unknown region."""
    params = request.path_params
    check_location(params["location"])
    return VertexLocation(project_number(params["project"]), params["location"])


def model_in(request: Request) -> ModelRef:
    """The model that a request's path names."""
    model, _, version = request.path_params["model"].partition("@")
    return ModelRef(place_of(request), model, version)


def model_ref(text: Any, place: VertexLocation, field: str) -> ModelRef:
    """A model that a body names. Raises `ApiError` 400 if it is not a name or is in another location."""
    match = _MODEL.fullmatch(text if isinstance(text, str) else "")
    if match is None:
        raise ApiError(400, f"Invalid resource name: '{text}'.", field=field)
    found = VertexLocation(project_number(match[1]), match[2])
    if found != place:
        text = f"The model is in {found.name}, this request in {place.name}: both must be in the same region."
        raise ApiError(400, text, field=field)
    return ModelRef(found, match[3], match[4] or "")


def check_model_id(name: str) -> None:
    """Raise `ApiError` 400 unless it has up to 63 of `[a-z0-9_-]` and does not begin with a digit or a hyphen."""
    if not _MODEL_ID.fullmatch(name) or name[0].isdigit():
        text = "must be up to 63 characters of [a-z0-9_-], the first neither a number nor a hyphen"
        raise ApiError(400, f"The model id '{name[:80]}' {text}.", field="model_id")


def check_alias(alias: str) -> None:
    """Raise `ApiError` 400 for an alias that could be taken for a version number or is too long."""
    if not _ALIAS.fullmatch(alias):
        text = f"'{alias[:80]}' is not a version alias: [a-z][a-zA-Z0-9-]{{0,126}}[a-z0-9]."
        raise ApiError(400, text, field="version_aliases")


def check_deployed_id(name: str) -> None:
    """Raise `ApiError` 400 unless it has 1 to 10 digits and is not the "0" that stands for the model being deployed."""
    if not _DEPLOYED_ID.fullmatch(name) or int(name) == 0:
        raise ApiError(400, f"The DeployedModel id '{name[:80]}' must be 1-10 digits.", field="deployed_model.id")


def new_number() -> str:
    """An id in the service's form: 19 digits, increasing."""
    return str(time.time_ns())
