"""The Deploy tab: pass the gate for the chosen target, push the tested export there, see its versions, call one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from workbench.gui.deploy.credentials import AccessCheck
from workbench.gui.deploy.local_server import LocalServer, ServerState
from workbench.gui.deploy.push_page import PushPage
from workbench.gui.deploy.target_actions import TargetActions
from workbench.gui.deploy.target_session import TargetSession, without_targets
from workbench.gui.deploy.targets_model import LOCAL
from workbench.gui.deploy.version_listing import VersionListing
from workbench.gui.gate.panel import GatePanel
from workbench.gui.gate.status import badge, will_record
from workbench.gui.notices import ErrorRemedy, remedy_for
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import Tab, TabState
from workbench.gui.widgets.pages import Pages
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Failed, VersionPushed
from workbench.spec.project import Project

GATE_FAILED: Final = "GATE_FAILED"
"""The error code of a push that the release gate refused."""

AGAIN_MS: Final = 15_000
"""How often the versions at a target that costs nothing are looked at anew while they are shown."""

CHANGED: Final = "CHANGED_SINCE_CHECK"
"""The error code of a push that is held because a file is not the one that was judged."""


class DeployTab(Tab):
    """What is asked of the practice server waits until that answers; nothing is asked of a target nobody chose."""

    def __init__(self, session: ProjectSession, server: LocalServer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._server = session, server
        self._pushed: Project | None = None
        self._refused: tuple[Project | None, str, str] = (None, "", "")
        self.desk = TargetSession(session, server, self)
        self.listing = VersionListing(self.desk, self)
        self.access = AccessCheck(self.desk, self)
        self.gate = GatePanel(session)
        self.push_page = page = PushPage(self.desk, self.listing, self.access)
        self.push_card, self.versions_card, self.call_card = page.push, page.versions, page.call
        self.server_line = page.targets.card.server
        self.acts = TargetActions(self.desk, self.listing, page, self.gate, self)
        self.pages = Pages(self.tr("Deploy pages"))
        self.pages.add(self.gate, self.tr("Re&lease gate"))
        self.pages.add(self.push_page, self.tr("Push and ver&sions"))
        self.root.addWidget(self.pages, 1)
        self._again = QTimer(self, interval=AGAIN_MS)
        self._connect()
        self._on_chosen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def take_images(self, paths: tuple[str, ...]) -> bool:
        """Take dropped images: for the gate if that is looked at, else for a call; whether they were taken."""
        if not paths or not self.isVisible() or self._session.project is None:
            return False
        if self.pages.current() is self.gate:
            self.gate.set_images(paths)
        else:
            self.push_page.below.show_page(self.call_card)
            self.call_card.drop(paths)
        return True

    def _connect(self) -> None:
        session, desk = self._session, self.desk
        session.opened.connect(self._on_opened)
        session.project_changed.connect(self._on_project_changed)
        session.reread.connect(self._on_reread)
        session.files.changed.connect(self._enable)
        session.call_inputs_changed.connect(lambda: self.call_card.set_selected(session.call_inputs.paths))
        self.gate.run_wanted.connect(self._on_check)
        self.gate.push_wanted.connect(self._on_push_from_gate)
        self.gate.run.changed.connect(self._on_gate)
        self._server.state_changed.connect(self._on_server_state)
        self.pages.shown.connect(lambda _place: self._look())
        desk.chosen_changed.connect(self._on_chosen)
        desk.changed.connect(self._enable)
        desk.failed.connect(self._on_failed)
        self.access.found.connect(self._look_at_versions)
        self.listing.changed.connect(self._on_versions)
        self._again.timeout.connect(self._on_again)
        self._again.start()
        self.acts.pushed.connect(self._on_pushed)

    def _on_opened(self) -> None:
        self._pushed, self._refused = None, (None, "", "")
        self.push_card.suggest(self._session.model_path)
        self.set_state(TabState.NOT_YET)

    def _on_project_changed(self) -> None:
        if self.state is TabState.DONE and self._pushed != without_targets(self._session.project):
            self.set_state(TabState.ATTENTION)
        self._enable()

    def _on_reread(self) -> None:
        # Another model in the same project: its name at the target and the target stay.
        if self.state is TabState.DONE:
            self.set_state(TabState.ATTENTION)
        self._enable()

    def _on_chosen(self) -> None:
        """Another target, or the same with other settings."""
        self.desk.forgive()
        self.gate.run.set_target(self.desk.name)
        text = self.tr("Re&lease gate")
        named = text if self.desk.name == LOCAL else self.tr("{gate} for {target}")
        self.pages.bar.setTabText(0, named.format(gate=text, target=self.desk.name))
        self._enable()
        self._look()

    def _look(self) -> None:
        """See what can be seen of the target that is looked at: its server, its credentials, its versions."""
        if not self.isVisible() or self._session.project is None:
            return
        self.desk.look()
        if self.pages.current() is not self.push_page:
            return
        self.access.look()
        if not self.access.needed:
            self._look_at_versions()

    def _look_at_versions(self) -> None:
        target = self.desk.target
        idle = self.desk.may_look and target is not None and not self.desk.busy and not self.listing.looked
        here = self.isVisible() and idle and bool(self.desk.model)
        # Showing the tab does not start a server.
        if here and target is not None and (self.desk.is_served or target.facts.files_only):
            self.listing.refresh()
        elif self.isVisible() and self.listing.looked:
            self.listing.look_again()

    def _on_versions(self) -> None:
        desk = self.desk
        names = [f"{desk.name}/{desk.model}/{version.name}" for version in self.listing.versions]
        self.gate.head.inputs.offer_versions([f"{desk.name}/{desk.model}", *names] if names else [])

    def _on_again(self) -> None:
        """Others may change a target, too. A cloud is asked only where the page is shown: its answers are counted."""
        if self.push_page.isVisible() and not self.desk.is_cloud:
            self.listing.look_again()

    def _on_server_state(self, state: ServerState) -> None:
        if state.answers and self.desk.needs_server:
            self._look_at_versions()

    def _enable(self) -> None:
        problems = self._session.problems()
        clean = self._session.project is not None and not problems
        free = not self.desk.busy and not self.gate.run.running
        self.setEnabled(self._session.project is not None)
        mend = self.tr("Fix the settings first: {what}")
        self.gate.set_busy(self.tr("Target busy") if self.desk.busy else "")
        self.push_card.set_gate(self._objection(), badge(self.gate.run), will_record(self.gate.run))
        held = self._held()
        why = mend.format(what=problems[0].message) if problems else held
        self.push_card.set_ready(clean and free and not held, why)
        self.gate.set_push(self.push_card.button.isEnabled(), self.desk.name)
        self.versions_card.set_ready(clean and free)
        self.call_card.set_ready(clean and free)

    def _held(self) -> str:
        """Why nothing is pushed before it has been reloaded; empty where every file is what was read."""
        text = self.tr("{file} has changed on the disk. Reload it before a push.")
        return next((text.format(file=Path(path).name) for path in self._session.files.outdated), "")

    def _objection(self) -> str:
        """What the gate has against a push: by its verdict here, or by the one that a push asked for by itself."""
        project, target, sentence = self._refused
        same = project == without_targets(self._session.project) and target == self.desk.name
        return self.gate.objection or (sentence if same else "")

    def _on_check(self) -> None:
        # A version to compare with may be at the practice server, which then has to answer.
        if self.gate.against:
            self.desk.served(self.gate.start)
        else:
            self.gate.start()

    def _on_push_from_gate(self) -> None:
        self.pages.show_page(self.push_page)
        self.push_page.below.show_page(self.push_card)
        self.push_card.button.click()

    def _on_gate(self) -> None:
        if self.gate.run.running:
            self._refused = (None, "", "")
        shown = badge(self.gate.run)
        self.pages.set_icon(0, shown.icon, shown.tone)
        self._enable()

    def _on_failed(self, error: ErrorInfo) -> None:
        """Say it, unless the push card does, where the push was begun."""
        if error.code == GATE_FAILED or (error.code == CHANGED and self.push_page.isVisible()):
            return
        if remedy_for(error, self._session.facts) is not ErrorRemedy.NONE:
            self._session.complain(error)
        else:
            self.desk.complain(error)

    def _on_pushed(self, event: AnyEvent, project: Project, target: str) -> None:
        if isinstance(event, Failed) and event.error.code == GATE_FAILED:
            self._refused = (without_targets(project), target, event.error.message)
            self._enable()
        if isinstance(event, Failed) and event.error.code == CHANGED:
            self.gate.run.set_changed(event.error.where or event.error.code)
        self.set_state(TabState.DONE if isinstance(event, VersionPushed) else TabState.ATTENTION)
        if isinstance(event, VersionPushed):
            self._pushed = without_targets(project)
