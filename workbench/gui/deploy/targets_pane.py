"""The targets of the project: cards to choose from, the chosen one in full, and a form to add or change one."""

from __future__ import annotations

from typing import Final

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QStackedLayout, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.deploy.credentials import LOOKS, AccessCheck, short_words
from workbench.gui.deploy.local_server import ServerState
from workbench.gui.deploy.server_status import short_look
from workbench.gui.deploy.target_card import TargetCard
from workbench.gui.deploy.target_form import TargetForm
from workbench.gui.deploy.target_session import TargetSession
from workbench.gui.deploy.targets_model import LOCAL, TargetRow, TargetsModel, names_of
from workbench.gui.deploy.targets_view import TargetsView
from workbench.gui.tab import scrolling
from workbench.gui.widgets.fitted_scroll import FittedScroll
from workbench.spec.targets.base import Target

CARD: Final = 250
"""Pixels the chosen target's card has at most; it scrolls beyond."""


class TargetsPane(QWidget):
    """The form takes the place of the cards as long as it is open."""

    def __init__(self, desk: TargetSession, access: AccessCheck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._access = desk, access
        self.model = TargetsModel(self)
        self.view = TargetsView(self.model)
        self.add_button = QPushButton(self.tr("&Add a target..."))
        self.add_button.setToolTip(self.tr("Vertex AI, a folder for TensorFlow Serving, or an ML Engine endpoint"))
        self.add_button.clicked.connect(self._on_add)
        icons.put(self.add_button, "add")
        self.card = TargetCard(desk, access)
        self.form = TargetForm()
        cards = QWidget()
        column = QVBoxLayout(cards)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.view, 1)
        column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(FittedScroll(self.card, CARD))
        column.addStretch(0)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(cards)
        self._pages.addWidget(scrolling(self.form))
        self.view.chosen.connect(desk.choose)
        self.card.edit_wanted.connect(self._on_edit)
        self.card.remove_wanted.connect(self._on_remove)
        self.form.saved.connect(self._on_saved)
        self.form.left.connect(lambda: self._show_form(False))
        desk.session.opened.connect(self._on_opened)
        for signal in (desk.chosen_changed, desk.changed, access.changed, desk.session.project_changed):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the targets as they are now."""
        self.model.set_rows([self._row(name) for name in names_of(self._desk.session.project)])
        self.view.choose(self._desk.name)

    def _row(self, name: str) -> TargetRow:
        project = self._desk.session.project
        assert project is not None
        target = project.target(name)
        word, icon, tone = self._state(name, target)
        return TargetRow(name, target, target.facts.practice, word, icon, tone)

    def _state(self, name: str, target: Target) -> tuple[str, str, str]:
        """What is known of a target: of the practice server, and of the one that was chosen."""
        server = self._desk.server
        if name == LOCAL:
            return short_look(server.state) if server.state is not ServerState.UNKNOWN else ("", "not-yet", "muted")
        if name != self._desk.name or target.facts.practice:
            return (self.tr("service shut down"), "alert", "warn") if target.is_closed() else ("", "not-yet", "muted")
        return (short_words(self._access), *LOOKS[self._access.state])

    def _on_add(self) -> None:
        self._show_form(True)
        self.form.begin(names_of(self._desk.session.project))

    def _on_edit(self) -> None:
        target = self._desk.target
        if target is not None:
            self._show_form(True)
            self.form.begin_with(self._desk.name, target)

    def _on_remove(self) -> None:
        project, name = self._desk.session.project, self._desk.name
        if project is not None and name in project.targets:
            rest = {key: target for key, target in project.targets.items() if key != name}
            words = self.tr("Remove target {name}").format(name=name)
            self._desk.session.edit(msgspec.structs.replace(project, targets=rest), words)

    def _on_saved(self, name: str, target: Target) -> None:
        project = self._desk.session.project
        if project is None:
            return
        known = name in project.targets
        words = self.tr("Edit target {name}") if known or name == LOCAL else self.tr("Add target {name}")
        targets = {**project.targets, name: target}
        self._show_form(False)
        self._desk.session.edit(msgspec.structs.replace(project, targets=targets), words.format(name=name))
        self._desk.choose(name)

    def _on_opened(self) -> None:
        self._pages.setCurrentIndex(0)

    def _show_form(self, shown: bool) -> None:
        self._pages.setCurrentIndex(1 if shown else 0)
        if not shown:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
