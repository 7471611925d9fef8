"""Saving what the table shows: a place asked for, a request to the engine, a word when it is done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.texts import number_text, size_text
from workbench.spec.messages import AnyEvent, Saved, SaveRows


class RowExport(QObject):
    """Rows are saved in the order and with the filter they are shown in; those that wait still are left out."""

    saved = Signal(str)

    def __init__(self, session: ProjectSession, run: PredictionRun, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._run, self._parent = session, run, parent

    def ask(self) -> QFileDialog:
        """Ask where; the ending says the format."""
        count = sum(row.brief is not None for row in self._run.model.shown)
        title = self.tr("Save the {n} rows shown").format(n=number_text(count))
        dialog = QFileDialog(self._parent, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{text} (*{ending})" for ending, text in self._formats()])
        dialog.setDefaultSuffix("csv")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(chosen.rpartition(".")[2].rstrip(")")))
        dialog.selectFile("predictions.csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save)
        dialog.open()
        return dialog

    def save(self, output: str) -> None:
        """Write the rows shown to a file."""
        run, made = self._run, self._session.composition
        rows = [row for row in run.model.shown if row.brief is not None and row.brief.size]
        files = sorted({row.file for row in rows})
        numbers = {file: n for n, file in enumerate(files)}
        request = SaveRows(
            id=0,
            results=tuple(str(run.results.path(file)) for file in files),
            places=tuple((numbers[row.file], row.brief.at, row.brief.size) for row in rows if row.brief is not None),
            output=output,
            reading=run.model.reading,
            answers={answer.alias: answer.tensor for answer in made.answers} if made else {},
        )
        title = self.tr("Saving {name}").format(name=Path(output).name)
        self._session.ask(request, title).ended.connect(self._on_ended)

    def _formats(self) -> tuple[tuple[str, str], ...]:
        return (
            (".csv", self.tr("CSV, one column per key")),
            (".jsonl", self.tr("JSON lines, complete replies")),
            (".npy", self.tr("NumPy, scores only")),
            (".tfrecord", self.tr("TFRecord, one Example per row")),
            (".html", self.tr("Web page with thumbnails")),
        )

    def _on_ended(self, event: AnyEvent) -> None:
        if isinstance(event, Saved):
            text = self.tr("{n} rows saved as {path}: {size}.")
            self._session.tell(text.format(n=number_text(event.rows), path=event.path, size=size_text(event.bytes)))
            self.saved.emit(event.path)
