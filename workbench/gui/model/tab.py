"""The Model tab: open a model, see what its file says, and give it what it needs to be loaded."""

from __future__ import annotations

from typing import Final

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.dropped_files import file_icon
from workbench.gui.model.code_card import CodeCard
from workbench.gui.model.facts_column import FactsColumn
from workbench.gui.model.layers_card import LayersCard
from workbench.gui.model.notes import notes_of
from workbench.gui.model.remedies import ModelRemedies
from workbench.gui.project.open_request import needs_custom, waits_for_consent
from workbench.gui.project.recent_files import RecentFiles
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import Tab, TabState, scrolling
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.drop_zone import DropZone
from workbench.gui.widgets.file_list import FileList
from workbench.gui.widgets.fitted_scroll import FittedScroll
from workbench.gui.widgets.note_list import NoteList
from workbench.gui.widgets.primary_button import PrimaryButton

_LATER_MS: Final = 5
"""When the facts are shown after they have come."""

_SHOWN: Final = 5
"""Recent files on the empty page; the menu has all of them."""

_NOTES_HEIGHT: Final = 190


class ModelTab(Tab):
    """A drop zone while nothing is open; then facts on the left, what to know and the layers on the right."""

    open_wanted = Signal()
    sample_wanted = Signal()
    file_wanted = Signal(str)

    def __init__(self, session: ProjectSession, recent: RecentFiles, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._recent = session, recent
        self.remedies = ModelRemedies(session, self)
        self.zone = self._empty_state()
        self.code, self.notes, self.layers = CodeCard(), NoteList(), LayersCard()
        self.facts_column: FactsColumn | None = None
        self._left = scrolling(QWidget())
        self._notes_card = self._make_notes_card()
        self._nothing_below = QWidget()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.zone)
        self._stack.addWidget(self._facts_page())
        self.root.addWidget(self._stack, 1)
        self.code.allow_wanted.connect(self.remedies.allow_code)
        self.code.forbid_wanted.connect(self.remedies.forbid_code)
        self.code.custom_wanted.connect(self.remedies.choose_custom)
        self.code.custom_allowed.connect(self.remedies.allow_custom)
        self._soon = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._soon.timeout.connect(self._show_column)
        recent.changed.connect(self._show_recent)
        session.facts_changed.connect(self._on_facts_changed)
        session.project_changed.connect(self._on_project_changed)
        self._show_recent()

    @property
    def settled(self) -> bool:
        """Whether what is open is shown."""
        return not self._soon.isActive()

    def set_drag_hot(self, hot: bool) -> None:
        self.zone.set_hot(hot)

    def _empty_state(self) -> DropZone:
        text = self.tr(
            "A trained image model (.h5, .hdf5, .keras) or a project (.toml). You can drop it anywhere in this window."
        )
        zone = DropZone("model", self.tr("Drop a Keras model here"), text)
        self.open_button = PrimaryButton(self.tr("&Open..."), "open")
        self.open_button.clicked.connect(self.open_wanted)
        self.sample_button = QPushButton(self.tr("Open the sa&mple"))
        self.sample_button.clicked.connect(self.sample_wanted)
        icons.put(self.sample_button, "sample")
        for button in (self.open_button, self.sample_button):
            zone.add_button(button)
        self.recent_list = FileList(self.tr("Recent"))
        self.recent_list.chosen.connect(self.file_wanted)
        zone.add_below(self.recent_list)
        return zone

    def _make_notes_card(self) -> Card:
        card = Card(self.tr("Problems and repairs"), "info")
        card.body.addWidget(FittedScroll(self.notes, _NOTES_HEIGHT))
        return card

    def _facts_page(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.code)
        column.addWidget(self._notes_card)
        column.addWidget(self.layers, 1)
        column.addWidget(self._nothing_below, 1)
        page = QSplitter(Qt.Orientation.Horizontal)
        for side in (self._left, scrolling(right)):
            side.setMinimumWidth(340)
            page.addWidget(side)
        page.setChildrenCollapsible(False)
        page.setHandleWidth(12)
        page.setStretchFactor(0, 2)
        page.setStretchFactor(1, 3)
        page.setSizes([460, 840])
        page.setObjectName("model")
        return page

    def _show_recent(self) -> None:
        self.recent_list.set_files([(path, file_icon(path)) for path in self._recent.paths()[:_SHOWN]])

    def _on_facts_changed(self) -> None:
        facts = self._session.facts
        if facts is None:
            self._stack.setCurrentWidget(self.zone)
            self.set_state(TabState.NOT_YET)
            if self.facts_column is not None:
                self.enable_next(False)
            return
        notes = notes_of(facts)
        self.notes.set_notes(notes)
        self._notes_card.setVisible(bool(notes))
        self.code.show_facts(facts, self._session.custom)
        self.layers.set_layers(facts.layer_table)
        self.layers.setVisible(bool(facts.layer_table))
        self._nothing_below.setVisible(not facts.layer_table)
        # Laid out and painted a little later: the other tabs take theirs in this turn.
        self._soon.start()
        waits = waits_for_consent(facts) or needs_custom(facts)
        worth = waits or any(note.tone == "warn" for note in notes)
        self.set_state(TabState.ATTENTION if worth else TabState.DONE)

    def _show_column(self) -> None:
        facts = self._session.facts
        if facts is None:
            return
        if self.facts_column is None:
            self.add_footer(self.tr("&Next: Inputs"))
        self.enable_next(self._session.project is not None)
        self.facts_column = FactsColumn(facts, can_use_labels=self._can_use_labels())
        self.facts_column.labels_wanted.connect(self._on_labels_wanted)
        old = self._left.takeWidget()
        self._left.setWidget(self.facts_column)
        self.facts_column.setAutoFillBackground(False)
        if old is not None:
            old.deleteLater()
        self._stack.setCurrentIndex(1)

    def _can_use_labels(self) -> bool:
        facts, project = self._session.facts, self._session.project
        return facts is not None and project is not None and project.signature.labels != facts.labels

    def _on_project_changed(self) -> None:
        if self.facts_column is not None:
            self.facts_column.set_can_use_labels(self._can_use_labels())
            self.enable_next(self._session.project is not None)

    def _on_labels_wanted(self) -> None:
        facts, project = self._session.facts, self._session.project
        if facts is not None and project is not None:
            labelled = msgspec.structs.replace(project.signature, labels=facts.labels)
            self._session.set_signature(labelled, self.tr("Use the labels in the file"))
