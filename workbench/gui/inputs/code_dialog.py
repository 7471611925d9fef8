"""The dialog that finds how training read its images in the training code, pasted or opened."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.engine.engines import EnginePair
from workbench.gui.engine.job import EngineJob
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.errors import WorkbenchError
from workbench.spec.messages import AnyEvent, CodeMatched, Failed, MatchCode
from workbench.spec.reading_found import ReadingFound, read_code, reading_lines
from workbench.spec.size_text import plural

_WIDTH: Final = 760
_HEIGHT: Final = 560


class CodeDialog(QDialog):
    """Asks the engine what a text says; `chosen` carries the `ReadingFound` that the user takes over."""

    chosen = Signal(object)

    def __init__(self, engines: EnginePair, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings from training code"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._engines, self._folder = engines, folder
        self._job: EngineJob | None = None
        self._found: ReadingFound | None = None
        self.code, self.answer = self._editor(self.tr("Training code")), self._editor(self.tr("Settings found"))
        self.answer.setReadOnly(True)
        self.word = ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self.open_button = QPushButton(self.tr("&Open file..."))
        self.find_button = QPushButton(self.tr("&Find"))
        self.apply_button = QPushButton(self.tr("&Use these settings"))
        self._lay_out()
        self._connect()
        self._clear()

    def _editor(self, name: str) -> QPlainTextEdit:
        made = QPlainTextEdit()
        made.setAccessibleName(name)
        made.setTabChangesFocus(True)
        made.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        made.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        return made

    def _lay_out(self) -> None:
        text = self.tr("Paste the code that loads and scales the images. It is parsed, never run.")
        self.code.setPlaceholderText(self.tr("img = cv2.imread(path) ..."))
        row = QHBoxLayout()
        row.addWidget(self.open_button)
        row.addStretch(1)
        row.addWidget(self.find_button)
        self._box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._box.addButton(self.apply_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        label = ToneLabel(text, "muted")
        label.setWordWrap(True)
        layout.addWidget(label)
        layout.addWidget(self.code, 3)
        layout.addLayout(row)
        layout.addWidget(self.answer, 2)
        layout.addWidget(self.word)
        layout.addWidget(self._box)
        self.resize(_WIDTH, _HEIGHT)

    def _connect(self) -> None:
        self.open_button.clicked.connect(self._on_open)
        self.find_button.clicked.connect(self.search)
        self.apply_button.clicked.connect(self._on_apply)
        self.code.textChanged.connect(self._clear)
        self._box.rejected.connect(self.reject)

    def _clear(self) -> None:
        """What was found is of another text."""
        self._found, self._job = None, None
        self.answer.clear()
        self.word.setText("")
        self.apply_button.setEnabled(False)
        self.find_button.setEnabled(bool(self.code.toPlainText().strip()))

    def search(self) -> None:
        """Ask what the text says."""
        if not self._engines.may_look:
            self.word.setText(self.tr("The engine has stopped. Restart it."))
            return
        self.find_button.setEnabled(False)
        self._job = self._engines.look(MatchCode(id=0, text=self.code.toPlainText()))
        self._job.ended.connect(self._on_ended)

    def _on_ended(self, event: AnyEvent) -> None:
        if self._job is None or event.id != self._job.number:
            return  # The text was changed meanwhile.
        self.find_button.setEnabled(True)
        match event:
            case CodeMatched(readings=readings):
                self._show_found(readings)
            case Failed(error=error):
                self.word.setText(error.sentence())

    def _show_found(self, readings: tuple[ReadingFound, ...]) -> None:
        self._found = readings[0]
        parts = ["\n".join(_told(reading)) for reading in readings]
        between = self.tr("# The code also loads images with other settings, such as for prediction:")
        self.answer.setPlainText(f"\n\n{between}\n".join(parts))
        self.apply_button.setEnabled(True)
        lost = len(readings[0].not_understood)
        text = self.tr("{lines} not understood; the settings may be wrong.").format(lines=plural(lost, "line"))
        self.word.setText(text if lost else self.tr("All lines that change pixels are understood."))

    def _on_apply(self) -> None:
        if self._found is not None:
            self.chosen.emit(self._found)

    def say(self, text: str) -> None:
        """Show why the settings could not be taken over."""
        self.word.setText(text)

    def _on_open(self) -> None:
        kinds = self.tr("Training code (*.py *.ipynb *.txt);;All files (*)")
        dialog = QFileDialog(self, self.tr("Open training code"), self._folder, kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.read)
        dialog.open()

    def read(self, path: str) -> None:
        """Show a file's text and what it says."""
        try:
            self.code.setPlainText(read_code(Path(path)))
        except WorkbenchError as err:
            self.word.setText(str(err))
            return
        self.search()


def _told(reading: ReadingFound) -> list[str]:
    """A reading's lines, with what is not understood and what is worth knowing below."""
    lost = [f"# not understood, line {one.line}: {one.text}" for one in reading.not_understood]
    notes = [f"# note, line {one.line}: {one.text}" for one in reading.notes]
    return [*reading_lines(reading), *lost, *notes]
