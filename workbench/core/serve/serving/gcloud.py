"""Online prediction as ML Engine's own server does it; `core.instances.online` has the rules."""

from __future__ import annotations

from typing import Any

from workbench.core.serve.serving.model_cache import ModelLease
from workbench.spec.errors import WorkbenchError


def predictions(lease: ModelLease, body: dict[str, Any]) -> list[dict[str, object]]:
    """The `predictions` for a request body. Raises `PredictionError` with the service's text."""
    from workbench.core.instances.online import INVALID_INPUTS, PredictionError

    if "instances" not in body:
        raise PredictionError(INVALID_INPUTS, "The request body has no 'instances'.")
    name = body.get("signature_name")
    if name is not None and not isinstance(name, str):
        raise PredictionError(INVALID_INPUTS, "'signature_name' is not a string.")
    instances = body["instances"]
    try:
        return answer(lease, instances if isinstance(instances, list) else [instances], name)
    except RecursionError as err:
        raise PredictionError(INVALID_INPUTS, "The instances are nested too deep.") from err


def answer(lease: ModelLease, instances: list[Any], name: str | None) -> list[dict[str, object]]:
    """One prediction per instance (decoded JSON), in order. Raises `PredictionError`."""
    from workbench.core.instances.online import (
        FAILED_TO_RUN,
        PredictionError,
        decode_base64,
        pick_signature,
        to_columns,
        to_rows,
    )

    signature = pick_signature(lease.signatures, name)
    columns = to_columns(decode_base64(instances), lease.signatures[signature])
    try:
        outputs = lease.run(signature, columns, len(instances))
    except WorkbenchError as err:
        raise PredictionError(FAILED_TO_RUN, f"Exception during running the graph: {err.message}") from err
    return to_rows(outputs, len(instances))
