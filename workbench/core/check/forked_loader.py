"""Client of the process that has imported TensorFlow and waits for an export to load.

It implements the part of `subprocess.Popen` that `load_client` uses. The process is not a child of this one, so its end
is observed through a process descriptor (pidfd, Linux), which cannot refer to another process.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_PATIENCE: Final = 300.0
"""Maximum seconds for TensorFlow's import."""


class ForkedLoader:
    """The socket pair to a loader; `theirs` is the descriptor that goes to the process that forks it."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._ours.settimeout(_PATIENCE)
        self._process = -1

    @property
    def theirs(self) -> int:
        """The descriptor to hand to the new process."""
        return self._theirs.fileno()

    def handed_over(self) -> None:
        """Close this process's copy of that descriptor, so that the end of the other process is seen."""
        self._theirs.close()

    def load(self, arguments: Sequence[str], log: Path) -> bool:
        """Load once, with the arguments of `load_worker`, after TensorFlow's import; returns whether the process takes
        the order."""
        if self._process >= 0 or self._ours.fileno() < 0:
            return False
        try:
            _, found, _, _ = socket.recv_fds(self._ours, 16, 1)
            self._process = found[0]
            self._ours.sendall(json.dumps({"arguments": list(arguments), "log": str(log)}).encode() + b"\n")
        except (OSError, IndexError):  # It took too long, or there is none: the system could not fork it safely.
            self.close()
            return False
        return True

    def wait(self, timeout: float | None = None) -> None:
        """Wait for its end. Raises `subprocess.TimeoutExpired`."""
        if not select.select([self._process], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("loader", timeout or 0.0)

    def poll(self) -> int | None:
        """`None` while it runs, and 0 after its end; its exit status is unknown."""
        return 0 if select.select([self._process], [], [], 0)[0] else None

    def kill(self) -> None:
        """Kill the process."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def close(self) -> None:
        """Close the socket, which ends a loader that is still waiting."""
        self._ours.close()
        if self._process >= 0:
            os.close(self._process)
            self._process = -1
