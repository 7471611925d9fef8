"""`:classify` and `:regress` of TensorFlow Serving: `tf.train.Example`s written as JSON objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workbench.core.serve.serving.model_cache import ModelLease
from workbench.core.serve.tfserving.predict import Tensors, parse, run, signature_of
from workbench.core.serve.tfserving.tensors import decoded, invalid, is_base64, shown, to_json
from workbench.spec.tensors import SignatureSpec

_METHODS: Final = {"classify": "classification", "regress": "regression"}


def examples(lease: ModelLease, body: bytes, method: str) -> dict[str, Any]:
    """`{"results": ...}` for `method` "classify" or "regress". Raises `ApiError`."""
    import numpy as np

    document = parse(body)
    name, spec = signature_of(lease, document)
    check_method(spec, method)
    records = _records(document, method)
    column = np.array([*records, None], dtype=object)[:-1]
    alias = next(iter(spec.inputs))
    outputs = run(lease, name, {alias: column}, len(records))
    found = labels_and_scores(outputs) if method == "classify" else regressed(outputs)
    return {"results": found}


def check_method(spec: SignatureSpec, method: str) -> None:
    """Raise `ApiError` 400 for a signature that is not made for the `method` "classify" or "regress"."""
    wanted = f"tensorflow/serving/{method}"
    if spec.method_name != wanted:
        text = f"Expected {_METHODS[method]} signature method_name to be {wanted}. Was: {spec.method_name}"
        raise invalid(text)


def _records(document: Mapping[str, Any], method: str) -> list[bytes]:
    """The examples, serialized, with the features of the `context` in each."""
    given = document.get("examples")
    if "examples" not in document:
        text = f"When method is {method}, key 'examples' is expected and was not found"
        raise invalid(f"JSON Value: {shown(document)} {text}")
    if not isinstance(given, list):
        raise invalid(f"JSON Value: {shown(document)} Expecting 'examples' value to be an list/array")
    if not given:
        raise invalid(f"JSON Value: {shown(document)} 'examples' value is an empty array")
    context = document.get("context", {})
    return [_record(context, one) for one in given]


def _record(context: Any, example: Any) -> bytes:
    from workbench.core.instances.example_messages import example_class

    message = example_class()()
    for part in (context, example):
        if not isinstance(part, dict):
            raise invalid(f"Example must be JSON object but got JSON {type(part).__name__}")
        for name, content in part.items():
            values = content if isinstance(content, list) else [content]
            _fill(message.features.feature[name], name, values)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _fill(feature: Any, name: str, values: list[Any]) -> None:
    kinds = {_kind(name, value) for value in values}
    if len(kinds) > 1:
        raise invalid(f"Unexpected element type in feature: {name} expecting type: {sorted(kinds)[0]}")
    if kinds == {"bytes"}:
        feature.bytes_list.value.extend(map(decoded, values))
    elif kinds == {"float"}:
        feature.float_list.value.extend(values)
    else:
        feature.int64_list.value.extend(map(int, values))


def _kind(name: str, value: Any) -> str:
    if isinstance(value, str) or is_base64(value):
        return "bytes"
    if isinstance(value, bool | int):
        return "int64"
    if isinstance(value, float):
        return "float"
    raise invalid(f"Feature: {name} has element with unexpected JSON type: {type(value).__name__}")


def labels_and_scores(outputs: Tensors) -> list[list[list[Any]]]:
    """Pairs of label and score; a signature may have only one of them (classifier.cc)."""
    labels, scores = (to_json(k, outputs[k]) if k in outputs else None for k in ("classes", "scores"))
    if labels is None and scores is None:
        raise invalid(f"Expected classification signature outputs to contain 'classes' or 'scores': {list(outputs)}")
    rows = labels if labels is not None else scores
    assert rows is not None
    return [
        [
            [labels[r][c] if labels is not None else "", scores[r][c] if scores is not None else 0.0]
            for c in range(len(row))
        ]
        for r, row in enumerate(rows)
    ]


def regressed(outputs: Tensors) -> list[Any]:
    """One value an example. Raises `ApiError` 400 for a signature without them."""
    if "outputs" not in outputs:
        raise invalid(f"Expected regression signature outputs to contain 'outputs': {list(outputs)}")
    array = outputs["outputs"]
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] != 1):
        raise invalid(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {array.shape}"
        )
    found: list[Any] = to_json("outputs", array.reshape(len(array)))
    return found
