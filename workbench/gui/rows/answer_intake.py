"""Answers of a running prediction, put into the rows that they were asked for."""

from __future__ import annotations

from workbench.gui.dropped_files import holds_records
from workbench.gui.engine.state import ENGINE_ENDED
from workbench.gui.progress_text import RateEstimator
from workbench.gui.rows.rows_model import RowsModel
from workbench.gui.texts import tr
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Failed, RowsDone, RowSummaries
from workbench.spec.model import Progress
from workbench.spec.row_summary import RowSummary


class AnswerIntake:
    """Of one job at a time: `sent` are its files, `file` is the number of the results file it writes."""

    def __init__(self, model: RowsModel) -> None:
        self._model = model
        self.sent: tuple[str, ...] = ()
        self.file = 0
        self.pace = RateEstimator(0)

    @property
    def of_records(self) -> bool:
        """Whether the job reads a file of records rather than images."""
        return bool(self.sent) and holds_records(self.sent[0])

    def begin(self, sent: tuple[str, ...], file: int) -> None:
        """A job has been sent."""
        self.sent, self.file = sent, file
        rows, done, failed = self._model.counts()
        self.pace = RateEstimator(0 if self.of_records else rows - done - failed)

    def take(self, event: RowSummaries) -> bool:
        """Fill rows; whether they were still wanted, and not of a model that is no longer open."""
        if not self.sent:
            return False
        if self.of_records:
            self._model.fill_records(self.sent[0], event.first, event.briefs, self.file)
        else:
            self._model.fill(event.briefs, self.sent[event.first : event.first + len(event.briefs)], self.file)
        self.pace.tell(len(event.briefs))
        return True

    def on_progress(self, progress: Progress) -> None:
        """Take the total of a file of records."""
        # Once rows have come it is them that are counted; before, the steps of an export may have been.
        if self.pace.done:
            self.pace.total = progress.total

    def end(self, event: AnyEvent) -> bool:
        """Close the rows of a file of records; whether there was one, and nothing speaks against the next one."""
        if not self.of_records:
            return False
        path = self.sent[0]
        if isinstance(event, RowsDone):
            text = tr("AnswerIntake", "This file contains no instance.")
            self._model.end_records(path, event.rows, RowSummary(0, 0, error=ErrorInfo("NO_INSTANCES", text)))
            return True
        if isinstance(event, Failed) and event.error.code != ENGINE_ENDED:
            # The trouble is this file's own, and stands in its row.
            self._model.end_records(path, 0, RowSummary(0, 0, error=event.error))
            return True
        return False
