"""Online prediction through the target's own API: send images, read the reply."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.drops import IMAGES, RECORD_PATTERNS
from workbench.gui.texts import json_text, tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.copy_text import CopyText
from workbench.spec.model import Row


class CallCard(Card):
    """Calls with the images chosen in the Test tab, or with a file."""

    call_wanted = Signal(list)  # paths

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("CallCard", "Call it"), "run", parent)
        self._selected: tuple[str, ...] = ()
        self._rows: list[Row] = []
        self._ready = False
        self.selection_button = QPushButton()
        self.selection_button.clicked.connect(self._on_selection)
        icons.put(self.selection_button, "run")
        self.file_button = QPushButton(self.tr("Call with a f&ile..."))
        self.file_button.clicked.connect(self._on_file)
        icons.put(self.file_button, "open")
        self.reply = CopyText(self.tr("Reply"), self.tr("Reply of the call"), wrap=True)
        self.reply.set_placeholder(self.tr("The chosen version's answer stands here, exactly as a caller gets it."))
        buttons = QHBoxLayout()
        buttons.addWidget(self.selection_button)
        buttons.addWidget(self.file_button)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self.body.addWidget(self.reply, 1)
        self.set_selected(())

    def set_selected(self, paths: tuple[str, ...]) -> None:
        """The images that are chosen in the Test tab."""
        self._selected = paths
        one = Path(paths[0]).name if len(paths) == 1 else self.tr("{n} images").format(n=len(paths))
        self.selection_button.setText(self.tr("&Call with {what}").format(what=one if paths else self.tr("no image")))
        self._enable()

    def set_ready(self, ready: bool) -> None:
        """Whether a call can be made now."""
        self._ready = ready
        self._enable()

    def begin(self) -> None:
        """A call begins."""
        self._rows = []
        self.reply.set_text("")

    def add_rows(self, rows: tuple[Row, ...]) -> None:
        """Answers of the call; shown as the API's reply body."""
        self._rows += rows
        good = [row.prediction for row in self._rows if row.prediction is not None]
        bad = [f"{row.source}: {row.error.message}" for row in self._rows if row.error]
        body: dict[str, object] = {"predictions": good}
        if bad:
            body["errors"] = bad
        self.reply.set_text(json_text(body))

    def _enable(self) -> None:
        self.selection_button.setEnabled(self._ready and bool(self._selected))
        self.file_button.setEnabled(self._ready)

    def _on_selection(self) -> None:
        self.call_wanted.emit(list(self._selected))

    def _on_file(self) -> None:
        patterns = " ".join((*(f"*{suffix}" for suffix in IMAGES), *RECORD_PATTERNS))
        kinds = self.tr("Images and instances ({list});;All files (*)").format(list=patterns)
        dialog = QFileDialog(self, self.tr("Images and files of instances"), "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.call_wanted)
        dialog.open()
