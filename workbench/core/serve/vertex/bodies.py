"""Validates request bodies of `aiplatform` v1 beyond the schema."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request

from workbench.core.serve.replies import ApiError, decode_object, read_body
from workbench.core.serve.vertex.discovery import as_request
from workbench.core.serve.vertex.names import check_alias

_MAX_BODY: Final = 1 << 20
_LONGEST_NAME: Final = 128


async def read_request(request: Request, schema: str) -> dict[str, Any]:
    """A request's body, checked against its schema. Raises `ApiError` 400."""
    return as_request(schema, decode_object(await read_body(request, _MAX_BODY)))


def required(body: dict[str, Any], name: str, field: str) -> Any:
    """A required member. Raises `ApiError` 400 if it is absent."""
    value = body.get(name)
    if value in (None, "", {}, []):
        raise ApiError(400, "Required field is not set.", field=field)
    return value


def check_display_name(body: dict[str, Any], field: str) -> None:
    """Raise `ApiError` 400 for a display name that is missing or longer than 128 characters."""
    name = required(body, "displayName", f"{field}.display_name")
    if len(name) > _LONGEST_NAME:
        raise ApiError(
            400, f"The display name has more than {_LONGEST_NAME} characters.", field=f"{field}.display_name"
        )


def check_model(model: dict[str, Any]) -> None:
    """Raise `ApiError` 400 for a Model that cannot be uploaded."""
    check_display_name(model, "model")
    container = required(model, "containerSpec", "model.container_spec")
    required(container, "imageUri", "model.container_spec.image_uri")
    for alias in model.get("versionAliases", []):
        check_alias(alias)


def check_resources(deployed: dict[str, Any]) -> None:
    """Raise `ApiError` 400 unless a DeployedModel requests machines in the way that custom models require."""
    if "automaticResources" in deployed or "sharedResources" in deployed:
        text = "Only dedicated_resources is supported for this Model."
        raise ApiError(400, text, field="deployed_model.dedicated_resources")
    resources = required(deployed, "dedicatedResources", "deployed_model.dedicated_resources")
    machine = resources.get("machineSpec", {})
    required(machine, "machineType", "deployed_model.dedicated_resources.machine_spec.machine_type")
    check_replicas(resources)


def check_replicas(resources: dict[str, Any]) -> None:
    """Raise `ApiError` 400 unless 1 <= minReplicaCount <= maxReplicaCount."""
    least = resources.get("minReplicaCount", 0)
    if least < 1:
        text = "min_replica_count must be at least 1."
        raise ApiError(400, text, field="deployed_model.dedicated_resources.min_replica_count")
    if resources.get("maxReplicaCount", least) < least:
        text = "max_replica_count must not be less than min_replica_count."
        raise ApiError(400, text, field="deployed_model.dedicated_resources.max_replica_count")


def masked(request: Request, body: dict[str, Any], allowed: tuple[str, ...], mask: str = "") -> dict[str, Any]:
    """The members that an update mask names, `None` for those absent from the body. Raises `ApiError` 400."""
    names = [n.strip() for n in (mask or request.query_params.get("updateMask", "")).split(",") if n.strip()]
    camel = [_camel(name) for name in names]
    wrong = [name for name in camel if name.split(".")[0] not in allowed]
    if wrong or not names:
        text = f"update_mask must name some of {', '.join(allowed)}; it is '{','.join(names)}'."
        raise ApiError(400, text, field="update_mask")
    return {name.split(".")[0]: body.get(name.split(".")[0]) for name in camel}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
