"""Composition of the application: theme, window, then session, engines and tabs. No logic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from workbench import __version__
from workbench.gui import theme
from workbench.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from workbench.gui.deploy.local_server import LocalServer
    from workbench.gui.engine.client import EngineClient
    from workbench.gui.event_loop import DeferredStartup, GarbageScheduler

NAME: Final = "keras-export-workbench"
DESKTOP: Final = "workbench"
INTERRUPTED: Final = 130
_MODULE: Final = "workbench.gui.window.window_setup"
"""It brings all others along."""


def main(path: str | None = None) -> int:
    """Open the window, on a model or a project if given; returns when it is closed."""
    app = make_application()
    return run(app, Application(), path)


def run(app: QApplication, workbench: Application, path: str | None = None) -> int:
    """Show the window, do the rest after its first paint, end the children when it is closed."""
    workbench.window.painted.connect(lambda: _begin(app, workbench, path))
    workbench.window.show()
    code = app.exec()
    workbench.shut_down()
    return code


def _begin(app: QApplication, workbench: Application, path: str | None) -> None:
    from workbench.gui.event_loop import Interrupts

    interrupts = Interrupts(app)
    interrupts.came.connect(lambda: app.exit(INTERRUPTED))
    app.aboutToQuit.connect(interrupts.close)
    workbench.begin_in_turns(path)


def make_application() -> QApplication:
    """The QApplication with name, icon and theme."""
    QCoreApplication.setOrganizationName(NAME)
    QCoreApplication.setApplicationName(NAME)
    QCoreApplication.setApplicationVersion(__version__)
    # The name is the WM_CLASS that packaging/workbench.desktop waits for.
    app = QApplication([DESKTOP])
    app.setApplicationDisplayName("Keras Export Workbench")
    app.setDesktopFileName(DESKTOP)
    theme.install(app)
    return app


class Application:
    """The window and, from `begin` on, what works behind it."""

    def __init__(
        self,
        engine_command: Sequence[str] | None = None,
        server_command: Sequence[str] | None = None,
        server_root: Path | None = None,
    ) -> None:
        self._engine_command, self._server_command = engine_command, server_command
        self._server_root = server_root
        self._children: list[EngineClient | LocalServer] = []
        self._collector: GarbageScheduler | None = None
        self._starter: DeferredStartup | None = None
        self.window = MainWindow()

    def begin(self, path: str | None = None) -> None:
        """Make the rest at once, for those who go on with it. Called after the first paint, which it would hold up."""
        for _ in self._steps(path):
            pass

    def begin_in_turns(self, path: str | None = None) -> DeferredStartup:
        """Make the rest between the window's other events; the starter's `done` tells that all is there."""
        from workbench.gui.event_loop import DeferredStartup

        self._starter = DeferredStartup(_MODULE, self._steps(path), self.window)
        self._collect()
        self._starter.start()
        return self._starter

    def shut_down(self) -> None:
        """Keep what is unsaved and end the children. The window is gone by now; only here may it take a moment."""
        if self._starter is not None:
            self._starter.stop()
        if self.window.filled:
            self.window.keeping.autosave.close()
        if self._collector is not None:
            self._collector.close()
        for child in self._children:
            child.shut_down()

    def _collect(self) -> None:
        from workbench.gui.event_loop import GarbageScheduler

        if self._collector is None:
            self._collector = GarbageScheduler(self.window)

    def _steps(self, path: str | None) -> Iterator[None]:
        """All that is to be made, in pieces of some milliseconds."""
        from workbench.gui import icons
        from workbench.gui.deploy.local_server import LocalServer
        from workbench.gui.engine.client import EngineClient
        from workbench.gui.project.session import ProjectSession
        from workbench.gui.window.tabs import Tabs

        self._collect()
        tr = QCoreApplication.translate
        self.engine = EngineClient(tr("App", "The engine"), self._engine_command, parent=self.window)
        self.deploy = EngineClient(tr("App", "The engine for deploying"), self._engine_command, parent=self.window)
        self.server = LocalServer(self._server_command, self._server_root, self.window)
        self._children = [self.engine, self.deploy, self.server]
        self.session = ProjectSession(self.engine, self.deploy, self.window)
        yield
        tabs = Tabs(self.session, self.server, self.window)
        yield from tabs.make()
        yield from self.window.fill(tabs)
        self.window.setWindowIcon(icons.application_icon())
        if self._collector is not None:
            self._collector.settle()
        self.engine.start()
        yield
        if path:
            self.window.open(path)
        else:
            self.window.keeping.place.go_back()
