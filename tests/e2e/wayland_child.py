"""The window in a process of its own, as a Wayland compositor's client: every tab is shown and painted, then it closes.

Says the platform, and the number of each tab once its page has been painted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer

from workbench.gui.app import Application, make_application
from workbench.spec.resources import resource

FAKE: Final = Path(__file__).resolve().parents[1] / "gui" / "fake_engine.py"


class Tour(QObject):
    """Goes on to the next tab when the one in front has been painted."""

    def __init__(self, workbench: Application) -> None:
        super().__init__()
        self._bench = workbench
        self._pages = workbench.window.pages
        self._next = 0
        self._look = QTimer(self, interval=50)
        self._look.timeout.connect(self._set_out)

    def begin(self) -> None:
        """Called after the window's first paint: open the sample and, once it is there, set out."""
        self._bench.begin(str(resource("sample", "digits.h5")))
        self._look.start()

    def _set_out(self) -> None:
        if self._bench.session.project is not None:
            self._look.stop()
            self._show()

    def _show(self) -> None:
        if self._next == self._pages.count():
            self._bench.window.close_without_asking()
            return
        self._pages.setCurrentIndex(self._next)
        page = self._pages.widget(self._next)
        assert page is not None
        page.installEventFilter(self)
        page.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            print(self._next, flush=True)
            self._next += 1
            QTimer.singleShot(0, self, self._show)
        return False


def main(root: str) -> None:
    app = make_application()
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, root)
    print(app.platformName(), flush=True)
    workbench = Application((sys.executable, str(FAKE)), server_root=Path(root) / "server")
    tour = Tour(workbench)
    workbench.window.painted.connect(tour.begin)
    workbench.window.show()
    app.exec()
    workbench.shut_down()


if __name__ == "__main__":
    main(sys.argv[1])
