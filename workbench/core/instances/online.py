"""Converts instances to predictions by the rules of ML Engine's own prediction server.

The algorithm is that of `gcloud ml-engine local predict` (Google's prediction_lib and tf_prediction_lib): it returns
the same error texts for the same bodies.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from workbench.core.tensor_values import Array, Columns
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import SERVING_DEFAULT
from workbench.spec.tensors import SignatureSpec

INVALID_INPUTS: Final = 1
FAILED_TO_RUN: Final = 2
INVALID_OUTPUTS: Final = 3

_KINDS: Final = {
    0: "Failed to load model",
    INVALID_INPUTS: "Invalid inputs",
    FAILED_TO_RUN: "Failed to run the provided model",
    INVALID_OUTPUTS: "There was a problem processing the outputs",
}


class SignatureRunner(Protocol):
    """Runs the signatures of one loaded SavedModel."""

    signatures: dict[str, SignatureSpec]

    def run(self, signature: str, columns: Columns) -> dict[str, Array]:
        """Run one batch: one column per request key in, one array per reply key out. Raises `WorkbenchError`."""


class PredictionError(WorkbenchError):
    """A prediction that failed; `message` is the service's full text, `kind` its error code."""

    def __init__(self, kind: int, detail: str) -> None:
        super().__init__("PREDICTION_FAILED", f"{_KINDS[kind]}: {detail} (Error code: {kind})")
        self.kind = kind
        self.detail = detail


def predict(session: SignatureRunner, instances: object, signature_name: str | None = None) -> list[dict[str, object]]:
    """The `predictions` for the `instances` of a request body, one per instance, in order.

    `instances` is decoded JSON; `{"b64": ...}` becomes bytes at any depth. Raises `PredictionError`.
    """
    name = pick_signature(session.signatures, signature_name)
    decoded = decode_base64(instances if isinstance(instances, list) else [instances])
    return predict_decoded(session, decoded, name)


def predict_decoded(session: SignatureRunner, instances: Sequence[Any], name: str) -> list[dict[str, object]]:
    """As `predict`, for instances that already contain bytes, and an existing signature."""
    spec = session.signatures[name]
    columns = to_columns(instances, spec)
    try:
        outputs = session.run(name, columns)
    except WorkbenchError as err:
        raise PredictionError(FAILED_TO_RUN, f"Exception during running the graph: {err.message}") from err
    return to_rows(outputs, len(instances))


def pick_signature(signatures: Mapping[str, SignatureSpec], name: str | None) -> str:
    """The only signature if none is named, else the one named, or `serving_default`."""
    if not name and len(signatures) == 1:
        return next(iter(signatures))
    chosen = name or SERVING_DEFAULT
    if chosen not in signatures:
        raise PredictionError(INVALID_INPUTS, f"No signature found for signature key {chosen}.")
    return chosen


def decode_base64(value: Any) -> Any:
    """Every object with exactly the key `b64` as its bytes; everything else unchanged."""
    if isinstance(value, list):
        return [decode_base64(v) for v in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {"b64"}:
        return {k: decode_base64(v) for k, v in value.items()}
    try:
        return base64.b64decode(value["b64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as err:
        raise PredictionError(INVALID_INPUTS, f"The value of 'b64' is not base64: {err}.") from err


def to_columns(instances: Sequence[Any], spec: SignatureSpec) -> dict[str, list[object]]:
    """One column per input alias. Raises `PredictionError` for unknown, missing or misnamed keys."""
    rows = [_as_object(instance, spec) for instance in instances]
    columns: dict[str, list[object]] = {alias: [] for alias in spec.inputs}
    for row in rows:
        for key, value in row.items():
            if key not in columns:
                raise PredictionError(INVALID_INPUTS, f"Unexpected tensor name: {key}")
            columns[key].append(value)
    for alias, column in columns.items():
        if len(column) != len(rows):
            text = f"Input {alias} was missing in at least one input instance."
            raise PredictionError(INVALID_INPUTS, text)
    return columns


def _as_object(instance: Any, spec: SignatureSpec) -> Mapping[str, Any]:
    if len(spec.inputs) == 1:
        alias = next(iter(spec.inputs))
        if not isinstance(instance, Mapping):
            return {alias: instance}
        if set(instance) != {alias}:
            text = f"Expected tensor name: {alias}, got tensor name: {sorted(instance)}."
            raise PredictionError(INVALID_INPUTS, text)
    if not isinstance(instance, Mapping):
        text = f"Each instance must be an object with the keys {sorted(spec.inputs)}."
        raise PredictionError(INVALID_INPUTS, text)
    return instance


def to_rows(outputs: Mapping[str, Array], count: int) -> list[dict[str, object]]:
    """One prediction per instance from the batch's arrays. Raises `PredictionError` INVALID_OUTPUTS."""
    sizes = {alias: (a.shape[0] if a.ndim else 1) for alias, a in outputs.items()}
    if set(sizes.values()) != {count}:
        text = (
            "Bad output from running tensorflow session: outputs had differing sizes in the batch (outer) "
            f"dimension. Outputs and sizes: {sizes}; instances: {count}."
        )
        raise PredictionError(INVALID_OUTPUTS, text)
    columns = {alias: _column(alias, a.reshape(1) if a.ndim == 0 else a) for alias, a in outputs.items()}
    return [{alias: column[row] for alias, column in columns.items()} for row in range(count)]


def _column(alias: str, array: Array) -> list[object]:
    values: list[object] = array.tolist()
    return [_encode(alias, v) for v in values] if array.dtype == object else values


def _encode(alias: str, value: Any) -> object:
    if isinstance(value, list):
        return [_encode(alias, v) for v in value]
    raw = value if isinstance(value, bytes) else str(value).encode()
    if alias.endswith("_bytes"):
        return {"b64": base64.b64encode(raw).decode()}
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as err:
        text = f"Output {alias} is not UTF-8 text; an alias ending in _bytes is sent as base64."
        raise PredictionError(INVALID_OUTPUTS, text) from err
