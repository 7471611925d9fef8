"""Takes screenshots of the window in both themes once it is idle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from workbench.gui import theme
from workbench.gui.window.main_window import MainWindow

PATIENCE_MS: Final = 240_000
SETTLE_MS: Final = 250


class TooSlowError(RuntimeError):
    """Something did not happen in time."""


class ScreenshotCamera:
    """Pictures go into `out`; those that `pages` names go to its files as well, light."""

    def __init__(self, window: MainWindow, out: Path, pages: Mapping[str, Path]) -> None:
        self._window = window
        self._out, self._pages = out, pages

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """The window, or another widget, light and dark."""
        for dark in (False, True):
            theme.dress(dark)
            self.settle()
            picture = (widget or self._window).grab()
            picture.save(str(self._out / f"{name}-{'dark' if dark else 'light'}.png"))
            if name in self._pages and not dark:
                self._pages[name].parent.mkdir(parents=True, exist_ok=True)
                picture.save(str(self._pages[name]))

    def settle(self) -> None:
        """Let thumbnails come and layouts find their place."""
        loop = QEventLoop()
        QTimer.singleShot(SETTLE_MS, loop.quit)
        loop.exec()

    def until(self, what: str, reached: Callable[[], bool]) -> None:
        """Wait for something. Raises `TooSlowError` where it does not come."""
        # A loop of its own and not processEvents: that one keeps the GIL, and the reading threads starve.
        loop = QEventLoop()
        look, patience = QTimer(interval=30), QTimer(singleShot=True, interval=PATIENCE_MS)
        look.timeout.connect(lambda: loop.quit() if reached() else None)
        patience.timeout.connect(lambda: loop.exit(1))
        look.start()
        patience.start()
        if loop.exec():
            raise TooSlowError(f"waited in vain until {what}: {self._window.banner.text}")
        self.settle()
