"""Base of the dialogs that show pictures side by side and magnify them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.gui.widgets.zoom_view import ZoomView

_STEP: Final = 1.5
"""Magnification of one press of a zoom button."""


class LinkedZoomDialog(QDialog):
    """Views in `grid`, one column each: wheel and drag in one of them move all, buttons and keys magnify all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.views: list[ZoomView] = []
        self.grid = QGridLayout()
        self.grid.setSpacing(8)
        self.grid.setRowStretch(0, 1)

    def zoom(self, by: float) -> None:
        """Magnify all views."""
        for view in self.views[:1]:
            view.zoom(by)

    def fit(self) -> None:
        """Show every picture whole."""
        for view in self.views:
            view.follow(1.0, 0.5, 0.5)

    def add_view(self, title: str) -> ZoomView:
        """A new view in the next column, its title below it."""
        view, column = ZoomView(title), len(self.views)
        view.moved.connect(self._on_moved)
        self.views.append(view)
        self.grid.addWidget(view, 0, column)
        self.grid.addWidget(ToneLabel(title, "muted"), 1, column)
        return view

    def tool_row(self, leading: Sequence[QWidget], stretched: int) -> QHBoxLayout:
        """The row of buttons: what the dialog puts before them, `stretched` for the part that takes the space."""
        self.out_button = self.tool_button(self.tr("Zoom &out"), "zoom-out", lambda: self.zoom(1 / _STEP), "-")
        self.in_button = self.tool_button(self.tr("Zoom &in"), "zoom-in", lambda: self.zoom(_STEP), "+")
        self.fit_button = self.tool_button(self.tr("&Fit"), "fit", self.fit, "0")
        close = QPushButton(self.tr("&Close"))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        for place, widget in enumerate(leading):
            row.addWidget(widget, 1 if place == stretched else 0)
        if not 0 <= stretched < len(leading):
            row.addStretch(1)
        for widget in (self.out_button, self.in_button, self.fit_button, close):
            row.addWidget(widget)
        return row

    def tool_button(self, text: str, icon: str, slot: Callable[[], None], key: str) -> QPushButton:
        """A button with an icon and a key of its own beside its mnemonic."""
        button = QPushButton(text)
        icons.put(button, icon)
        # Not the button's own shortcut: that would take its mnemonic away.
        QShortcut(QKeySequence(key), self).activated.connect(button.click)
        button.setToolTip(self.tr("{what} ({key})").format(what=text.replace("&", ""), key=key))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: slot())
        return button

    def _on_moved(self, factor: float, x: float, y: float) -> None:
        for view in self.views:
            if view is not self.sender():
                view.follow(factor, x, y)
