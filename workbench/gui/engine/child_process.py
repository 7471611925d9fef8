"""A QProcess that reports its end exactly once, with its cause. Base of the engine and the server."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from workbench.gui.engine.state import EndKind, ProcessEnd

LOG_LINES: Final = 500
LONGEST_LINE: Final = 64 * 1024
"""Bytes of stderr without an end of line that are kept waiting for one."""

PATIENCE_MS: Final = 2000
"""How long each of the three steps of a stop may take: ask, terminate, kill."""


class ChildProcess(QObject):
    """One child process from start to end. Make a new one to start again."""

    started = Signal()
    spoke = Signal(bytes)
    logged = Signal(str)
    ended = Signal(object)  # ProcessEnd

    def __init__(self, name: str, command: Sequence[str], log: deque[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._log = log
        self._piece = b""
        self._intent: EndKind | None = None
        self._end: ProcessEnd | None = None
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._on_patience_over)
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments(list(command[1:]))
        self._process.started.connect(self.started)
        self._process.readyReadStandardOutput.connect(self._on_stdout)
        self._process.readyReadStandardError.connect(self._on_stderr)
        self._process.errorOccurred.connect(self._on_error)
        self._process.finished.connect(self._on_finished)

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        return self._process.processId()

    def start(self) -> None:
        """Start the program; what follows comes as signals."""
        self._process.start()

    def write(self, data: bytes) -> None:
        """Send bytes to its stdin; they wait where it is still starting."""
        if self._end is None:
            self._process.write(data)

    def stop(self, patience_ms: int = PATIENCE_MS) -> None:
        """Ask it to leave by closing its stdin; insist after a while, without blocking."""
        if self._end is None and self._intent is None:
            self._intent = EndKind.STOPPED
            self._process.closeWriteChannel()
            self._patience.start(patience_ms)

    def kill(self, intent: EndKind) -> None:
        """End it at once; `intent` is the word for it."""
        if self._end is None:
            self._intent = intent
            self._process.kill()

    def wait_gone(self, patience_ms: int = PATIENCE_MS) -> None:
        """After `stop`: block until it is gone. Only for the program's own end, when no window is left."""
        for insist in (self._process.terminate, self._process.kill):
            if self._end is not None or self._process.waitForFinished(patience_ms):
                return
            self._intent = EndKind.IGNORED_STOP
            insist()
        self._process.waitForFinished(patience_ms)

    def _on_patience_over(self) -> None:
        if self._end is not None:
            return
        if self._intent is EndKind.STOPPED:
            self._intent = EndKind.IGNORED_STOP
            self._process.terminate()
            self._patience.start()
        else:
            self._process.kill()

    def _on_stdout(self) -> None:
        self.spoke.emit(bytes(self._process.readAllStandardOutput().data()))

    def _on_stderr(self) -> None:
        # A pipe gives pieces, of which one may end within a line or a character.
        self._piece += self._process.readAllStandardError().data()
        *lines, self._piece = self._piece.split(b"\n")
        if len(self._piece) > LONGEST_LINE:
            lines.append(self._piece)
            self._piece = b""
        for line in lines:
            self._note(line)

    def _note(self, raw: bytes) -> None:
        for line in raw.decode(errors="replace").splitlines() or [""]:
            self._log.append(line)
            self.logged.emit(line)

    def _note_rest(self) -> None:
        """What it wrote last, without an end of line."""
        self._on_stderr()
        if self._piece:
            self._note(self._piece)
            self._piece = b""

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # After Crashed comes finished(), which knows more; only FailedToStart comes alone.
        if error is QProcess.ProcessError.FailedToStart:
            end = ProcessEnd(self._name, EndKind.NOT_STARTED, 0, self._process.errorString())
            # Qt may say so inside start(); the one who called it shall have its answer first.
            QTimer.singleShot(0, self, lambda: self._finish(end))

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._note_rest()
        self._on_stdout()
        crashed = status is QProcess.ExitStatus.CrashExit
        how = self._intent or (EndKind.CRASHED if crashed else EndKind.FAILED if code else EndKind.DONE)
        last = next((line.strip() for line in reversed(self._log) if line.strip()), "")
        self._finish(ProcessEnd(self._name, how, code, last))

    def _finish(self, end: ProcessEnd) -> None:
        if self._end is None:
            self._end = end
            self._patience.stop()
            self.ended.emit(end)
