"""The dialog that searches for how training read its images: by arrays that it saved, or by images in class folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.engine.job import EngineJob
from workbench.gui.inputs.match_texts import cells, progress_text, titles, verdict
from workbench.gui.project.session import ProjectSession
from workbench.gui.widgets.card import row
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.field import FormField
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.match_candidates import MatchCandidate, evidence_words
from workbench.spec.messages import AnyEvent, Cancelled, Failed, ImagesMatched, MatchImages, MatchKind
from workbench.spec.model import Progress
from workbench.spec.project import Project

_SIZE: Final = QSize(820, 620)
_ROW: Final = 26


class MatchDialog(QDialog):
    """Ranked candidates with their numbers; `chosen` carries the `Preprocess` that the user takes over, and by what
    evidence."""

    chosen = Signal(object, str)

    def __init__(
        self, session: ProjectSession, project: Project, kind: MatchKind, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._project, self._kind = session, project, kind
        self._job: EngineJob | None = None
        self._found: ImagesMatched | None = None
        arrays = kind == "arrays"
        self.setWindowTitle(self.tr("Settings from training arrays") if arrays else self.tr("Settings from labels"))
        self.images, self.seen = QLineEdit(self), QLineEdit(self)
        self.seen.setVisible(arrays)
        self.table = self._make_table()
        self.lines = CopyText("", self.tr("Lines of the project"), copy=self.tr("Co&py"))
        self.word = ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self.search_button = QPushButton(self.tr("&Search"))
        self.search_button.setDefault(True)
        self.apply_button = QPushButton(self.tr("&Use these settings"))
        self._lay_out(arrays)
        self._connect()
        self._clear()

    def _make_table(self) -> RowTable:
        table = RowTable(self.tr("Candidates, the best first"), _ROW)
        self._model = QStandardItemModel(0, len(titles(self._kind)), self)
        self._model.setHorizontalHeaderLabels(list(titles(self._kind)))
        table.setModel(self._model)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self, arrays: bool) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        text = self.tr("Images that training read, and the arrays it made of them, by file name.")
        if not arrays:
            text = self.tr("Labelled images: a folder with a folder of images per class.")
        layout.addWidget(ToneLabel(text, "muted"))
        layout.addLayout(self._picked(self.tr("&Folder of images"), self.images, self._choose_images))
        if arrays:
            layout.addLayout(self._picked(self.tr("&Arrays (.npz)"), self.seen, self._choose_seen))
        layout.addLayout(row(self.search_button))
        layout.addWidget(self.table, 3)
        layout.addWidget(self.lines, 2)
        layout.addWidget(self.word)
        self._box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._box.addButton(self.apply_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout.addWidget(self._box)
        self.word.setMinimumHeight(self.word.fontMetrics().lineSpacing() * 2)
        self.resize(_SIZE)

    def _picked(self, title: str, line: QLineEdit, choose: Callable[[], None]) -> QVBoxLayout:
        button = QPushButton(self.tr("Choose..."))
        button.setAutoDefault(False)
        button.setAccessibleName(self.tr("Choose: {what}").format(what=title.replace("&", "")))
        button.clicked.connect(choose)
        both = QWidget()
        inner = row(line, button, stretch=0)
        inner.setContentsMargins(0, 0, 0, 0)
        both.setLayout(inner)
        layout = QVBoxLayout()
        layout.addWidget(FormField(title, both, focus=line))
        return layout

    def _connect(self) -> None:
        for line in (self.images, self.seen):
            line.textChanged.connect(self._clear)
        self.search_button.clicked.connect(self.search)
        self.apply_button.clicked.connect(self._on_apply)
        self.table.selectionModel().selectionChanged.connect(self._show_lines)
        self._box.rejected.connect(self.reject)
        self.finished.connect(self._stop)

    def _clear(self) -> None:
        """What was found is of other files."""
        self._stop()
        self._found = None
        self._model.removeRows(0, self._model.rowCount())
        self.lines.set_text("")
        self.word.setText("")
        self._enable()

    def _enable(self) -> None:
        given = bool(self.images.text().strip()) and (self._kind == "labels" or bool(self.seen.text().strip()))
        self.search_button.setEnabled(given and self._job is None)
        self.apply_button.setEnabled(self.candidate is not None)

    @property
    def candidate(self) -> MatchCandidate | None:
        """The one that is selected."""
        rows = self.table.selectionModel().selectedRows()
        return self._found.candidates[rows[0].row()] if rows and self._found is not None else None

    def search(self) -> None:
        """Search with the files named."""
        if not self._session.engines.may_look:
            self.word.setText(self.tr("The engine has stopped. Restart it."))
            return
        self._clear()
        request = MatchImages(
            id=0,
            project=self._project,
            base=self._session.base,
            kind=self._kind,
            images=(self.images.text().strip(),),
            seen=self.seen.text().strip(),
        )
        self._job = self._session.engines.look(request)
        self._job.progressed.connect(self._on_progress)
        self._job.ended.connect(self._on_ended)
        self.word.setText(self.tr("Searching..."))
        self._enable()

    def _stop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def _on_progress(self, progress: Progress) -> None:
        if self.sender() is self._job:
            self.word.setText(progress_text(progress))

    def _on_ended(self, event: AnyEvent) -> None:
        if self.sender() is not self._job:
            return  # Other files have been named meanwhile.
        self._job = None
        match event:
            case ImagesMatched():
                self._show_found(event)
            case Failed(error=error):
                self.word.setText(error.sentence())
            case Cancelled():
                self.word.setText("")
        self._enable()

    def _show_found(self, found: ImagesMatched) -> None:
        self._found = found
        for one in found.candidates:
            self._model.appendRow([QStandardItem(text) for text in cells(one, found.images)])
        self.table.selectRow(0)
        self.word.setText(verdict(found))

    def _show_lines(self) -> None:
        one = self.candidate
        notes = [f"# {one.note}"] if one is not None and one.note else []
        self.lines.set_text("\n".join([*one.lines, *notes]) if one is not None else "")
        self._enable()

    def _on_apply(self) -> None:
        one = self.candidate
        if one is not None and self._found is not None:
            name = Path((self.seen if self._kind == "arrays" else self.images).text().strip()).name
            self.chosen.emit(one.preprocess, evidence_words(one, self._found.images, name))

    def _choose_images(self) -> None:
        dialog = self._dialog(self.tr("Choose the folder of images"), self.images)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.open()

    def _choose_seen(self) -> None:
        dialog = self._dialog(self.tr("Choose the arrays of training"), self.seen)
        dialog.setNameFilters([self.tr("Arrays (*.npz)"), self.tr("All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.open()

    def _dialog(self, title: str, line: QLineEdit) -> QFileDialog:
        known = line.text().strip()
        dialog = QFileDialog(self, title, str(Path(known).parent) if known else self._session.folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(line.setText)
        return dialog
