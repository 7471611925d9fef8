"""Injection points: where the server's code queries whether to fail now.

What the middleware decides for a request is stored in context variables, which worker threads and the background work
of the request inherit. Without faults every query is one look-up.
"""

from __future__ import annotations

import errno
import os
from contextvars import ContextVar
from datetime import timedelta
from typing import Final

from workbench.core.serve.faults.spec import FailOperation, HangOperation


class DiskQuota:
    """A disk with a limited number of free bytes. Shared by the threads of one request, where exact counts do not
    matter."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, size: int) -> None:
        """Raise ENOSPC if `size` bytes no longer fit."""
        self._left -= size
        if self._left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


operation: Final[ContextVar[FailOperation | HangOperation | None]] = ContextVar("operation", default=None)
"""The fault of the operation that this request starts."""

denied: Final[ContextVar[frozenset[str]]] = ContextVar("denied", default=frozenset())
"""Permissions that are denied."""

disk: Final[ContextVar[DiskQuota | None]] = ContextVar("disk", default=None)
skew: Final[ContextVar[timedelta]] = ContextVar("skew", default=timedelta())
"""Offset of the reported times."""


def writing(size: int) -> None:
    """Called before `size` bytes are written to disk. Raises `OSError` ENOSPC if a rule demands it."""
    if (limited := disk.get()) is not None:
        limited.take(size)
