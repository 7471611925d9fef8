"""Scroll area that is as high as its content, up to a maximum."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class FittedScroll(QScrollArea):
    """For texts that wrap: their height is asked for at the width there is."""

    def __init__(self, content: QWidget, highest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self._highest = highest
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        content.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        needed = self._content.heightForWidth(self.viewport().width())
        needed = self._content.sizeHint().height() if needed < 0 else needed
        height = min(needed, self._highest)
        if height != self.maximumHeight() or height != self.minimumHeight():
            self.setFixedHeight(height)
