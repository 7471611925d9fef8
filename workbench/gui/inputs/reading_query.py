"""Asks the engine how an image is read by the settings of this moment: the last request wins. No widgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.engine.engines import EnginePair
from workbench.gui.engine.job import EngineJob
from workbench.gui.engine.state import ENGINE_ENDED, EngineState
from workbench.gui.inputs.picture_folder import PictureFolder
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Cancelled, Failed, PreviewReading, ReadingPreviewed
from workbench.spec.reading_preview import ReadingPreview

PAUSE_MS: Final = 150
"""How long settings stay as they are before they are asked about, so that typing a number asks once."""


class ReadingQuery(QObject):
    """At most one request is under way; one that waits is replaced by the next. Answers that are late are dropped."""

    came = Signal(object)  # ReadingPreview or ErrorInfo
    busy_changed = Signal(bool)

    def __init__(self, engines: EnginePair, folder: PictureFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engines, self._folder = engines, folder
        self._last: PreviewReading | None = None
        self._wanted: PreviewReading | None = None
        self._sent: PreviewReading | None = None
        self._job: EngineJob | None = None
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._send)
        engines.models.state_changed.connect(self._on_engine)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._job is not None or self._wanted is not None

    def ask(self, request: PreviewReading) -> None:
        """Ask, unless that was asked last."""
        if request == self._last:
            return
        self._last = self._wanted = request
        self.busy_changed.emit(True)
        self._soon.start()

    def rest(self) -> None:
        """Nobody looks: what has not been sent is not, and is asked for anew when somebody does."""
        if self._wanted is not None:
            self.forget()

    def forget(self) -> None:
        """Nothing is wanted any more; the next request is sent whatever it is, and what is under way is dropped."""
        self._last = self._wanted = None
        self._soon.stop()
        self.busy_changed.emit(self.busy)

    def _send(self) -> None:
        request = self._wanted
        if request is None or self._job is not None or not self._engines.may_look:
            return
        self._wanted = None
        self._job = self._engines.look(request)
        self._sent = request
        self._job.ended.connect(self._on_ended)

    def _on_ended(self, event: AnyEvent) -> None:
        request, self._job = self._sent, None
        if isinstance(event, Cancelled) or (isinstance(event, Failed) and event.error.code == ENGINE_ENDED):
            # Not sent at once: that would start an engine which is meant to end.
            self._wanted = self._wanted or request
        else:
            self._take(request, event)
            if self._wanted is not None and not self._soon.isActive():
                self._send()
        if isinstance(event, Failed) and request == self._last:
            self.came.emit(event.error)
        self.busy_changed.emit(self.busy)

    def _take(self, request: PreviewReading | None, event: AnyEvent) -> None:
        if not isinstance(event, ReadingPreviewed):
            return
        if request == self._last:
            self.came.emit(event.preview)
        else:
            self._folder.drop(paths_of(event.preview))

    def _on_engine(self, state: EngineState) -> None:
        # Not at once: the child is not there yet when this is told.
        if state is EngineState.STARTING and self._wanted is not None:
            self._soon.start()


def paths_of(answer: ReadingPreview | ErrorInfo | None) -> Iterator[str]:
    """The files of an answer."""
    if isinstance(answer, ReadingPreview):
        for side in (answer.training, answer.serving, answer.difference):
            if side is not None:
                yield side.path
