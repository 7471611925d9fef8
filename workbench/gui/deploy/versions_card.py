"""The versions of the model at the chosen target: look, make one the default, go back, share, compare, delete."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.deploy.target_session import TargetSession
from workbench.gui.deploy.traffic_panel import TrafficPanel
from workbench.gui.deploy.version_listing import VersionListing
from workbench.gui.deploy.versions_model import VersionColumn, VersionsModel
from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card, row
from workbench.gui.widgets.inline_confirmation import InlineConfirmation
from workbench.gui.widgets.row_table import RowTable, add_copy
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.target import VersionInfo


class VersionsCard(Card):
    """What callers would notice, or what cannot be undone, is asked for in the card; `compare_wanted` is old, new."""

    compare_wanted = Signal(str, str)

    def __init__(self, desk: TargetSession, listing: VersionListing, parent: QWidget | None = None) -> None:
        super().__init__(tr("VersionsCard", "Versions"), "model", parent)
        self._desk, self._listing = desk, listing
        self._ready = False
        self.table = VersionsModel(self)
        self.view = self._make_view()
        self.confirm, self.traffic = InlineConfirmation(self), TrafficPanel(self)
        self.traffic.share_wanted.connect(listing.set_traffic)
        self._empty = ToneLabel("", "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refresh_button = self._button(self.tr("Refresh"), "refresh", listing.refresh)
        self.default_button = self._button(self.tr("Set as defa&ult"), "default", self._on_default)
        self.back_button = self._button(self.tr("Roll &back"), "undo", self._on_back)
        self.traffic_button = self._button(self.tr("Traff&ic..."), "split", self._on_traffic)
        self.compare_button = self._button(self.tr("C&ompare"), "compare", self._on_compare)
        self.delete_button = self._button(self.tr("&Delete..."), "delete", self._on_delete)
        self.refresh_button.setToolTip(self.tr("Refresh the list of versions (F5)"))
        QShortcut(QKeySequence.StandardKey.Refresh, self).activated.connect(self.refresh_button.click)
        self.delete_button.setToolTip(self.tr("Delete the selected version permanently (Delete)"))
        keys = QShortcut(QKeySequence.StandardKey.Delete, self.view)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.delete_button.click)
        self.head.addWidget(self.refresh_button)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self.view, 1)
        self.body.addWidget(self.confirm)
        self.body.addWidget(self.traffic)
        buttons = (self.default_button, self.back_button, self.traffic_button, self.compare_button, self.delete_button)
        self._acts = QWidget()
        acts = row(*buttons, spacing=6)
        acts.setContentsMargins(0, 0, 0, 0)
        self._acts.setLayout(acts)
        self.body.addWidget(self._acts)
        self.body.addStretch(0)
        for panel in (self.confirm, self.traffic):
            panel.asked.connect(self._make_room)
        listing.changed.connect(self._on_versions)
        desk.chosen_changed.connect(self._on_chosen_target)
        self._on_versions()

    def chosen(self) -> VersionInfo | None:
        """The version that is selected last."""
        rows = self.view.selectionModel().selectedRows()
        return self.table.versions[rows[-1].row()] if rows else None

    def set_ready(self, ready: bool) -> None:
        """While something is asked of the target, or the settings are wrong, the buttons rest."""
        self._ready = ready
        self._enable()

    def empty_text(self) -> str:
        """What is said where there are no versions; nothing where there are."""
        return "" if self.table.versions else self._empty.text()

    def _make_view(self) -> RowTable:
        view = RowTable(self.tr("Versions"), 30)
        view.setModel(self.table)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(VersionColumn.STATE, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        view.selectionModel().selectionChanged.connect(self._enable)
        add_copy(view, self.tr("Copy rows"))
        return view

    def _button(self, text: str, icon: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: act())  # type: ignore[operator]
        icons.put(button, icon)
        return button

    def _make_room(self, _asked: bool) -> None:
        """What is asked is seen whole, however low the window is; the shares stand for the table they are of."""
        sharing = not self.traffic.isHidden()
        asking = sharing or self.confirm.asking
        self._acts.setVisible(not asking)
        self.view.setVisible(bool(self.table.versions) and not sharing)
        self.body.activate()
        # Texts that wrap tell their height only for a width: the splitter would cut them.
        self.setMinimumHeight(self.body.minimumHeightForWidth(self.width()) if asking else 0)

    def _on_chosen_target(self) -> None:
        target = self._desk.target
        self.traffic_button.setVisible(target is not None and target.facts.splits_traffic)
        self._on_versions()

    def _on_versions(self) -> None:
        """Show the versions; the default one is chosen."""
        versions = self._listing.versions
        self.confirm.withdraw()
        self.traffic.leave()
        self.table.set_versions(versions)
        for column in (VersionColumn.TRAFFIC, VersionColumn.ALIASES, VersionColumn.SIZE):
            self.view.setColumnHidden(column, not self.table.has(column))
        self._empty.setText(self._empty_words())
        self._empty.setVisible(not versions)
        self.view.setVisible(bool(versions))
        default = next((n for n, v in enumerate(versions) if v.default), -1)
        if default >= 0:
            self.view.selectRow(default)
        self._enable()

    def _empty_words(self) -> str:
        if self._listing.looked:
            text = self.tr("'{model}' has no versions at {target} yet. Push the first one.")
            return text.format(model=self._desk.model, target=self._desk.name)
        return self.tr("No versions yet.")

    def _enable(self) -> None:
        version, several = self.chosen(), len(self.table.versions) > 1
        self.refresh_button.setEnabled(self._ready)
        self.default_button.setEnabled(self._ready and version is not None and not version.default)
        self.back_button.setEnabled(self._ready and several)
        self.traffic_button.setEnabled(self._ready and bool(self.table.versions))
        self.delete_button.setEnabled(self._ready and version is not None)
        pair = self._pair()
        self.compare_button.setEnabled(self._ready and pair is not None)
        text = self.tr("Differences for callers between {old} and {new}")
        hint = self.tr("Select a version to compare with the default version, or two with Ctrl or Shift.")
        self.compare_button.setToolTip(text.format(old=pair[0], new=pair[1]) if pair else hint)

    def _pair(self) -> tuple[str, str] | None:
        """Old and new: two that are chosen, in the table's order; one that is chosen is compared with the default."""
        places = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        names = [self.table.versions[place].name for place in places]
        if len(names) == 2:
            return names[0], names[1]
        default = next((v.name for v in self.table.versions if v.default), "")
        return (default, names[0]) if len(names) == 1 and default and default != names[0] else None

    def _on_default(self) -> None:
        version = self.chosen()
        if version is None:
            return
        if not self._desk.is_cloud:
            self._listing.set_default(version.name)
            return
        target = self._desk.target
        costs = target.traffic_costs() if target is not None and version.traffic is None else ()
        text = self.tr("Callers of '{model}' who name no version get it immediately.").format(model=self._desk.model)
        title = self.tr("Set {version} as default at {target}?")
        self._ask(title, version, (text, *costs), self.tr("Set as default"), self._listing.set_default)

    def _on_back(self) -> None:
        text = self.tr("Callers of '{model}' get the version that was the default before.")
        title = self.tr("Roll back at {target}?").format(target=self._desk.name)
        self.traffic.leave()
        sentences = (text.format(model=self._desk.model),)
        self.confirm.ask(title, sentences, self.tr("Roll back"), self._listing.roll_back)

    def _on_delete(self) -> None:
        version = self.chosen()
        if version is not None:
            text = self.tr("Its files and name are deleted permanently. This cannot be undone.")
            title = self.tr("Delete {version} of '{model}' at {target}?")
            self._ask(title, version, (text,), self.tr("Delete permanently"), self._listing.delete)

    def _ask(self, title: str, version: VersionInfo, sentences: tuple[str, ...], act: str, then: object) -> None:
        desk, name = self._desk, version.name
        self.traffic.leave()
        words = title.format(version=name, model=desk.model, target=desk.name)
        self.confirm.ask(words, sentences, act, lambda: then(name))  # type: ignore[operator]

    def _on_traffic(self) -> None:
        if self._desk.target is not None:
            self.confirm.withdraw()
            self.traffic.begin(self.table.versions, self._desk.target)

    def _on_compare(self) -> None:
        pair = self._pair()
        if pair is not None:
            self.compare_wanted.emit(*pair)
