"""Injection points: where the server's code queries whether to fail now.

What the middleware decides for a request travels with it in context variables: worker threads and the
background work that the request begins inherit them. Without faults every question is one look-up.
"""

from __future__ import annotations

import errno
import os
from contextvars import ContextVar
from datetime import timedelta
from typing import Final

from workbench.core.serve.faults.spec import FailOperation, HangOperation


class DiskQuota:
    """A disk that takes some more bytes. Shared by the threads of one request; exact counts do not matter there."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, size: int) -> None:
        """Raise ENOSPC when that does not fit any more."""
        self._left -= size
        if self._left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


operation: Final[ContextVar[FailOperation | HangOperation | None]] = ContextVar("operation", default=None)
"""What becomes of the operation that this request begins."""

denied: Final[ContextVar[frozenset[str]]] = ContextVar("denied", default=frozenset())
"""Permissions that nobody has."""

disk: Final[ContextVar[DiskQuota | None]] = ContextVar("disk", default=None)
skew: Final[ContextVar[timedelta]] = ContextVar("skew", default=timedelta())
"""How far the reported times are off."""


def writing(size: int) -> None:
    """To be called before `size` bytes go to the disk. Raises `OSError` ENOSPC where that was asked for."""
    if (limited := disk.get()) is not None:
        limited.take(size)
