"""The Test tab: images in, predictions beside them, with the very export that will be pushed."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.detail_pane import DetailPane
from workbench.gui.drops import IMAGES, RECORD_PATTERNS
from workbench.gui.notices import CallInputs
from workbench.gui.rows import ImageRow
from workbench.gui.rows_view import RowsView
from workbench.gui.session import Session
from workbench.gui.tab import Tab, TabState
from workbench.gui.test_run import TestRun
from workbench.gui.test_words import summary, why_not
from workbench.gui.values_card import ValuesCard
from workbench.gui.widgets.drop_zone import DropZone
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.gui.widgets.tone_label import ToneLabel


class TestTab(Tab):
    """A drop zone while there are no images; then the table, the chosen image and the values."""

    __test__ = False  # pytest takes classes by their name

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.run = TestRun(session, self)
        self.view = RowsView(self.run.model)
        self.detail = DetailPane(self.run.thumbnails)
        self.values = ValuesCard(session, self.run)
        self._word = ToneLabel("", "muted")
        self._word.setWordWrap(True)
        self._make_buttons()
        self.zone = self._empty_state()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.zone)
        self._stack.addWidget(self._table_page())
        self.root.addWidget(self._stack, 1)
        self.root.addWidget(self.values)
        self.add_footer(self.tr("&Next: Deploy"))
        self.view.chosen.connect(self._on_chosen)
        self.run.changed.connect(self._on_changed)
        session.project_changed.connect(self._on_changed)
        self._on_changed()

    def add(self, paths: Iterable[str]) -> None:
        """Take images and folders."""
        self.run.add(paths)

    def set_drag_hot(self, hot: bool) -> None:
        self.zone.set_hot(hot)

    @property
    def word(self) -> str:
        """Where the test stands, as it is shown."""
        return self._word.text()

    def _make_buttons(self) -> None:
        self.add_button = self._button(self.tr("&Add files..."), "add", self._on_add_images)
        self.folder_button = self._button(self.tr("Add f&older..."), "folder", self._on_add_folder)
        self.run_button = self._button(self.tr("&Run again"), "refresh", self.run.run_again)
        self.cancel_button = self._button(self.tr("&Cancel"), "stop", self.run.cancel)
        self.clear_button = self._button(self.tr("C&lear"), "clear", self.run.clear)
        self.run_button.setShortcut(QKeySequence(Qt.Key.Key_F5))
        self.run_button.setToolTip(self.tr("Predict everything with the settings of now (F5)"))

    def _button(self, text: str, icon: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        icons.put(button, icon)
        button.clicked.connect(slot)
        return button

    def _empty_state(self) -> DropZone:
        zone = DropZone("test", "", "")
        choose = PrimaryButton(self.tr("Choose &files..."), "open")
        choose.clicked.connect(self._on_add_images)
        folder = QPushButton(self.tr("Choose a f&older..."))
        folder.clicked.connect(self._on_add_folder)
        icons.put(folder, "folder")
        zone.add_button(choose)
        zone.add_button(folder)
        return zone

    def _table_page(self) -> QWidget:
        buttons = QHBoxLayout()
        for button in (self.add_button, self.folder_button, self.run_button, self.cancel_button, self.clear_button):
            buttons.addWidget(button)
        buttons.addSpacing(8)
        buttons.addWidget(self._word, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.view)
        splitter.addWidget(self.detail)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.setSizes([880, 420])
        splitter.setStretchFactor(0, 1)
        self.view.setMinimumWidth(500)
        self.detail.setMinimumWidth(260)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(buttons)
        layout.addWidget(splitter, 1)
        return page

    def _on_changed(self) -> None:
        rows = self.run.model.rowCount()
        self._stack.setCurrentIndex(1 if rows else 0)
        self._invite()
        if rows and not self.view.currentIndex().isValid():
            self.view.selectRow(0)
        reason = why_not(self._session, self.run)
        self._word.setText(reason or summary(self.run))
        self._word.set_tone("warn" if reason or self.run.stale else "muted")
        self.run_button.setEnabled(bool(rows) and not reason and not self.run.running)
        self.cancel_button.setEnabled(self.run.running)
        self.clear_button.setEnabled(bool(rows))
        self.set_state(self._state())
        self._hand_over()

    def _invite(self) -> None:
        """Say on the empty page what can be dropped: what is predicted depends on the signature."""
        if self._session.project is not None and not self.run.takes_pictures:
            text = self.tr("The model takes no picture: each line or record is one instance. Or type the values below.")
            self.zone.set_words(self.tr("Drop JSON lines, .npz or .tfrecord files here"), text)
        else:
            text = self.tr(
                "Predicted with the export that will be pushed. JSON lines, .npz and .tfrecord are taken, too."
            )
            self.zone.set_words(self.tr("Drop images or folders here"), text)

    def _state(self) -> TabState:
        rows, done, failed = self.run.model.counts()
        if not rows or not done + failed:
            return TabState.NOT_YET
        return TabState.ATTENTION if failed or self.run.stale else TabState.DONE

    def _hand_over(self) -> None:
        """Let the Deploy tab call with what is chosen here."""
        paths = self.view.selected_paths()
        self._session.set_call_inputs(CallInputs(paths, self.run.values, self.run.matched(paths)))

    def _on_chosen(self, row: ImageRow | None) -> None:
        self.detail.show_row(row)
        self._hand_over()

    def _on_add_images(self) -> None:
        patterns = " ".join((*(f"*{suffix}" for suffix in IMAGES), *RECORD_PATTERNS))
        kinds = self.tr("Images and instances ({list});;All files (*)").format(list=patterns)
        dialog = QFileDialog(self, self.tr("Images and files of instances"), "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog)

    def _on_add_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("A folder of images"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog)

    def _open(self, dialog: QFileDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.add)
        dialog.open()
