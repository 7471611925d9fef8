"""Online prediction through the target's own API: drop images or take the Test tab's, read the reply."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.deploy.call_request import CallRequest
from workbench.gui.texts import json_text, seconds_text
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.tone_label import ElidedLabel
from workbench.spec.input_files import IMAGE_ENDINGS, RECORD_PATTERNS
from workbench.spec.messages import AnyEvent, Failed, RowsDone
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
        self._sent: CallRequest | None = None
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
        self.request = CopyText(
            self.tr("Request"), self.tr("Request of the call"), copy=self.tr("Copy body"), wrap=True
        )
        self.request.set_placeholder(self.tr("The body of the request, of the first file that is called with."))
        self.request.copy_button.setToolTip(self.tr("The whole body of the request (Ctrl+Shift+B)"))
        self.request.copy_button.setShortcut("Ctrl+Shift+B")
        self.curl_button = self._copy_button(
            self.tr("Copy cURL"), self.tr("A shell command that sends this request (Ctrl+Shift+U)"), "Ctrl+Shift+U"
        )
        self.python_button = self._copy_button(
            self.tr("Copy Python"),
            self.tr("A script that sends this request, for Python's standard library (Ctrl+Shift+Y)"),
            "Ctrl+Shift+Y",
        )
        self.curl_button.clicked.connect(lambda: self._copy(self._sent.curl if self._sent else ""))
        self.python_button.clicked.connect(lambda: self._copy(self._sent.python if self._sent else ""))
        self.url, self.outcome = ElidedLabel("", "muted"), ElidedLabel("", bold=True)
        self.url.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QHBoxLayout()
        for button in (self.selection_button, self.file_button):
            buttons.addWidget(button)
        buttons.addWidget(self._asks, 1)
        buttons.addWidget(self.curl_button)
        buttons.addWidget(self.python_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(buttons)
        layout.addLayout(self._facts())
        layout.addWidget(self._texts(), 1)
        self.set_selected(())
        self.begin()

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

    def begin(self, sent: CallRequest | None = None) -> None:
        """A call begins; `sent` is what is known of its request."""
        self._rows, self._sent = [], sent
        self.reply.set_text("")
        self.outcome.set_text("")
        self.url.set_text(f"POST {sent.url}" if sent is not None and sent.url else "")
        self.request.set_text(sent.shown if sent else "", sent.whole if sent else None)
        self.curl_button.setEnabled(sent is not None and bool(sent.curl))
        self.python_button.setEnabled(sent is not None and bool(sent.python))

    def end(self, event: AnyEvent) -> None:
        """Say how the call ended and how long it took, from the files to the last reply."""
        if isinstance(event, RowsDone):
            text = self.tr("{good} of {all} answered in {time}")
            time = seconds_text(event.seconds)
            self.outcome.set_text(text.format(good=event.rows - event.failed, all=event.rows, time=time))
        elif isinstance(event, Failed):
            self.outcome.set_text(self.tr("Failed: {code}").format(code=event.error.code))

    def add_rows(self, rows: tuple[Row, ...]) -> None:
        """Answers of the call; shown as the API's reply body."""
        self._rows += rows
        good = [row.prediction for row in self._rows if row.prediction is not None]
        bad = [f"{row.source}: {row.error.message}" for row in self._rows if row.error]
        body: dict[str, object] = {"predictions": good}
        if bad:
            body["errors"] = bad
        self.reply.set_text(json_text(body))

    def _facts(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self.outcome, 2)
        line.addWidget(self.url, 5)
        return line

    def _texts(self) -> QSplitter:
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(self.request)
        both.addWidget(self.reply)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(12)
        both.setSizes([400, 500])
        return both

    def _copy_button(self, text: str, tip: str, key: str) -> QPushButton:
        # No letter is free on this page.
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setShortcut(key)
        icons.put(button, "copy")
        return button

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

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
