"""Concurrency limits of the local target."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, Literal

import msgspec

from workbench.core.serve.replies import ApiError

Style = Literal["gcloud", "tfserving"]
"""Style of `ml` v1 replies.

`gcloud`: every prediction as `{alias: value}`, as on the service's small machines. `tfserving`: as TensorFlow Serving
and N1 machines: the name of a single output is dropped, a failure is a 400.
"""

RETRY_AFTER: Final = 1
"""Seconds that a rejected client is told to wait."""


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The server's limits.

    `queue`: predictions running or waiting; one more is rejected with 429. `batch`: maximum number of instances that
    are run together; `linger`: seconds that a batch waits for requests that are being read; `runs`: batches of one
    version at a time. `memory`: bytes of versions (by the size of their files) that stay loaded. The defaults suit a
    few processor cores: on two, MobileNetV2 made 17-25 images per second in two parallel batches of 4, 11-19 in batches
    of 8 and 12-13 in batches of 16, whose layers no longer fit the caches.
    """

    style: Style = "gcloud"
    queue: Annotated[int, msgspec.Meta(ge=1)] = 128
    batch: Annotated[int, msgspec.Meta(ge=1)] = 4
    runs: Annotated[int, msgspec.Meta(ge=1)] = 2
    linger: Annotated[float, msgspec.Meta(ge=0)] = 0.002
    memory: Annotated[int, msgspec.Meta(ge=1)] = 2 << 30


QUALITY: Final = ServerLimits()
"""The default limits."""


class AdmissionQueue:
    """The bounded queue in front of all predictions."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._taken = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A place in the queue for the duration of the block. Raises `ApiError` 429 if it is full."""
        with self._lock:
            if self._taken >= self.limit:
                text = f"The server is busy: {self.limit} predictions are under way. Try again later."
                raise ApiError(429, text, retry_after=RETRY_AFTER)
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
