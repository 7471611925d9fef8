"""The log as a panel below the tabs: live output of the engines, selectable."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.engine.child_process import LOG_LINES
from workbench.gui.project.session import ProjectSession
from workbench.gui.widgets.tone_label import ToneLabel


class LogPanel(QDockWidget):
    """Hidden until asked for; lines that came before it was made are in it."""

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Log"))
        self.setObjectName("log")
        self.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea)
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.view = QPlainTextEdit(readOnly=True)
        self.view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setMaximumBlockCount(LOG_LINES)
        self.view.setPlaceholderText(self.tr("The log is empty."))
        self.view.setAccessibleName(self.tr("Log"))
        self.view.setTabChangesFocus(True)
        self.copy_button = QPushButton(self.tr("Copy all"))
        self.copy_button.clicked.connect(self._on_copy)
        icons.put(self.copy_button, "copy")
        close = QPushButton(self.tr("Close the log"))
        close.setToolTip(self.tr("Reopen it with Ctrl+L or the Engine menu"))
        close.clicked.connect(self.hide)
        icons.put(close, "close")
        head = QHBoxLayout()
        head.addWidget(ToneLabel(self.tr("Log of the engines"), bold=True))
        head.addStretch(1)
        head.addWidget(self.copy_button)
        head.addWidget(close)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        self.setWidget(body)
        self.setTitleBarWidget(QWidget())
        self.view.setPlainText("\n".join(session.engines.log_lines()))
        for client in (session.engines.models, session.engines.targets):
            client.logged.connect(self.view.appendPlainText)
        self.hide()

    def text(self) -> str:
        """All that stands in it."""
        return self.view.toPlainText()

    def set_shown(self, shown: bool) -> None:
        """Show or hide it; shown, it has the keys."""
        self.setVisible(shown)
        if shown:
            self.view.setFocus()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
