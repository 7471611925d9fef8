"""The keys that come back unchanged: a table, and the buttons that add and remove."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from workbench.gui import icons
from workbench.gui.signature.key_rows import passthrough_rows
from workbench.gui.signature.key_table import KeyTable
from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.project import Project
from workbench.spec.signature import Composition


class PassthroughCard(Card):
    """Delete removes the chosen key, too."""

    add_wanted = Signal()
    remove_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("PassthroughCard", "Passthrough keys"), "refresh", parent)
        headings = (self.tr("Key"), self.tr("Key in the reply"), self.tr("Type"), self.tr("Shape"), self.tr("Default"))
        self.table = KeyTable(self.tr("Passthrough keys"), headings)
        self.add_button = QPushButton(self.tr("A&dd"))
        self.add_button.setAccessibleName(self.tr("Add a passthrough key"))
        self.add_button.clicked.connect(self.add_wanted)
        icons.put(self.add_button, "add")
        self.remove_button = QToolButton()
        self.remove_button.setToolTip(self.tr("Remove the selected key (Delete)"))
        self.remove_button.setAccessibleName(self.tr("Remove the selected passthrough key"))
        self.remove_button.clicked.connect(self._on_remove)
        self.remove_button.setEnabled(False)
        icons.put(self.remove_button, "remove")
        self._word = ToneLabel(
            self.tr("Returned unchanged in the reply, so that callers can match predictions to instances."),
            "muted",
            scale=0.92,
        )
        self._word.setWordWrap(True)
        self.head.addWidget(self.add_button)
        self.head.addWidget(self.remove_button)
        self.body.addWidget(self.table)
        self.body.addWidget(self._word)
        self.table.chosen_changed.connect(lambda row: self.remove_button.setEnabled(row >= 0))
        self.table.view.installEventFilter(self)

    def show_project(self, project: Project, composition: Composition) -> None:
        """Show a project's keys."""
        self.table.set_rows(passthrough_rows(project), composition.problems, composition.notes)
        self.remove_button.setEnabled(self.table.chosen() >= 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if is_key and event.key() == Qt.Key.Key_Delete:  # type: ignore[attr-defined] # a QKeyEvent by now
            self._on_remove()
            return True
        return super().eventFilter(watched, event)

    def _on_remove(self) -> None:
        if self.table.chosen() >= 0:
            self.remove_wanted.emit(self.table.chosen())
