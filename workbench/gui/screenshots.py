"""`python -m workbench.gui.screenshots OUTDIR`: every tab on the sample, light and dark, with the real engine."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from workbench.gui import theme
from workbench.gui.app import Workbench, make_application
from workbench.spec.resources import resource
from workbench.spec.target import LOCAL_URL_VARIABLE

SIZE: Final = (1366, 768)
TABS: Final = ("model", "inputs", "signature", "test", "deploy")
PATIENCE_MS: Final = 240_000
SETTLE_MS: Final = 250


class TooSlowError(RuntimeError):
    """Something did not happen in time."""


class Story:
    """Goes the whole way once, then takes the pictures."""

    def __init__(self, workbench: Workbench, out: Path) -> None:
        self._workbench = workbench
        self._window = workbench.window
        self._out = out

    def show_empty(self) -> None:
        """The window as one first meets it."""
        self._window.resize(*SIZE)
        self._window.show()
        self._workbench.begin()
        self._each_scheme("0-empty")

    def work(self) -> None:
        """Open, predict, push, call."""
        workbench, tabs = self._workbench, self._window.tabs
        workbench.session.open(str(resource("sample", "project.toml")))
        self._until("the sample project is open", lambda: workbench.session.project is not None)
        tabs.test.add([str(resource("sample", "images"))])
        run = tabs.test.run
        self._until(
            "the images are predicted", lambda: bool(run.model.rows) and not run.running and not run.model.waiting()
        )
        tabs.deploy.push_card.button.click()
        self._until("a version is pushed", lambda: bool(tabs.deploy.versions_card.table.versions))
        tabs.deploy.call_card.selection_button.click()
        self._until("the call is answered", lambda: bool(tabs.deploy.call_card.reply.text()))

    def photograph(self) -> None:
        """Every tab in both schemes."""
        for place, name in enumerate(TABS):
            self._window.pages.setCurrentIndex(place)
            self._each_scheme(f"{place + 1}-{name}")

    def _each_scheme(self, name: str) -> None:
        for dark in (False, True):
            theme.dress(dark)
            self._settle()
            self._window.grab().save(str(self._out / f"{name}-{'dark' if dark else 'light'}.png"))

    def _settle(self) -> None:
        """Let thumbnails come and layouts find their place."""
        loop = QEventLoop()
        QTimer.singleShot(SETTLE_MS, loop.quit)
        loop.exec()

    def _until(self, what: str, reached: Callable[[], bool]) -> None:
        # A loop of its own and not processEvents: that one keeps the GIL, and the reading threads starve.
        loop = QEventLoop()
        look, patience = QTimer(interval=30), QTimer(singleShot=True, interval=PATIENCE_MS)
        look.timeout.connect(lambda: loop.quit() if reached() else None)
        patience.timeout.connect(lambda: loop.exit(1))
        look.start()
        patience.start()
        if loop.exec():
            raise TooSlowError(f"waited in vain until {what}: {self._window.banner.text}")
        self._settle()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str]) -> int:
    """Take the pictures into the folder named; says where they are."""
    out = Path(arguments[0] if arguments else ".screenshots").absolute()
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "" if os.environ.get("DISPLAY") else "offscreen")
    os.environ[LOCAL_URL_VARIABLE] = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as root:
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, root)
        app = make_application()
        workbench = Workbench(server_root=Path(root) / "server")
        story = Story(workbench, out)
        try:
            story.show_empty()
            story.work()
            story.photograph()
        except TooSlowError as err:
            sys.stderr.write(f"screenshots: {err}\n")
            return 1
        finally:
            workbench.window.tabs.close()
            workbench.shut_down()
            app.closeAllWindows()
    sys.stdout.write(f"{out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
