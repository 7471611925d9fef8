"""Online prediction through a target's API: chunks that fit, order kept, one error for each bad instance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from workbench.core.deploy.port import BAD_REPLY, PREDICTION_FAILED, REFUSED, Port, Refusal, open_port
from workbench.spec.errors import ErrorInfo
from workbench.spec.target import Target, check_name

MAX_REQUEST: Final = 1_572_864
"""Bytes of a request's body (ML Engine's limit; Vertex AI's shared endpoint has 1.5 MB too)."""

MAX_INSTANCES: Final = 100
"""Instances in one request, so that the first answers come soon (gcloud reads no more either)."""

_ENVELOPE: Final = len(json.dumps({"instances": []}))
_ABOUT_INSTANCES: Final = (PREDICTION_FAILED, BAD_REPLY, REFUSED)
"""Refusals that may be due to one instance; every other error ends the call."""

Instance = dict[str, object]
Answer = dict[str, object] | ErrorInfo


def call(target: Target, model: str, version: str, instances: Iterable[Instance]) -> Iterator[Answer]:
    """Predict with a version (empty: the default one); one answer an instance, in order, as they come.

    Instances are JSON-ready, bytes as `{"b64": ...}`. An instance that cannot be sent (not JSON, NaN,
    too large) or that the target refuses is answered by an `ErrorInfo`; its neighbours are not harmed.
    Raises `WorkbenchError` for bad names and a missing model or version, `OutsideError` when the target fails.
    """
    check_name("model", model)
    if version:
        check_name("version", version)
    return _call(target, model, version, instances)


def _call(target: Target, model: str, version: str, instances: Iterable[Instance]) -> Iterator[Answer]:
    with open_port(target) as port:
        chunk: list[Instance] = []
        size = _ENVELOPE
        for instance in instances:
            length = _measure(instance)
            if isinstance(length, ErrorInfo):
                yield from _ask(port, model, version, chunk)
                chunk, size = [], _ENVELOPE
                yield length
                continue
            if chunk and (size + length > MAX_REQUEST or len(chunk) == MAX_INSTANCES):
                yield from _ask(port, model, version, chunk)
                chunk, size = [], _ENVELOPE
            chunk.append(instance)
            size += length
        yield from _ask(port, model, version, chunk)


def _measure(instance: Instance) -> int | ErrorInfo:
    """Bytes the instance takes in a request, as the google client will write it, or why it cannot go."""
    try:
        length = len(json.dumps(instance, allow_nan=False)) + len(", ")
    except ValueError as err:
        text = f"It holds a number that JSON cannot carry (NaN or infinite): {err}"
        return ErrorInfo("NOT_FINITE", text, hint="Replace it before sending.")
    except (TypeError, RecursionError) as err:
        return ErrorInfo("NOT_JSON", f"It cannot be written as JSON: {err}")
    if _ENVELOPE + length > MAX_REQUEST:
        text = f"It takes {length:,} bytes as JSON; a request may have {MAX_REQUEST:,}."
        return ErrorInfo("TOO_LARGE", text, hint="Send the encoded image (JPEG), or a smaller one.")
    return length


def _ask(port: Port, model: str, version: str, instances: list[Instance]) -> Iterator[Answer]:
    """One request; when it fails and may be one instance's fault, each half on its own."""
    if not instances:
        return
    try:
        predictions = port.predict(model, version, instances)
    except Refusal as err:
        if err.code not in _ABOUT_INSTANCES:
            raise
        if len(instances) == 1:
            yield err.info()
            return
        half = len(instances) // 2
        yield from _ask(port, model, version, instances[:half])
        yield from _ask(port, model, version, instances[half:])
    else:
        yield from predictions
