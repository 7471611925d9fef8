"""The versions of the model at the target: look, choose, make one the default."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.texts import tr
from workbench.gui.versions_model import VersionsModel
from workbench.gui.widgets.calm_table import CalmTable
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.target import VersionInfo


class VersionsCard(Card):
    """A table with Refresh and Set default; says what to do where it is empty."""

    refresh_wanted = Signal()
    default_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("VersionsCard", "Versions"), "model", parent)
        self._busy = False
        self.table = VersionsModel(self)
        self.view = self._make_view()
        self.refresh_button = QPushButton(self.tr("R&efresh"))
        self.refresh_button.clicked.connect(self.refresh_wanted)
        icons.put(self.refresh_button, "refresh")
        self.default_button = QPushButton(self.tr("Set as defa&ult"))
        self.default_button.clicked.connect(self._on_default)
        icons.put(self.default_button, "default")
        self._empty = ToneLabel(self.tr("No versions are known yet. Push one, or look with Refresh."), "muted")
        self.head.addWidget(self.default_button)
        self.head.addWidget(self.refresh_button)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self.view, 1)
        self.set_versions(())

    def chosen(self) -> VersionInfo | None:
        """The version that is selected."""
        rows = self.view.selectionModel().selectedRows()
        return self.table.versions[rows[0].row()] if rows else None

    def set_versions(self, versions: tuple[VersionInfo, ...]) -> None:
        """Show versions; the default one is chosen."""
        self.table.set_versions(versions)
        self._empty.setVisible(not versions)
        self.view.setVisible(bool(versions))
        default = next((n for n, v in enumerate(versions) if v.default), -1)
        if default >= 0:
            self.view.selectRow(default)
        self._on_chosen()

    def set_busy(self, busy: bool, ready: bool) -> None:
        """While something is asked of the target the buttons rest."""
        self.refresh_button.setEnabled(ready and not busy)
        self._busy = busy
        self._on_chosen()

    def _make_view(self) -> CalmTable:
        view = CalmTable(self.tr("Versions"), 30)
        view.setModel(self.table)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.selectionModel().selectionChanged.connect(self._on_chosen)
        return view

    def _on_chosen(self) -> None:
        version = self.chosen()
        self.default_button.setEnabled(version is not None and not version.default and not self._busy)

    def _on_default(self) -> None:
        version = self.chosen()
        if version is not None:
            self.default_wanted.emit(version.name)
