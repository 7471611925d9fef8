"""The chosen row of the Test tab: its pictures above; scores, reply, request and values below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from workbench.gui.detail.error_card import ErrorCard
from workbench.gui.detail.own_values import OwnValues
from workbench.gui.detail.record_page import RecordPage
from workbench.gui.detail.row_images import RowImages
from workbench.gui.detail.row_queries import PreviewQuery, RecordQuery
from workbench.gui.detail.scores_page import ScoresPage
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.image_row import ImageRow, RowState
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.rows.request_text import is_line, request_texts, written_texts
from workbench.gui.texts import json_text, seconds_text, size_text
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.tone_label import ElidedLabel
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.messages import RecordRead
from workbench.spec.model import Row
from workbench.spec.preprocess import Formats


class DetailPane(QWidget):
    """Whole rows are fetched from the disk when they are looked at; only the page in sight is filled."""

    def __init__(self, session: ProjectSession, run: PredictionRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._run = session, run
        self._row: ImageRow | None = None
        self._whole: Row | None = None
        self._peeking = RecordQuery(session, run, self)
        self.pictures = RowImages(run.thumbnails, PreviewQuery(session, run, self), self._peeking)
        self._name = ElidedLabel("", bold=True)
        self._facts = ElidedLabel("", "muted")
        self.error = ErrorCard(session)
        self.error.solved.connect(self._on_solved)
        self.scores = ScoresPage()
        self.reply = CopyText("", self.tr("Reply as JSON"), copy=self.tr("Co&py"), wrap=True)
        self.reply.set_placeholder(self.tr("Select a row to see its complete prediction."))
        self.request = CopyText("", self.tr("Request as JSON"), copy=self.tr("Co&py"), wrap=True)
        self.request.set_placeholder(self.tr("Select a row to see its exact request."))
        self.record = RecordPage()
        self.own = OwnValues(session, run)
        self.own.predict_wanted.connect(lambda row: run.run_again([row]))
        self.pages = QTabWidget(documentMode=True)
        self.pages.setAccessibleName(self.tr("Details of the selected row"))
        self.pages.tabBar().setAccessibleName(self.tr("Details of the selected row"))
        for page, text in self._texts():
            self.pages.addTab(page, text)
        self.pages.setTabVisible(self.pages.indexOf(self.record), False)
        self.pages.currentChanged.connect(self._show_page)
        self._lay_out()
        run.given.changed.connect(self._show_page)
        self._peeking.came.connect(self._show_page)
        self.show_row(None)

    def show_row(self, row: ImageRow | None) -> None:
        """Show a row, or the empty state."""
        self._row = row
        self._whole = self._run.results.fetch(row) if row is not None else None
        self._name.set_text(row.name if row else "")
        self._facts.set_text(self._facts_of(row) if row else "")
        self.pictures.show_row(row)
        self.error.show_row(row)
        self.reply.set_text(_reply(row, self._whole))
        self.own.show_row(row)
        if row is not None:
            # Between two orders of the list no row is chosen for a moment; the page in sight stays.
            self.pages.setTabVisible(self.pages.indexOf(self.record), row.records)
        self._show_page()

    def _on_solved(self, formats: Formats) -> None:
        """Change the project, and predict again all that failed for the same reason."""
        code = self._row.code if self._row is not None else ""
        self._run.model.reset_answers([row for row in self._run.model.rows if code and row.code == code])
        self._run.answer(formats)

    def _texts(self) -> tuple[tuple[QWidget, str], ...]:
        return (
            (self.scores, self.tr("&Scores")),
            (self.reply, self.tr("Repl&y")),
            (self.request, self.tr("Re&quest")),
            (self.own, self.tr("Val&ues")),
            (self.record, self.tr("Recor&d")),
        )

    def _lay_out(self) -> None:
        top = QWidget()
        upper = QVBoxLayout(top)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(4)
        upper.addWidget(self.pictures, 1)
        upper.addWidget(self._name)
        upper.addWidget(self._facts)
        upper.addWidget(self.error)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(top)
        splitter.addWidget(self.pages)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.setSizes([240, 280])
        splitter.setObjectName("test-detail")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _show_page(self) -> None:
        page = self.pages.currentWidget()
        if page is self.scores:
            self.scores.show_prediction(self._whole.prediction if self._whole else None, self._run.model.reading)
        elif page is self.request:
            self._show_request()
        elif page is self.record:
            self._show_record()

    def _show_request(self) -> None:
        try:
            shown, whole = self._request_of(self._row)
        except WorkbenchError as err:
            shown = whole = err.message
        self.request.set_text(shown, copied=whole)

    def _request_of(self, row: ImageRow | None) -> tuple[str, str]:
        """The texts of a row's request, or of why there is none. Raises `WorkbenchError` as they do."""
        made, given = self._session.composition, self._run.given
        if row is None or made is None:
            return "", ""
        if not row.records or is_line(row):
            return request_texts(row, given.values if row.records else given.of(row.path), made)
        found = self._peek(row)
        if isinstance(found, RecordRead) and found.request:
            return written_texts(found.request)
        problem = found.problem if isinstance(found, RecordRead) else found
        return (problem.sentence() if problem is not None else self._moment(),) * 2

    def _show_record(self) -> None:
        row = self._row
        found = self._peek(row) if row is not None else None
        if isinstance(found, RecordRead):
            self.record.show_record(found.record)
        elif isinstance(found, ErrorInfo):
            self.record.show_word(found.sentence(), "error")
        else:
            self.record.show_word(self._moment() if row is not None else "")

    def _peek(self, row: ImageRow) -> RecordRead | ErrorInfo | None:
        """A record as the engine knows it; the row's own error where it is no record."""
        if not row.number:
            return row.brief.error if row.brief is not None else None
        return self._peeking.get(row)

    def _moment(self) -> str:
        return self.tr("Shown when the engine is free.") if self._peeking.waits else self.tr("Loading...")

    def _facts_of(self, row: ImageRow) -> str:
        parts = []
        try:
            parts.append(size_text(Path(row.path).stat().st_size))
        except OSError:
            parts.append(self.tr("file not found"))
        if row.brief is not None and row.state is RowState.DONE and row.brief.milliseconds:
            parts.append(seconds_text(row.brief.milliseconds / 1000))
        return "  ·  ".join([*parts, str(Path(row.path).parent)])


def _reply(row: ImageRow | None, whole: Row | None) -> str:
    if row is None or row.brief is None:
        return ""
    if row.brief.error is not None:
        error = {"code": row.brief.error.code, "message": row.brief.error.message}
        return json_text({"error": error})
    return json_text(whole.prediction) if whole is not None else ""
