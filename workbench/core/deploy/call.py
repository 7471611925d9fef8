"""Online prediction through a target's API: chunked to the size limit, in order, one error per bad instance."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from workbench.core.deploy.port import BAD_REPLY, PREDICTION_FAILED, REFUSED, TargetPort, TargetRefused, open_port
from workbench.core.deploy.replies import named
from workbench.core.instances.image_instances import as_json
from workbench.spec.errors import ErrorInfo
from workbench.spec.limits import ML_ENGINE_LIMITS
from workbench.spec.model import Row
from workbench.spec.target import check_names
from workbench.spec.targets.base import Target

if TYPE_CHECKING:
    from workbench.core.instances.inputs import InstanceRecord  # imports numpy

MAX_REQUEST: Final = ML_ENGINE_LIMITS.request_bytes
"""Largest request body in bytes while the target is not yet known."""

UNLIMITED: Final = 16 << 20
"""Largest request in bytes for a server that states no limit: a larger one only delays the first predictions."""

MAX_INSTANCES: Final = 100
"""Maximum number of instances in one request, so that the first predictions arrive soon (gcloud's limit too)."""

_ENVELOPE: Final = len(json.dumps({"instances": []}))
_ABOUT_INSTANCES: Final = (PREDICTION_FAILED, BAD_REPLY, REFUSED)
"""Errors that may be due to one instance; every other error ends the call."""

Instance = dict[str, object]
Answer = dict[str, object] | ErrorInfo


class CallOptions(msgspec.Struct, frozen=True):
    """Options of a call: `signature` empty for the default one, `alias` the name of a reply's only output."""

    model: str
    version: str = ""
    signature: str = ""
    alias: str = ""
    most: int = UNLIMITED

    @property
    def envelope(self) -> int:
        """Bytes of a request without its instances."""
        return _ENVELOPE + (len(json.dumps({"signature_name": self.signature})) if self.signature else 0)


def call(
    target: Target,
    model: str,
    version: str,
    instances: Iterable[Instance],
    *,
    signature: str = "",
    alias: str = "",
) -> Iterator[Answer]:
    """Predict with a version (empty: the default one); one prediction or error per instance, in order.

    Instances are JSON-ready, bytes as `{"b64": ...}`. An instance that cannot be sent (not JSON, NaN, too large) or
    that the target rejects gets an `ErrorInfo`; the other instances are not affected. A prediction changes nothing, so
    its request is repeated after a lost connection, 429 or 5xx; never after a rejection. Raises `WorkbenchError` for
    bad names and a missing model or version, `OutsideError` if the target fails.
    """
    check_names(target, model, version or None)
    asking = CallOptions(model, version, signature, alias, target.limits().request_bytes or UNLIMITED)
    return _call(target, asking, instances)


def _call(target: Target, asking: CallOptions, instances: Iterable[Instance]) -> Iterator[Answer]:
    with open_port(target) as port:
        chunk: list[Instance] = []
        size = asking.envelope
        for instance in instances:
            length = _measure(instance, asking)
            if isinstance(length, ErrorInfo):
                yield from _ask(port, asking, chunk)
                chunk, size = [], asking.envelope
                yield length
                continue
            if chunk and (size + length > asking.most or len(chunk) == MAX_INSTANCES):
                yield from _ask(port, asking, chunk)
                chunk, size = [], asking.envelope
            chunk.append(instance)
            size += length
        yield from _ask(port, asking, chunk)


def _measure(instance: Instance, asking: CallOptions) -> int | ErrorInfo:
    """Bytes that the instance takes in a request, as Google's client writes it, or the reason why it cannot be sent."""
    try:
        length = len(json.dumps(instance, allow_nan=False)) + len(", ")
    except ValueError as err:
        text = f"It contains NaN or infinity, which JSON cannot represent: {err}"
        return ErrorInfo("NOT_FINITE", text, hint="Replace it before sending.")
    except (TypeError, RecursionError) as err:
        return ErrorInfo("NOT_JSON", f"It cannot be written as JSON: {err}")
    if asking.envelope + length > asking.most:
        text = f"It has {length:,} bytes as JSON; the limit of a request is {asking.most:,}."
        return ErrorInfo("TOO_LARGE", text, hint="Send an encoded image (JPEG), or a smaller one.")
    return length


def _ask(port: TargetPort, asking: CallOptions, instances: list[Instance]) -> Iterator[Answer]:
    """Send one request; if it fails and one instance may be the cause, send each half separately."""
    if not instances:
        return
    try:
        predictions = port.predict(asking.model, asking.version, instances, asking.signature)
    except TargetRefused as err:
        if err.code not in _ABOUT_INSTANCES:
            raise
        if len(instances) == 1:
            yield err.info()
            return
        half = len(instances) // 2
        yield from _ask(port, asking, instances[:half])
        yield from _ask(port, asking, instances[half:])
    else:
        yield from (named(prediction, asking.alias) for prediction in predictions)


class CallStream:
    """The instances of a call, created as they are sent, and the mapping of predictions to inputs.

    Inputs that cannot be read get an error here and are never sent; predictions arrive in the order of the sent
    instances.
    """

    def __init__(self, records: Iterator[InstanceRecord]) -> None:
        self._records = records
        self._waiting: deque[tuple[str, ErrorInfo | None]] = deque()

    def instances(self) -> Iterator[dict[str, object]]:
        for record in self._records:
            refused = record.instance if isinstance(record.instance, ErrorInfo) else None
            self._waiting.append((record.source, refused))
            if refused is None:
                yield as_json(record.instance)

    def rows_up_to(self, answer: dict[str, object] | ErrorInfo) -> list[Row]:
        """The rows up to the one with this prediction: inputs with errors before it, then its own row."""
        rows = self._refused()
        source, _ = self._waiting.popleft()
        own = Row(source, error=answer) if isinstance(answer, ErrorInfo) else Row(source, prediction=answer)
        return [*rows, own]

    def rows_refused(self) -> list[Row]:
        """The rows after the last prediction, all with errors."""
        return self._refused()

    def _refused(self) -> list[Row]:
        rows = []
        while self._waiting and (error := self._waiting[0][1]) is not None:
            rows.append(Row(self._waiting.popleft()[0], error=error))
        return rows
