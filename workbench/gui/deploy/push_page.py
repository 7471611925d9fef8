"""Push and versions: the targets on the left; on the right the versions, and below what one does with them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from workbench.gui.deploy.call_card import CallCard
from workbench.gui.deploy.compare_page import ComparePage
from workbench.gui.deploy.credentials import AccessCheck
from workbench.gui.deploy.log_page import LogPage
from workbench.gui.deploy.plan_page import PlanPage
from workbench.gui.deploy.push_card import PushCard
from workbench.gui.deploy.target_session import TargetSession
from workbench.gui.deploy.targets_pane import TargetsPane
from workbench.gui.deploy.version_listing import VersionListing
from workbench.gui.deploy.versions_card import VersionsCard
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.pages import Pages

LEFT: Final = 300
"""Pixels the left column has at least."""

WIDEST: Final = 460
"""And at most."""

LOWEST: Final = 120
"""Pixels that what is below the versions has at least."""


class PushPage(QWidget):
    """Lays out; what it does is told by `DeployTab`."""

    def __init__(
        self, desk: TargetSession, listing: VersionListing, access: AccessCheck, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.targets = TargetsPane(desk, access)
        self.push = PushCard()
        self.versions = VersionsCard(desk, listing)
        self.call, self.plan = CallCard(), PlanPage()
        self.compare, self.log = ComparePage(), LogPage()
        self.below = Pages(self.tr("Target pages"))
        self.below.add(self.push, self.tr("Push a &version"))
        self.below.add(self.call, self.tr("&Call it"))
        self.below.add(self.plan, self.tr("Dry ru&n"))
        self.below.add(self.compare, self.tr("Co&mparison"))
        self.below.add(self.log, self.tr("&Release log"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        self.targets.setMinimumWidth(LEFT)
        self.targets.setMaximumWidth(WIDEST)
        layout.addWidget(self.targets, 2)
        layout.addLayout(self._right(), 5)

    def _right(self) -> QVBoxLayout:
        card = Card()
        card.body.setContentsMargins(16, 8, 16, 14)
        card.body.addWidget(self.below)
        # The versions above go first where the window is low: a question there has to be seen whole.
        card.setMinimumHeight(LOWEST)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(self.versions)
        both.addWidget(card)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(12)
        both.setSizes([240, 330])
        both.setObjectName("deploy")
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(both, 1)
        return column
