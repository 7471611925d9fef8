"""Second stage of window construction: tabs, banner, log panel and their connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractScrollArea, QLineEdit

from workbench.gui.exported.commands import SavedModels
from workbench.gui.widgets.banner import Banner
from workbench.gui.window.file_commands import FileCommands, UndoCommands
from workbench.gui.window.job_bar import JobBar
from workbench.gui.window.log_panel import LogPanel
from workbench.gui.window.model_versions import ModelVersions
from workbench.gui.window.notice_board import NoticeBoard
from workbench.gui.window.persistence import Persistence, restore_sizes
from workbench.gui.window.recent_menu import RecentMenu
from workbench.gui.window.tabs import Tabs

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow


def fill(window: MainWindow, tabs: Tabs) -> Iterator[None]:
    """Do it in pieces, one a `next`; the window takes drops and asks about unsaved work only when all is there."""
    window.banner, window.job_bar = Banner(window.header), JobBar(window)
    window.statusBar().addPermanentWidget(window.job_bar, 1)
    window.statusBar().setMinimumHeight(window.job_bar.room())
    window.actions_.dress()
    window.header.dress()
    yield
    _connect_files(window, tabs)
    _connect_engine(window, tabs)
    yield
    _put_in(window, tabs)
    yield
    restore_sizes(window)
    # What is dropped on an editor belongs to the window as well, not into the text.
    for editor in (*window.findChildren(QLineEdit), *window.findChildren(QAbstractScrollArea)):
        editor.setAcceptDrops(False)


def _put_in(window: MainWindow, tabs: Tabs) -> None:
    pages = window.pages
    for place, tab in enumerate(tabs.all):
        empty, text = pages.widget(place), pages.tabText(place)
        pages.removeTab(place)
        if empty is not None:
            empty.deleteLater()
        pages.insertTab(place, tab, text)
        pages.setTabToolTip(place, f"Ctrl+{place + 1}")
        tab.state_changed.connect(window.paint_states)
        tab.next_wanted.connect(window.go_on)
        key = QShortcut(QKeySequence(f"Ctrl+{place + 1}"), window)
        key.activated.connect(lambda place=place: pages.setCurrentIndex(place))
    pages.setCurrentIndex(0)


def _connect_files(window: MainWindow, tabs: Tabs) -> None:
    session, actions = tabs.session, window.actions_
    window.files = FileCommands(window, session)
    window.files.connect_actions(actions)
    actions.quit.triggered.connect(window.close)
    actions.cancel.triggered.connect(window.job_bar.cancel)
    tabs.model.open_wanted.connect(actions.open.trigger)
    tabs.model.sample_wanted.connect(actions.sample.trigger)
    tabs.model.file_wanted.connect(window.open)
    window.recent = RecentMenu(actions.recent, tabs.recent)
    window.recent.open_wanted.connect(window.open)
    window.undo = UndoCommands(actions, session.history, window.show_place)


def _connect_engine(window: MainWindow, tabs: Tabs) -> None:
    session, actions = tabs.session, window.actions_
    session.closed.connect(window.show_closed)
    window.log = LogPanel(session, window)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.log)
    actions.log.toggled.connect(window.log.set_shown)
    window.log.visibilityChanged.connect(actions.log.setChecked)
    window.board = NoticeBoard(window.banner, session, tabs.model.remedies)
    window.versions = ModelVersions(session, window.unless_unsaved, window)
    # After the board, which forgets what was said before when a model opens.
    window.keeping = Persistence(session, window.pages, window.header, actions)
    window.saved_models = SavedModels(session, tabs.recent, window.unless_unsaved, window)
    actions.view.triggered.connect(window.saved_models.choose)
    session.job_started.connect(window.job_bar.follow)
    window.job_bar.running_changed.connect(actions.cancel.setEnabled)
    actions.cancel.setEnabled(False)
    for signal in (session.facts_changed, session.project_changed, session.file_changed):
        signal.connect(window.show_session)
    session.engines.models.state_changed.connect(window.header.show_engine)
    run = tabs.deploy.gate.run
    run.changed.connect(lambda: window.header.show_gate(run))
