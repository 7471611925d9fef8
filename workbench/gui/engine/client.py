"""The window's side of the engine's wire: a child process, JSON lines, one `EngineJob` a request."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from workbench.gui.engine.child_process import LOG_LINES, PATIENCE_MS, ChildProcess
from workbench.gui.engine.job import EngineJob
from workbench.gui.engine.line_buffer import LineBuffer, LineTooLongError
from workbench.gui.engine.state import ENGINE_ENDED, EndKind, EngineState, ProcessEnd
from workbench.spec.errors import ErrorInfo, WorkbenchError, plain_text
from workbench.spec.messages import (
    ENDINGS,
    MAX_LINE,
    AnyEvent,
    Cancel,
    Cancelled,
    Failed,
    Ready,
    Request,
    RuntimeReady,
    TensorFlowReady,
    decode_event,
    encode,
    number_of,
)

GRACE_MS: Final = 5000
"""How long a job may take to heed a cancel before the engine is ended."""

SLICE_MS: Final = 8
"""How long lines are read at a stretch before the window gets its turn."""


def engine_command() -> tuple[str, ...]:
    """The command line of the real engine."""
    return (sys.executable, "-m", "workbench", "engine")


class EngineClient(QObject):
    """Starts an engine when first needed, sends it requests, and survives its end."""

    state_changed = Signal(object)  # EngineState
    job_started = Signal(object)  # Job
    ended = Signal(object)  # ProcessEnd
    logged = Signal(str)

    def __init__(
        self,
        name: str,
        command: Sequence[str] | None = None,
        *,
        grace_ms: int = GRACE_MS,
        patience_ms: int = PATIENCE_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._command = tuple(command or engine_command())
        self._grace_ms = grace_ms
        self._patience_ms = patience_ms
        self._state = EngineState.OFF
        self._child: ChildProcess | None = None
        self._jobs: dict[int, EngineJob] = {}
        self._last_number = 0
        self._again = False
        self._lines: deque[bytes] = deque()
        self._buffer = LineBuffer(MAX_LINE)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._read_lines)
        self.log: deque[str] = deque(maxlen=LOG_LINES)

    @property
    def name(self) -> str:
        """The word for it at the beginning of a sentence."""
        return self._name

    @property
    def state(self) -> EngineState:
        """Where it is now."""
        return self._state

    @property
    def pid(self) -> int:
        """The child's process id, 0 when there is none."""
        return self._child.pid if self._child else 0

    def start(self) -> None:
        """Start the child, unless it runs."""
        if self._child is not None:
            return
        self._buffer = LineBuffer(MAX_LINE)
        child = ChildProcess(self._name, self._command, self.log, self)
        child.spoke.connect(self._on_spoke)
        child.logged.connect(self.logged)
        child.ended.connect(self._on_ended)
        self._child = child
        self._set_state(EngineState.STARTING)
        child.start()

    def send(self, request: Request, title: str) -> EngineJob:
        """Send a request under a number of its own (the `id` it has is replaced); starts the child if need be."""
        self.start()
        self._last_number += 1
        job = EngineJob(msgspec.structs.replace(request, id=self._last_number), title, self)
        job.cancel_wanted.connect(self._on_cancel_wanted)
        self._jobs[job.number] = job
        try:
            self._write(job.request)
        except WorkbenchError as err:  # Such as a file's name that is no text.
            failed = Failed(id=job.number, error=plain_text(err.info()))
            QTimer.singleShot(0, job, lambda: self._end_job(job, failed))
        self.job_started.emit(job)
        return job

    def stop(self) -> None:
        """Ask the child to leave; insists after a while. Ends with `ended`."""
        if self._child is not None:
            self._child.stop(self._patience_ms)

    def restart(self) -> None:
        """Stop the child, then start another; one that has ended is started, one never started is left alone."""
        if self._child is not None:
            self._again = True
            self.stop()
        elif self._state is EngineState.ENDED:
            self.start()

    def shut_down(self) -> None:
        """Stop and wait, blocking. Only for the program's own end, when no window is left."""
        if self._child is not None:
            child = self._child
            child.stop(self._patience_ms)
            child.wait_gone(self._patience_ms)

    def kill(self) -> None:
        """End the child at once, as a crash would."""
        if self._child is not None:
            self._child.kill(EndKind.CRASHED)

    def _write(self, request: Request) -> None:
        if self._child is not None:
            self._child.write(encode(request))

    def _on_cancel_wanted(self) -> None:
        job = self.sender()
        if not isinstance(job, EngineJob):
            return
        self._write(Cancel(id=job.number))
        patience = QTimer(job, singleShot=True)
        patience.timeout.connect(self._on_grace_over)
        patience.start(self._grace_ms)

    def _on_grace_over(self) -> None:
        waiting = any(job.cancelling for job in self._jobs.values())
        if waiting and self._child is not None:
            self._child.kill(EndKind.IGNORED_CANCEL)

    def _on_spoke(self, data: bytes) -> None:
        try:
            self._lines.extend(self._buffer.feed(data))
        except LineTooLongError as err:
            self._note(str(err))
            self.kill()
        # While lines wait their turn comes by itself: with a second chain of turns the window would wait twice as long.
        if not self._turn.isActive():
            self._read_lines()

    def _read_lines(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        while self._lines:
            self._take(self._lines.popleft())
            if clock.elapsed() > SLICE_MS and self._lines:
                self._turn.start()
                return

    def _take(self, line: bytes) -> None:
        try:
            event = decode_event(line)
        except WorkbenchError as err:
            self._on_garbage(line, err)
            return
        job = self._jobs.get(event.id)
        match event:
            case Ready():
                self._set_state(EngineState.LOADING)
            case RuntimeReady():
                self._set_state(EngineState.PREDICTS)
            case TensorFlowReady():
                self._set_state(EngineState.READY)
            case _ if job is not None and isinstance(event, ENDINGS):
                self._end_job(job, event)
            case _ if job is not None:
                job.hear(event)
            case Failed(error=error):
                self._note(error.sentence())

    def _on_garbage(self, line: bytes, err: WorkbenchError) -> None:
        # A stray print is only noted; a message that cannot be read ends its job, which else would never end.
        self._note(f"{err} {line[:200]!r}")
        number = number_of(line)
        if number in self._jobs:
            self._end_job(self._jobs[number], Failed(id=number, error=err.info()))

    def _end_job(self, job: EngineJob, event: AnyEvent) -> None:
        self._jobs.pop(job.number, None)
        job.end(event)
        job.deleteLater()

    def _on_ended(self, end: ProcessEnd) -> None:
        while self._lines:
            self._take(self._lines.popleft())
        if self._child is not None:
            self._child.deleteLater()
            self._child = None
        self._set_state(EngineState.OFF if end.wanted else EngineState.ENDED)
        for job in list(self._jobs.values()):
            self._end_job(job, self._last_event(job, end))
        self.ended.emit(end)
        if self._again:
            self._again = False
            self.start()

    def _last_event(self, job: EngineJob, end: ProcessEnd) -> AnyEvent:
        if job.cancelling or end.wanted:
            return Cancelled(id=job.number)
        return Failed(id=job.number, error=ErrorInfo(ENGINE_ENDED, end.sentence(), exit_code=3))

    def _note(self, line: str) -> None:
        self.log.append(line)
        self.logged.emit(line)

    def _set_state(self, state: EngineState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)
