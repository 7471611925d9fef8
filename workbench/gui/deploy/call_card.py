"""Online prediction through the target's own API: drop images or take the Test tab's, read the reply."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.texts import json_text
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.tone_label import ElidedLabel
from workbench.spec.input_files import IMAGE_ENDINGS, RECORD_PATTERNS
from workbench.spec.model import Row


class CallCard(QWidget):
    """Calls with the images chosen in the Test tab, with dropped ones, or with a file."""

    call_wanted = Signal(list)  # paths

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selected: tuple[str, ...] = ()
        self._dropped: tuple[str, ...] = ()
        self._rows: list[Row] = []
        self._ready = False
        self.selection_button = QPushButton()
        self.selection_button.clicked.connect(self._on_selection)
        # A mnemonic would stand in a file's name as often as not.
        self.selection_button.setToolTip(self.tr("Call the selected version, or the default version (F7)"))
        QShortcut(QKeySequence(Qt.Key.Key_F7), self).activated.connect(self.selection_button.click)
        icons.put(self.selection_button, "run")
        self.file_button = QPushButton(self.tr("Call &with a file..."))
        self.file_button.clicked.connect(self._on_file)
        icons.put(self.file_button, "open")
        self._asks = ElidedLabel("", "muted")
        self.reply = CopyText(self.tr("Reply"), self.tr("Reply of the call"), copy=self.tr("Co&py"), wrap=True)
        self.reply.set_placeholder(
            self.tr("Drop an image here to see the reply of the selected version, exactly as callers get it.")
        )
        buttons = QHBoxLayout()
        for button in (self.selection_button, self.file_button):
            buttons.addWidget(button)
        buttons.addWidget(self._asks, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(buttons)
        layout.addWidget(self.reply, 1)
        self.set_selected(())

    def set_selected(self, paths: tuple[str, ...]) -> None:
        """The images that are chosen in the Test tab; they take the place of dropped ones."""
        self._selected, self._dropped = paths, ()
        self._enable()

    def drop(self, paths: Iterable[str]) -> None:
        """Call with what was dropped, at once where that can be."""
        self._dropped = tuple(paths)
        self._enable()
        if self._ready:
            self._on_selection()

    def set_version(self, words: str) -> None:
        """Say which version of what would be asked."""
        self._asks.set_text(words)

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

    @property
    def _paths(self) -> tuple[str, ...]:
        return self._dropped or self._selected

    def _enable(self) -> None:
        paths = self._paths
        one = Path(paths[0]).name if len(paths) == 1 else self.tr("{n} images").format(n=len(paths))
        what = one.replace("&", "&&") if paths else self.tr("no image")
        self.selection_button.setText(self.tr("Call with {what}").format(what=what))
        self.selection_button.setEnabled(self._ready and bool(paths))
        self.file_button.setEnabled(self._ready)

    def _on_selection(self) -> None:
        self.call_wanted.emit(list(self._paths))

    def _on_file(self) -> None:
        patterns = " ".join((*(f"*{suffix}" for suffix in IMAGE_ENDINGS), *RECORD_PATTERNS))
        kinds = self.tr("Images and instances ({list});;All files (*)").format(list=patterns)
        dialog = QFileDialog(self, self.tr("Images and files of instances"), "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.call_wanted)
        dialog.open()
