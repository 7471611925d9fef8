"""`:predict` of TensorFlow Serving: rows (`instances`) or columns (`inputs`) in, the same form out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.core.serve.replies import ApiError, check_text
from workbench.core.serve.serving.model_cache import ModelLease
from workbench.core.serve.tfserving.tensors import invalid, is_base64, shown, to_json, to_tensor
from workbench.spec.errors import WorkbenchError
from workbench.spec.foreign_json import NotJsonError, json_value
from workbench.spec.signature import SERVING_DEFAULT
from workbench.spec.tensors import SignatureSpec

if TYPE_CHECKING:
    from workbench.core.tensor_values import Array

Tensors = dict[str, "Array"]


def predict(lease: ModelLease, body: bytes) -> dict[str, Any]:
    """`{"predictions": ...}` or `{"outputs": ...}`. Raises `ApiError` with TensorFlow Serving's text."""
    document = parse(body)
    name, spec = signature_of(lease, document)
    if "instances" in document and "inputs" in document:
        text = "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
        raise invalid(f"JSON Value: {shown(document)} {text}")
    if "instances" in document:
        tensors, count = _rows(document, spec)
        return {"predictions": _to_rows(run(lease, name, tensors, count))}
    if "inputs" in document:
        tensors = _columns(document["inputs"], spec)
        sizes = {a.shape[0] for a in tensors.values() if a.ndim}
        # Columns of different lengths are allowed; they are only never batched with other requests.
        count = sizes.pop() if len(sizes) == 1 else 0
        return {"outputs": _to_columns(run(lease, name, tensors, count))}
    raise invalid("Missing 'inputs' or 'instances' key")


def parse(body: bytes) -> dict[str, Any]:
    """A JSON object that may contain NaN and Infinity. Raises `ApiError` 400."""
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        document = json_value(body)
        check_text(body, document)
    except NotJsonError as err:
        raise invalid(f"JSON Parse error: {err.reason} at offset: {err.at}") from err
    except ValueError as err:
        raise invalid(f"JSON Parse error: {err} at offset: 0") from err
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {shown(document)} Is not object")
    return document


def signature_of(lease: ModelLease, document: Mapping[str, Any]) -> tuple[str, SignatureSpec]:
    """The signature that a request names. Raises `ApiError` 400."""
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        text = "not formatted correctly. 'signature_name' key must be a string value."
        raise invalid(f"JSON Value: {shown(document)} {text}")
    name = name or SERVING_DEFAULT
    if name not in lease.signatures:
        raise invalid(f'Serving signature name: "{name}" not found in signature def')
    return name, lease.signatures[name]


def run(lease: ModelLease, name: str, tensors: Tensors, count: int) -> Tensors:
    """The outputs. Raises `ApiError` 400 with TensorFlow's text."""
    try:
        return lease.run(name, tensors, count)
    except WorkbenchError as err:
        raise invalid(err.message) from err


def _rows(document: Mapping[str, Any], spec: SignatureSpec) -> tuple[Tensors, int]:
    import numpy as np

    instances = document["instances"]
    if not isinstance(instances, list):
        raise invalid(f"JSON Value: {shown(document)} Excepting 'instances' to be an list/array")
    if not instances:
        raise invalid(f"JSON Value: {shown(document)} No values in 'instances' array")
    if not isinstance(instances[0], dict) and len(spec.inputs) > 1:
        text = "instances is a plain list, but expecting list of objects as multiple input tensors required"
        raise invalid(f"{text} as per tensorinfo_map")
    columns: dict[str, list[Array]] = {alias: [] for alias in spec.inputs}
    objects = _is_object(instances[0])
    for number, instance in enumerate(instances):
        for alias, tensor in _row(instance, number, objects, spec).items():
            _add(columns[alias], tensor, f"element: {number}{f' key: {alias}' if objects else ''}")
    return {alias: np.stack(column) for alias, column in columns.items()}, len(instances)


def _is_object(value: object) -> bool:
    return isinstance(value, dict) and not is_base64(value)


def _row(instance: Any, number: int, objects: bool, spec: SignatureSpec) -> Tensors:
    if objects and not _is_object(instance):
        raise invalid(f"Expecting object but got list at item {number} of input list")
    if not objects:
        if _is_object(instance):
            raise invalid(f"Expecting value/list but got object at item {number} of input list")
        alias = next(iter(spec.inputs))
        return {alias: _converted(instance, spec, alias, f"element: {number}")}
    row = {alias: _converted(v, spec, alias, f"element: {number} key: {alias}") for alias, v in instance.items()}
    if set(row) != set(spec.inputs):
        keys = ",".join(sorted(spec.inputs))
        text = f"Failed to process element: {number} of 'instances' list. JSON object: {shown(instance)}"
        raise invalid(f"{text} keys must be equal to: {keys}")
    return row


def _converted(value: Any, spec: SignatureSpec, alias: str, where: str) -> Array:
    try:
        if alias not in spec.inputs:
            raise invalid(f"JSON object: does not have named input: {alias}")
        return to_tensor(value, spec.inputs[alias])
    except ApiError as err:
        text = f"Failed to process {where} of 'instances' list. Error: INVALID_ARGUMENT: {err.message}"
        raise ApiError(err.code, text) from err


def _add(column: list[Array], tensor: Array, where: str) -> None:
    if column and column[0].shape != tensor.shape:
        first, this = (f"[{','.join(map(str, a.shape))}]" for a in (column[0], tensor))
        text = f"Expecting shape {first} but got: {this}"
        raise invalid(f"Failed to process {where} of 'instances' list. Error: INVALID_ARGUMENT: {text}")
    column.append(tensor)


def _columns(inputs: Any, spec: SignatureSpec) -> Tensors:
    if not _is_object(inputs):
        if len(spec.inputs) > 1:
            text = "inputs is a plain value/list, but expecting an object as multiple input tensors required"
            raise invalid(f"{text} as per tensorinfo_map")
        alias, tensor = next(iter(spec.inputs.items()))
        return {alias: to_tensor(inputs, tensor)}
    for alias in spec.inputs:
        if alias not in inputs:
            raise invalid(f"Missing named input: {alias} in 'inputs' object.")
    return {alias: to_tensor(inputs[alias], tensor) for alias, tensor in spec.inputs.items()}


def _to_rows(outputs: Tensors) -> list[Any]:
    sizes: dict[str, int] = {}
    for alias, array in sorted(outputs.items()):
        if not array.ndim:
            raise invalid(f"Tensor name: {alias} has no shape information ")
        first = next(iter(sizes.values()), len(array))
        if first != len(array):
            raise invalid(f"Tensor name: {alias} has inconsistent batch size: {len(array)} expecting: {first}")
        sizes[alias] = len(array)
    columns = {alias: to_json(alias, array) for alias, array in outputs.items()}
    if len(columns) == 1:
        only: list[Any] = next(iter(columns.values()))
        return only
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _to_columns(outputs: Tensors) -> Any:
    columns = {alias: to_json(alias, array) for alias, array in outputs.items()}
    return next(iter(columns.values())) if len(columns) == 1 else columns
