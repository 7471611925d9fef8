"""Pages of one place, with a row of tabs above: for a tab of the window that has more than fits side by side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from workbench.gui import icons


class Pages(QWidget):
    """`add` a page under a text; the first one is shown."""

    shown = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QTabBar()
        self.bar.setAccessibleName(name)
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setIconSize(QSize(16, 16))
        self._stack = QStackedWidget()
        self._icons: dict[int, tuple[str, str]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        self.bar.currentChanged.connect(self._on_changed)

    def add(self, page: QWidget, text: str) -> None:
        """Another page behind the others."""
        self._stack.addWidget(page)
        self.bar.addTab(text)

    def set_icon(self, place: int, name: str, tone: str) -> None:
        """Show a state at a page's text."""
        self._icons[place] = (name, tone)
        self.bar.setTabIcon(place, icons.icon(name, tone))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            for place, (name, tone) in self._icons.items():
                self.bar.setTabIcon(place, icons.icon(name, tone))
        super().changeEvent(event)

    def show_page(self, page: QWidget) -> None:
        """Go to a page."""
        self.bar.setCurrentIndex(self._stack.indexOf(page))

    def current(self) -> QWidget | None:
        """The page that is shown."""
        return self._stack.currentWidget()

    def _on_changed(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self.shown.emit(place)
