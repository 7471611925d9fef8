"""The chosen row of the Test tab: its pictures above; scores, reply, request and values below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from workbench.gui.detail.looking import Looking
from workbench.gui.detail.own_values import OwnValues
from workbench.gui.detail.pictures import Pictures
from workbench.gui.detail.request import request_texts
from workbench.gui.detail.scores_page import ScoresPage
from workbench.gui.rows import ImageRow, State
from workbench.gui.session import Session
from workbench.gui.test_run import TestRun
from workbench.gui.texts import json_text, seconds_text, size_text
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.tone_label import ElidedLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Row


class DetailPane(QWidget):
    """Whole rows are fetched from the disk when they are looked at; only the page in sight is filled."""

    def __init__(self, session: Session, run: TestRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._run = session, run
        self._row: ImageRow | None = None
        self._whole: Row | None = None
        self.pictures = Pictures(run.thumbnails, Looking(session, run, self))
        self._name = ElidedLabel("", bold=True)
        self._facts = ElidedLabel("", "muted")
        self.scores = ScoresPage()
        self.reply = CopyText("", self.tr("Reply as JSON"), wrap=True)
        self.reply.set_placeholder(self.tr("The whole prediction of the chosen row stands here."))
        self.request = CopyText("", self.tr("Request as JSON"), wrap=True)
        self.request.set_placeholder(self.tr("The exact request of the chosen row stands here."))
        self.own = OwnValues(session, run)
        self.own.predict_wanted.connect(lambda row: run.run_again([row]))
        self.pages = QTabWidget(documentMode=True)
        self.pages.setAccessibleName(self.tr("Parts of the chosen row"))
        self.pages.tabBar().setAccessibleName(self.tr("Parts of the chosen row"))
        for page, text in self._texts():
            self.pages.addTab(page, text)
        self.pages.currentChanged.connect(self._show_page)
        self._lay_out()
        run.given.changed.connect(self._show_page)
        self.show_row(None)

    def show_row(self, row: ImageRow | None) -> None:
        """Show a row, or the empty state."""
        self._row = row
        self._whole = self._run.results.fetch(row) if row is not None else None
        self._name.set_text(row.name if row else "")
        self._facts.set_text(self._facts_of(row) if row else "")
        self.pictures.show_row(row)
        self.reply.set_text(_reply(row, self._whole))
        self.own.show_row(row)
        self._show_page()

    def _texts(self) -> tuple[tuple[QWidget, str], ...]:
        return (
            (self.scores, self.tr("Scores")),
            (self.reply, self.tr("Reply")),
            (self.request, self.tr("Request")),
            (self.own, self.tr("Values")),
        )

    def _lay_out(self) -> None:
        top = QWidget()
        upper = QVBoxLayout(top)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(4)
        upper.addWidget(self.pictures, 1)
        upper.addWidget(self._name)
        upper.addWidget(self._facts)
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

    def _show_request(self) -> None:
        made, row = self._session.composition, self._row
        if row is None or made is None:
            self.request.set_text("")
            return
        try:
            shown, whole = request_texts(row, self._run.given.of(row.path), made)
        except WorkbenchError as err:
            shown = whole = err.message
        self.request.set_text(shown, copied=whole)

    def _facts_of(self, row: ImageRow) -> str:
        parts = []
        try:
            parts.append(size_text(Path(row.path).stat().st_size))
        except OSError:
            parts.append(self.tr("gone from the disk"))
        if row.brief is not None and row.state is State.DONE and row.brief.milliseconds:
            parts.append(seconds_text(row.brief.milliseconds / 1000))
        return "  ·  ".join([*parts, str(Path(row.path).parent)])


def _reply(row: ImageRow | None, whole: Row | None) -> str:
    if row is None or row.brief is None:
        return ""
    if row.brief.error is not None:
        error = {"code": row.brief.error.code, "message": row.brief.error.message}
        return json_text({"error": error})
    return json_text(whole.prediction) if whole is not None else ""
