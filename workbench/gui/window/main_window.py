"""The frame: menus, header, banner, tabs, status bar. It is painted before any tab is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from workbench.gui.window.header import Header
from workbench.gui.window.menus import MenuActions
from workbench.gui.window.step_pages import StepPages

if TYPE_CHECKING:
    from workbench.gui.dropped_files import DroppedFiles
    from workbench.gui.exported.commands import SavedModels
    from workbench.gui.widgets.banner import Banner
    from workbench.gui.window.file_commands import FileCommands, UndoCommands
    from workbench.gui.window.job_bar import JobBar
    from workbench.gui.window.log_panel import LogPanel
    from workbench.gui.window.model_versions import ModelVersions
    from workbench.gui.window.notice_board import NoticeBoard
    from workbench.gui.window.persistence import Persistence
    from workbench.gui.window.recent_menu import RecentMenu
    from workbench.gui.window.tabs import Tabs

GEOMETRY: Final = "window/geometry"

FRAME: Final = QSize(16, 40)
"""Logical pixels that a window manager's frame and title bar take at most; there is none to ask before it is shown."""
TITLE: Final = "Keras Export Workbench"


class MainWindow(QMainWindow):
    """Made in two steps: the frame here, the tabs by `fill` once the frame has been painted."""

    painted = Signal()
    # What `fill` puts in.
    banner: Banner
    job_bar: JobBar
    log: LogPanel
    board: NoticeBoard
    versions: ModelVersions
    files: FileCommands
    recent: RecentMenu
    undo: UndoCommands
    keeping: Persistence
    saved_models: SavedModels

    def __init__(self) -> None:
        super().__init__()
        self._was_painted = False
        self._closing = False
        self._filled = False
        self._tabs: Tabs | None = None
        self.actions_ = MenuActions(self)
        self.actions_.set_open(False)
        self.actions_.set_ready(False)
        self.header = Header()
        self.pages = StepPages()
        self._lay_out()
        self.setWindowTitle(f"{TITLE}[*]")
        self.setAcceptDrops(True)
        self.setMinimumSize(inside(QSize(900, 600), self.screen().availableSize()))
        self._restore()

    @property
    def tabs(self) -> Tabs:
        """The five tabs; there once the window has been filled."""
        assert self._tabs is not None
        return self._tabs

    @property
    def filled(self) -> bool:
        """Whether all is there; until then nothing can be opened, dropped or lost."""
        return self._filled

    def fill(self, tabs: Tabs) -> Iterator[None]:
        """Put the tabs in and connect everything, a piece a `next`."""
        from workbench.gui.window.window_setup import fill

        self._tabs = tabs
        yield from fill(self, tabs)
        self._filled = True
        self.actions_.set_ready(True)
        self.paint_states()

    def open(self, path: str) -> None:
        """Open a model or project, asking first where changes would be lost; a SavedModel is only looked at."""
        from workbench.gui.dropped_files import saved_model_of

        if saved_model_of(path):
            self.saved_models.view(saved_model_of(path))
            return
        self.versions.open(path)

    def take(self, dropped: DroppedFiles) -> None:
        """Do with dropped files what their kind asks for."""
        if dropped.to_open:
            self.open(dropped.to_open)
        if dropped.saved_model:
            self.saved_models.view(dropped.saved_model)
        if dropped.labels:
            self.tabs.signature.load_labels(dropped.labels)
            self.pages.setCurrentWidget(self.tabs.signature)
        if dropped.features:
            self.tabs.test.values.load(dropped.features)
        inputs = () if self.tabs.deploy.take_images(dropped.inputs) else dropped.inputs
        if inputs:
            self.tabs.test.add(inputs)
        if inputs or dropped.features:
            self.pages.setCurrentWidget(self.tabs.test)
        if dropped.strange and not dropped.welcome:
            text = self.tr("'{name}' is not a model, project, image or SavedModel.")
            self.banner.show_text(text.format(name=Path(dropped.strange[0]).name))

    def unless_unsaved(self, then: Callable[[], None]) -> None:
        """Do something, asking first where unsaved changes would be lost by it."""
        if not self._filled or not self.tabs.session.dirty:
            then()
            return
        self.files.ask_unsaved(then)

    def close_without_asking(self) -> None:
        """Close, whatever is unsaved."""
        self._closing = True
        self.close()

    def go_on(self) -> None:
        """Show the next tab."""
        self.pages.setCurrentIndex(self.pages.currentIndex() + 1)

    def show_place(self, place: str) -> None:
        """Go to the tab in which a step back or forward is seen."""
        tabs = {"signature": self.tabs.signature, "deploy": self.tabs.deploy, "test": self.tabs.test}
        self.pages.setCurrentWidget(tabs.get(place, self.tabs.inputs))

    def show_session(self) -> None:
        """Say in title and header what is open."""
        session = self.tabs.session
        self.header.show_session(session)
        self.actions_.set_open(session.project is not None, sound=not session.problems() and not session.held)
        name = session.path or Path(session.model_path)
        self.setWindowTitle(f"{name.name}[*] - {TITLE}" if session.facts is not None else f"{TITLE}[*]")
        self.setWindowModified(session.dirty)

    def show_closed(self) -> None:
        """Nothing is open any more."""
        from workbench.gui.tab import TabState

        self.tabs.deploy.set_state(TabState.NOT_YET)
        self.pages.setCurrentIndex(0)

    def paint_states(self) -> None:
        """Say in the tab bar where one is with each tab."""
        self.pages.paint_states(tab.state for tab in self.tabs.all)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._filled:
            self.paint_states()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._filled and self.tabs.session.dirty and not self._closing:
            event.ignore()
            self.unless_unsaved(self.close_without_asking)
            return
        QSettings().setValue(GEOMETRY, self.saveGeometry())
        if self._filled:
            self.keeping.autosave.close()
            from workbench.gui.window.persistence import keep_sizes

            keep_sizes(self)
            self.tabs.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from workbench.gui.dropped_files import local_paths

        if self._filled and local_paths(event.mimeData()):
            event.acceptProposedAction()
            self._set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        from workbench.gui.dropped_files import local_paths, sort_out

        self._set_hot(False)
        event.acceptProposedAction()
        self.take(sort_out(local_paths(event.mimeData())))

    def _lay_out(self) -> None:
        body = QWidget()
        self.inner = QVBoxLayout()
        self.inner.setContentsMargins(12, 8, 12, 0)
        self.inner.setSpacing(8)
        self.inner.addWidget(self.pages, 1)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addLayout(self.inner, 1)
        self.setCentralWidget(body)
        self.statusBar().setSizeGripEnabled(False)

    def _restore(self) -> None:
        geometry = QSettings().value(GEOMETRY)
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(inside(QSize(1240, 720), self.screen().availableSize()))

    def _set_hot(self, hot: bool) -> None:
        if self._filled:
            for tab in self.tabs.all:
                tab.set_drag_hot(hot)


def inside(wanted: QSize, available: QSize) -> QSize:
    """The wanted size of a window, cut to what a screen of `available` logical pixels has beside a frame."""
    return wanted.boundedTo(available - FRAME)
