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
    from workbench.core.instances.inputs import InstanceRecord  # numpy comes with it

MAX_REQUEST: Final = ML_ENGINE_LIMITS.request_bytes
"""Bytes of a request's body where the target is not known yet."""

UNLIMITED: Final = 16 << 20
"""Bytes of a request to a server that names no limit: a larger one only delays the first answers."""

MAX_INSTANCES: Final = 100
"""Instances in one request, so that the first answers come soon (gcloud reads no more either)."""

_ENVELOPE: Final = len(json.dumps({"instances": []}))
_ABOUT_INSTANCES: Final = (PREDICTION_FAILED, BAD_REPLY, REFUSED)
"""Refusals that may be due to one instance; every other error ends the call."""

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

    Instances are JSON-ready, bytes as `{"b64": ...}`. An instance that cannot be sent (not JSON, NaN,
    too large) or that the target refuses is answered by an `ErrorInfo`; its neighbours are not harmed.
    A prediction changes nothing, so it is asked again after a cut connection, 429 or 5xx; never after a refusal.
    Raises `WorkbenchError` for bad names and a missing model or version, `OutsideError` when the target fails.
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
    """Bytes the instance takes in a request, as the google client will write it, or why it cannot go."""
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
    """One request; when it fails and may be one instance's fault, each half on its own."""
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
    """The instances of a call, made as they are sent, and which input each answer belongs to.

    What cannot be read is refused here and never sent; answers come back in the order of the instances that were.
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
        """The rows up to the one answered: those refused on the way, then the answer's own."""
        rows = self._refused()
        source, _ = self._waiting.popleft()
        own = Row(source, error=answer) if isinstance(answer, ErrorInfo) else Row(source, prediction=answer)
        return [*rows, own]

    def rows_refused(self) -> list[Row]:
        """The rows after the last answer, all refused."""
        return self._refused()

    def _refused(self) -> list[Row]:
        rows = []
        while self._waiting and (error := self._waiting[0][1]) is not None:
            rows.append(Row(self._waiting.popleft()[0], error=error))
        return rows
