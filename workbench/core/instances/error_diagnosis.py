"""Diagnoses the instance that made a batch fail, once it has been isolated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.core.instances.examples import features_of, values_of
from workbench.core.instances.image_diagnosis import explain
from workbench.core.instances.inputs import InstanceRecord
from workbench.core.instances.instance_form import ServedSignatures
from workbench.core.instances.online import FAILED_TO_RUN, PredictionError
from workbench.spec.errors import ErrorInfo, WorkbenchError


def blame(served: ServedSignatures, record: InstanceRecord, err: PredictionError) -> ErrorInfo:
    """The error of one row: a fault of its image or its Example if one is found, else TensorFlow's message."""
    own = ErrorInfo(err.code, err.detail)
    if err.kind != FAILED_TO_RUN:
        return own
    if record.signature in served.examples:
        return _example(served, _only_bytes(record.instance), own)
    return _pictures(_bytes_under(served.form.images, record.instance), own)


def _example(served: ServedSignatures, data: bytes, own: ErrorInfo) -> ErrorInfo:
    try:
        features = features_of(data)
        pictures = {a: served.form.inputs[a] for a in served.form.images}
        found = _pictures(_bytes_under(served.form.images, values_of(pictures, data)), own)
    except WorkbenchError as err:
        return err.info()
    missing = [a for a in served.form.inputs if a not in features and a in own.message]
    if found is not own or not missing:
        return found
    text = f"The Example lacks the feature '{missing[0]}'; it has: {', '.join(sorted(features))}."
    return ErrorInfo("MISSING_VALUE", text)


def _pictures(images: Iterable[bytes], own: ErrorInfo) -> ErrorInfo:
    for data in images:
        found = explain(data, "", own.message)
        if found.code != own.code:
            return found
    return own


def _bytes_under(aliases: Iterable[str], instance: Any) -> list[bytes]:
    values = [instance[a] for a in aliases if a in instance] if isinstance(instance, Mapping) else [instance]
    return [v.encode() if isinstance(v, str) else v for v in values if isinstance(v, bytes | str)]


def _only_bytes(instance: Any) -> bytes:
    value = next(iter(instance.values()), b"") if isinstance(instance, Mapping) else instance
    return value if isinstance(value, bytes) else b""
