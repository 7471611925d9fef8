"""The Test tab: images in, predictions beside them, with the very export that will be pushed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.detail.pane import DetailPane
from workbench.gui.notices import CallInputs
from workbench.gui.predict.rows_message import RowsMessage
from workbench.gui.predict.status import summary, why_not
from workbench.gui.predict.values_card import ValuesCard
from workbench.gui.project.session import ProjectSession
from workbench.gui.results.filter_bar import FilterBar
from workbench.gui.results.row_export import RowExport
from workbench.gui.results.row_menu import RowMenu
from workbench.gui.results.toolbar import Toolbar
from workbench.gui.rows.class_folders import classes_of
from workbench.gui.rows.columns import RowColumn
from workbench.gui.rows.prediction_run import PredictionRun
from workbench.gui.rows.rows_view import RowsView
from workbench.gui.tab import Tab, TabState
from workbench.gui.widgets.drop_zone import DropZone
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.spec.input_files import IMAGE_ENDINGS, RECORD_PATTERNS

if TYPE_CHECKING:
    from workbench.gui.results.charts_page import ChartsPage


class PredictTab(Tab):
    """A drop zone while there are no images; then the table, the chosen image and the values, or the charts."""

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.run = PredictionRun(session, self)
        self.view = RowsView(self.run.model)
        self.menu = RowMenu(self.view, self.run)
        self.detail = DetailPane(session, self.run)
        self.values = ValuesCard(session, self.run)
        self.saving = RowExport(session, self.run, self)
        self.filter = FilterBar(self.run)
        self.message = RowsMessage(session, self.run, self.view, self.filter)
        self.charts: ChartsPage | None = None
        self.bar = Toolbar()
        self.zone = self._empty_state()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.zone)
        self._stack.addWidget(self._table_page())
        self.root.addWidget(self._stack, 1)
        self.root.addWidget(self.values)
        self.add_footer(self.tr("&Next: Deploy"))
        self._connect()
        self._on_changed()

    def add(self, paths: Iterable[str]) -> None:
        """Take images and folders."""
        self.run.add(paths)

    def set_drag_hot(self, hot: bool) -> None:
        self.zone.set_hot(hot)

    @property
    def word(self) -> str:
        """Where the test stands, as it is shown."""
        return self.bar.word.toolTip()

    def _connect(self) -> None:
        bar, run = self.bar, self.run
        bar.add.clicked.connect(self._on_add_images)
        bar.folder.clicked.connect(self._on_add_folder)
        bar.run.clicked.connect(lambda: run.run_again())
        bar.cancel.clicked.connect(run.cancel)
        bar.save.clicked.connect(self.saving.ask)
        bar.clear.clicked.connect(self._on_clear)
        bar.view_wanted.connect(self._on_view_wanted)
        self.view.chosen.connect(self.detail.show_row)
        self.view.selection_changed.connect(self._hand_over)
        self.detail.own.brought_back.connect(self._on_brought_back)
        run.changed.connect(self._on_changed)
        run.given.changed.connect(self._hand_over)
        run.model.rowsInserted.connect(self._on_rows_inserted)
        run.model.modelReset.connect(self._set_classes)
        run.model.modelReset.connect(self._on_changed)
        run.model.wish_changed.connect(self.message.refresh)
        for signal in (self._session.opened, self._session.closed):
            signal.connect(self.filter.reset)
        self._session.project_changed.connect(self._set_classes)
        self._session.project_changed.connect(self._on_changed)

    def _empty_state(self) -> DropZone:
        zone = DropZone("test", "", "")
        choose = PrimaryButton(self.tr("&Choose files..."), "open")
        choose.clicked.connect(self._on_add_images)
        folder = QPushButton(self.tr("Choose a f&older..."))
        folder.clicked.connect(self._on_add_folder)
        icons.put(folder, "folder")
        zone.add_button(choose)
        zone.add_button(folder)
        return zone

    def _table_page(self) -> QWidget:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.filter)
        column.addWidget(self.view, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.detail)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.setSizes([860, 440])
        self.splitter.setObjectName("test")
        self.splitter.setStretchFactor(0, 1)
        self.view.setMinimumWidth(420)
        self.detail.setMinimumWidth(280)
        self._views = QStackedWidget()
        self._views.addWidget(self.splitter)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.bar)
        layout.addWidget(self._views, 1)
        return page

    def _on_changed(self) -> None:
        run, bar = self.run, self.bar
        rows, done, failed = run.model.counts()
        self._stack.setCurrentIndex(1 if rows else 0)
        self._invite()
        reason = why_not(self._session, run)
        bar.word.set_text(reason or summary(run))
        bar.word.set_tone("warn" if reason or run.stale else "muted")
        bar.run.setEnabled(bool(rows) and not reason and not run.running)
        bar.cancel.setEnabled(run.running)
        bar.save.setEnabled(bool(done + failed) and bool(run.model.shown))
        self.enable_next(self._session.project is not None)
        bar.clear.setEnabled(bool(rows))
        self.view.show_column(RowColumn.DIFFERENCE, shown=run.compare or run.model.tally.compared > 0)
        self.view.show_column(RowColumn.ERROR, shown=failed > 0)
        self.message.refresh()
        self.set_state(self._state())

    def _invite(self) -> None:
        """Say on the empty page what can be dropped: what is predicted depends on the signature."""
        if self._session.project is not None and not self.run.takes_pictures:
            text = self.tr(
                "The model has no image input: each line or record is one instance. Or type the values below."
            )
            self.zone.set_words(self.tr("Drop JSON lines, .npz or .tfrecord files here"), text)
        else:
            text = self.tr(
                "Predictions use the export that will be pushed. JSON lines, .npz and .tfrecord files are accepted, "
                "too. Class folders give the accuracy."
            )
            self.zone.set_words(self.tr("Drop images or folders here"), text)

    def _state(self) -> TabState:
        rows, done, failed = self.run.model.counts()
        if not rows or not done + failed:
            return TabState.NOT_YET
        if failed or self.run.stale:
            return TabState.ATTENTION
        return TabState.DONE if done == rows and not self.run.running else TabState.NOT_YET

    def _hand_over(self) -> None:
        """Let the Deploy tab call with what is chosen here."""
        paths = self.view.selected_paths()
        self._session.set_call_inputs(CallInputs(paths, self.run.given.values, self.run.matched(paths)))

    def _set_classes(self) -> None:
        """Look whether the folders are named for classes."""
        reading, made = self.run.model.reading, self._session.composition
        scores = next((a for a in made.answers if a.alias == reading.scores), None) if made else None
        count = (scores.tensor.shape or (0, 0))[-1] if scores is not None else 0
        classes = classes_of(self.run.model.folders, reading.labels, max(count, 0))
        self.run.model.set_classes(classes)
        self.view.show_column(RowColumn.FOLDER, shown=bool(classes.by_folder))

    def _on_rows_inserted(self) -> None:
        self._set_classes()
        if not self.view.currentIndex().isValid():
            self.view.selectRow(0)

    def _on_view_wanted(self, view: int) -> None:
        if view == 1 and self.charts is None:
            # Made here, and not before anybody wants to see one.
            from workbench.gui.results.charts_page import ChartsPage

            self.charts = ChartsPage(self._session, self.run)
            self.charts.cell_chosen.connect(self._on_cell_chosen)
            self._views.addWidget(self.charts)
        self._views.setCurrentIndex(view)

    def _on_cell_chosen(self, true: int, said: int) -> None:
        """Show the rows of a cell of the confusion matrix."""
        self.filter.reset()
        model = self.run.model
        model.set_wish(replace(model.wish, pair=(true, said)))
        self.bar.show_view(0)

    def _on_brought_back(self, path: str) -> None:
        """Show the row whose values a step back or forward has changed."""
        self.bar.show_view(0)
        self.view.choose(path)
        self.detail.pages.setCurrentWidget(self.detail.own)

    def _on_clear(self) -> None:
        self.filter.reset()
        self.run.clear()

    def _on_add_images(self) -> None:
        patterns = " ".join((*(f"*{suffix}" for suffix in IMAGE_ENDINGS), *RECORD_PATTERNS))
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
