"""The practice server behind the `local` target: is it there, start it, stop it if it was we who did."""

from __future__ import annotations

import enum
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtNetwork import QAbstractSocket, QTcpSocket

from workbench.gui.engine.child_process import LOG_LINES, ChildProcess
from workbench.gui.engine.state import ProcessEnd
from workbench.spec.targets.local import LOCAL_PORT

PROBE_MS: Final = 1500
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class ServerState(enum.Enum):
    """Where the server is."""

    UNKNOWN = "unknown"
    PROBING = "probing"
    ABSENT = "absent"
    STARTING = "starting"
    OURS = "ours"
    THEIRS = "theirs"

    @property
    def answers(self) -> bool:
        """Whether requests can be sent."""
        return self in (ServerState.OURS, ServerState.THEIRS)


def server_command() -> tuple[str, ...]:
    """The command line of the real server, but for its options; tied, so that it does not outlive a crash."""
    return (sys.executable, "-m", "workbench.gui.engine.parent_watchdog", "serve")


class LocalServer(QObject):
    """Probes an address without blocking; starts `workbench serve` there on demand."""

    state_changed = Signal(object)  # ServerState
    failed = Signal(str)  # one sentence

    def __init__(
        self, command: Sequence[str] | None = None, root: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._command = tuple(command or server_command())
        self._root = root
        self._url = QUrl()
        self._state = ServerState.UNKNOWN
        self._wanted = False
        self._child: ChildProcess | None = None
        self._socket: QTcpSocket | None = None
        self._patience = QTimer(self, singleShot=True, interval=PROBE_MS)
        self._patience.timeout.connect(self._on_probe_failed)
        self.log: deque[str] = deque(maxlen=LOG_LINES)

    @property
    def state(self) -> ServerState:
        """Where it is now."""
        return self._state

    @property
    def address(self) -> str:
        """The address it was last looked for at."""
        return self._url.toString()

    def probe(self, url: str) -> None:
        """Look whether anything answers at an address; `state_changed` tells."""
        if self._child is None:
            self._url = QUrl(url)
            self._set_state(ServerState.PROBING)
            self._connect()

    def ensure(self, url: str) -> None:
        """Look, and start it where nothing answers. Ends in a state that `answers`, or in `failed`."""
        if self._child is not None:
            self.state_changed.emit(self._state)
            return
        self._wanted = True
        self.probe(url)

    def stop(self) -> None:
        """Stop the server we started."""
        if self._child is not None:
            self._child.stop()

    def shut_down(self) -> None:
        """Stop it and wait, blocking. Only for the program's own end."""
        self._drop_socket()
        if self._child is not None:
            child = self._child
            child.stop()
            child.wait_gone()

    def _connect(self) -> None:
        self._drop_socket()
        socket = QTcpSocket(self)
        socket.connected.connect(self._on_connected)
        socket.errorOccurred.connect(self._on_socket_error)
        self._socket = socket
        self._patience.start()
        socket.connectToHost(self._url.host(), self._url.port(LOCAL_PORT))

    def _on_connected(self) -> None:
        self._drop_socket()
        self._wanted = False
        self._set_state(ServerState.THEIRS)

    def _on_socket_error(self, _error: QAbstractSocket.SocketError) -> None:
        self._on_probe_failed()

    def _on_probe_failed(self) -> None:
        self._drop_socket()
        wanted, self._wanted = self._wanted, False
        self._set_state(ServerState.ABSENT)
        if wanted:
            self._start()

    def _start(self) -> None:
        if self._url.host() not in _LOOPBACK:
            text = self.tr("No server responds at {url}. It is not on this machine and cannot be started from here.")
            self.failed.emit(text.format(url=self.address))
            return
        options = ["--host", self._url.host(), "--port", str(self._url.port(LOCAL_PORT))]
        if self._root is not None:
            options += ["--root", str(self._root)]
        child = ChildProcess(self.tr("The local server"), (*self._command, *options), self.log, self)
        child.spoke.connect(self._on_spoke)
        child.ended.connect(self._on_ended)
        self._child = child
        self._set_state(ServerState.STARTING)
        child.start()

    def _on_spoke(self, data: bytes) -> None:
        # Its first line is its address, printed once it answers.
        if self._state is ServerState.STARTING and b"http" in data:
            self._set_state(ServerState.OURS)

    def _on_ended(self, end: ProcessEnd) -> None:
        if self._child is not None:
            self._child.deleteLater()
            self._child = None
        self._set_state(ServerState.ABSENT)
        if not end.wanted:
            self.failed.emit(end.sentence())

    def _drop_socket(self) -> None:
        self._patience.stop()
        if self._socket is not None:
            self._socket.disconnect(self)
            self._socket.abort()
            self._socket.deleteLater()
            self._socket = None

    def _set_state(self, state: ServerState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)
