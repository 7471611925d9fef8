"""One request under way at an engine: a number, words for the status bar, and signals."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.spec.messages import (
    AnyEvent,
    CheckDone,
    CheckStarted,
    ExportReady,
    FinishedRows,
    JobProgress,
    Judged,
    Request,
    RowSummaries,
)


class EngineJob(QObject):
    """What `EngineClient.send` answers. Every job ends exactly once; `ended` carries the event that ended it."""

    progressed = Signal(object)  # spec.model.Progress
    rows_came = Signal(object)  # spec.messages.Rows
    check_came = Signal(object)  # spec.messages.CheckStarted or CheckDone
    judged = Signal(object)  # spec.messages.Judged: the verdict that a push goes by
    briefs_came = Signal(object)  # spec.messages.Briefs
    exported = Signal(object)  # spec.model.ExportResult: made, or found, on the way
    ended = Signal(object)  # one of spec.messages.ENDINGS
    cancel_wanted = Signal()

    def __init__(self, request: Request, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request = request
        self.title = title
        self.ending: AnyEvent | None = None
        self.cancelling = False

    @property
    def number(self) -> int:
        """The request's id on the wire."""
        return self.request.id

    @property
    def is_open(self) -> bool:
        """Whether an ending is still to come."""
        return self.ending is None

    def cancel(self) -> None:
        """Ask for the end; the job then ends as `Cancelled`, or as it would have."""
        if self.is_open and not self.cancelling:
            self.cancelling = True
            self.cancel_wanted.emit()

    def hear(self, event: AnyEvent) -> None:
        """Hand on what the engine said in between."""
        match event:
            case JobProgress(progress=progress):
                self.progressed.emit(progress)
            case FinishedRows():
                self.rows_came.emit(event)
            case CheckStarted() | CheckDone():
                self.check_came.emit(event)
            case Judged():
                self.judged.emit(event)
            case ExportReady(result=result):
                self.exported.emit(result)
            case RowSummaries():
                self.briefs_came.emit(event)

    def end(self, event: AnyEvent) -> None:
        """Take the ending; a second one is not heard."""
        if self.is_open:
            self.ending = event
            self.ended.emit(event)
