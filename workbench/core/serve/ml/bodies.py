"""The request bodies of `ml` v1 as structs: what a client may set, with the API's own names and types."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from workbench.core.serve.replies import ApiError
from workbench.spec.errors import WorkbenchError
from workbench.spec.targets.mlengine import ml_name

Labels = dict[str, str]

_SNAKE = re.compile(r"_([a-z])")
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,99}")


class RequestBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A request body; fields that are absent are absent from the reply too."""


class ModelBody(RequestBody, frozen=True):
    """`projects.models.create`. Output-only fields are accepted and ignored, as in the service."""

    name: str = ""
    description: str = ""
    regions: list[str] = []
    online_prediction_logging: bool = False
    online_prediction_console_logging: bool = False
    labels: Labels = {}
    etag: str = ""
    default_version: Any = None


class AutoScalingMetric(RequestBody, frozen=True):
    """A threshold of the autoscaler."""

    name: str = ""
    target: int = 0


class AutoScalingBody(RequestBody, frozen=True):
    """Minimum and maximum number of nodes of a version."""

    min_nodes: Annotated[int, msgspec.Meta(ge=0)] = 0
    max_nodes: Annotated[int, msgspec.Meta(ge=0)] = 0
    metrics: list[AutoScalingMetric] = []


class ManualScalingBody(RequestBody, frozen=True):
    """Fixed number of nodes of a version."""

    nodes: Annotated[int, msgspec.Meta(ge=0)] = 0


class VersionBody(RequestBody, frozen=True):
    """`projects.models.versions.create`. The local target runs one kind of version and only stores the other
    settings."""

    name: str = ""
    description: str = ""
    deployment_uri: str = ""
    runtime_version: str = ""
    python_version: str = ""
    framework: Literal["", "FRAMEWORK_UNSPECIFIED", "TENSORFLOW", "SCIKIT_LEARN", "XGBOOST"] = ""
    machine_type: str = ""
    auto_scaling: AutoScalingBody | None = None
    manual_scaling: ManualScalingBody | None = None
    accelerator_config: dict[str, str] = {}
    request_logging_config: dict[str, Any] = {}
    service_account: str = ""
    labels: Labels = {}
    etag: str = ""
    is_default: bool = False
    state: str = ""
    create_time: str = ""
    last_use_time: str = ""
    error_message: str = ""


OUTPUT_ONLY: Final = ("isDefault", "state", "createTime", "lastUseTime", "errorMessage", "etag", "defaultVersion")

_Body = TypeVar("_Body", bound=RequestBody)


def read_body_as(kind: type[_Body], body: dict[str, Any]) -> _Body:
    """A decoded body as its struct; snake_case names are accepted too, as by Google's parsers. Raises `ApiError`."""
    try:
        return msgspec.convert(camel(body), kind)
    except msgspec.ValidationError as err:
        raise ApiError(400, f"Invalid JSON payload received. {err}") from err


def camel(body: dict[str, Any]) -> dict[str, Any]:
    """The members under the API's own names."""
    return {_SNAKE.sub(lambda m: m[1].upper(), key): value for key, value in body.items()}


def kept(body: RequestBody) -> dict[str, Any]:
    """The fields of a body that its resource stores."""
    document: dict[str, Any] = msgspec.to_builtins(body)
    return {key: value for key, value in document.items() if key not in OUTPUT_ONLY and value is not None}


def check_new_name(kind: str, name: str) -> None:
    """Raise the service's 400 if a new model, version or job must not have this name."""
    try:
        ml_name(kind).check(name)
    except WorkbenchError as err:
        raise ApiError(400, f"{err.message} {err.hint}", field=f"{kind}.name") from err


def check_project(project: str) -> None:
    """Raise 400 for an invalid project id."""
    if not _PROJECT.fullmatch(project):
        raise ApiError(400, f"Invalid project id: '{project[:80]}'")


def refuse_unserved(version: VersionBody) -> None:
    """Raise 400 for settings of a version that this server cannot run."""
    if version.framework not in ("", "FRAMEWORK_UNSPECIFIED", "TENSORFLOW"):
        text = f"The local target runs TENSORFLOW only, not {version.framework}."
        raise ApiError(400, text, field="version.framework")
    if version.auto_scaling is not None and version.manual_scaling is not None:
        raise ApiError(400, "Only one of autoScaling and manualScaling may be set.", field="version.manual_scaling")
