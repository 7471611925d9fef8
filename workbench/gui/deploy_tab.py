"""The Deploy tab: push the tested export as a version, see the versions, call one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from workbench.gui.call_card import CallCard
from workbench.gui.gate.panel import GatePanel
from workbench.gui.gate.words import badge
from workbench.gui.job import Job
from workbench.gui.local_server import LocalServer, ServerState
from workbench.gui.push_card import PushCard
from workbench.gui.server_card import ServerCard
from workbench.gui.session import Session
from workbench.gui.tab import Tab, TabState, scrolling
from workbench.gui.versions_card import VersionsCard
from workbench.gui.widgets.pages import Pages
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AnyEvent, Call, Failed, Pushed, Rows, SetDefault, VersionList, Versions
from workbench.spec.messages import Push as PushRequest
from workbench.spec.project import Project
from workbench.spec.target import VersionInfo

GATE_FAILED: Final = "GATE_FAILED"
"""The error code of a push that the release gate refused."""


class DeployTab(Tab):
    """One target for now: `local`. What is asked of it waits until its server answers."""

    def __init__(self, session: Session, server: LocalServer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._server = session, server
        self._waiting: Callable[[], None] | None = None
        self._job: Job | None = None
        self._pushed: Project | None = None
        self._refused: tuple[Project | None, str] = (None, "")
        self.gate = GatePanel(session)
        self.server_card = ServerCard(session, server)
        self.push_card = PushCard()
        self.versions_card = VersionsCard()
        self.call_card = CallCard()
        self._lay_out()
        self._connect()
        self._enable()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        project = self._session.project
        if project is not None and not self._server.state.answers:
            self._server.probe(project.target("local").endpoint())

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.server_card)
        column.addWidget(self.push_card, 1)
        area = scrolling(left)
        area.setMinimumWidth(380)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.versions_card)
        right.addWidget(self.call_card)
        right.setChildrenCollapsible(False)
        right.setHandleWidth(12)
        right.setSizes([240, 300])
        right.setObjectName("deploy")
        self.push_page = QWidget()
        columns = QHBoxLayout(self.push_page)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addWidget(area, 2)
        columns.addWidget(right, 4)
        self.pages = Pages(self.tr("Parts of deploying"))
        self.pages.add(self.gate, self.tr("Re&lease gate"))
        self.pages.add(self.push_page, self.tr("Push and ver&sions"))
        self.root.addWidget(self.pages, 1)

    def _connect(self) -> None:
        self._session.opened.connect(self._on_opened)
        self._session.project_changed.connect(self._on_project_changed)
        self._session.call_inputs_changed.connect(self._on_call_inputs)
        self.gate.run_wanted.connect(self._on_check)
        self.gate.run.changed.connect(self._on_gate)
        self._server.state_changed.connect(self._on_server_state)
        self._server.failed.connect(self._on_server_failed)
        self.push_card.push_wanted.connect(self._on_push)
        self.push_card.model_changed.connect(self._on_model_changed)
        self.versions_card.refresh_wanted.connect(self._on_refresh)
        self.versions_card.default_wanted.connect(self._on_default)
        self.call_card.call_wanted.connect(self._on_call)

    def _on_opened(self) -> None:
        self._pushed, self._refused = None, (None, "")
        self.push_card.suggest(self._session.model_path)
        self.versions_card.set_versions(())
        self.set_state(TabState.NOT_YET)

    def _on_project_changed(self) -> None:
        if self.state is TabState.DONE and self._pushed != self._session.project:
            self.set_state(TabState.ATTENTION)
        self._enable()

    def _on_model_changed(self, _name: str) -> None:
        self.versions_card.set_versions(())

    def _on_call_inputs(self) -> None:
        self.call_card.set_selected(self._session.call_inputs.paths)

    def _enable(self) -> None:
        problems = self._session.problems()
        clean = self._session.project is not None and not problems
        free = self._job is None and self._waiting is None and not self.gate.run.running
        self.setEnabled(self._session.project is not None)
        mend = self.tr("Mend the settings first: {what}")
        busy = self._job is not None or self._waiting is not None
        self.gate.set_busy(self.tr("The target is being asked for something else.") if busy else "")
        self.push_card.set_gate(self._objection())
        self.push_card.set_ready(clean and free, mend.format(what=problems[0].message) if problems else "")
        self.versions_card.set_busy(not free, ready=clean)
        self.call_card.set_ready(clean and free)

    def _objection(self) -> str:
        """What the gate has against a push: by its verdict here, or by the one that a push asked for by itself."""
        project, sentence = self._refused
        return self.gate.objection or (sentence if project == self._session.project else "")

    def _served(self, act: Callable[[], None]) -> None:
        """Do something once the server answers; start it if it does not."""
        project = self._session.project
        if project is None:
            return
        if self._server.state.answers:
            act()
            return
        self._waiting = act
        self._enable()
        self._server.ensure(project.target("local").endpoint())

    def _on_server_state(self, state: ServerState) -> None:
        waiting, self._waiting = (self._waiting, None) if state.answers else (None, self._waiting)
        if waiting is not None:
            waiting()
        elif state.answers and self._job is None and self.isVisible() and not self.versions_card.table.versions:
            self._ask_versions()
        self._enable()

    def _on_server_failed(self, sentence: str) -> None:
        self._waiting = None
        self._session.complain(ErrorInfo("SERVER_FAILED", sentence))
        self._enable()

    def take_images(self, paths: tuple[str, ...]) -> bool:
        """Take dropped images for the gate if it is looked at; whether they were taken."""
        wanted = (
            bool(paths) and self.isVisible() and self.pages.current() is self.gate and self._session.project is not None
        )
        if wanted:
            self.gate.set_images(paths)
        return wanted

    def _on_check(self) -> None:
        # A version to compare with may be at the local target, whose server then has to answer.
        if self.gate.against:
            self._served(self.gate.start)
        else:
            self.gate.start()

    def _on_gate(self) -> None:
        if self.gate.run.running:
            self._refused = (None, "")
        shown = badge(self.gate.run)
        self.pages.set_icon(0, shown.icon, shown.tone)
        self._enable()

    def _on_push(self) -> None:
        self._served(self._push)

    def _on_refresh(self) -> None:
        self._served(self._ask_versions)

    def _on_default(self, version: str) -> None:
        self._served(lambda: self._set_default(version))

    def _on_call(self, paths: list[str]) -> None:
        self._served(lambda: self._call(tuple(paths)))

    def _push(self) -> None:
        project = self._session.project
        if project is None:
            return
        card = self.push_card
        request = PushRequest(
            id=0,
            project=project,
            base=self._session.base,
            model=card.model.text(),
            version=card.version.text(),
            default=card.default.isChecked(),
            override=card.reason,
        )
        card.begin()
        job = self._ask(request, self.tr("Pushing {model}").format(model=request.model))
        job.progressed.connect(card.on_progress)
        job.ended.connect(lambda event: self._on_pushed(event, project))

    def _on_pushed(self, event: AnyEvent, project: Project) -> None:
        self.push_card.end(event)
        if isinstance(event, Failed) and event.error.code == GATE_FAILED:
            self._refused = (project, event.error.message)
            self._enable()
        self.set_state(TabState.DONE if isinstance(event, Pushed) else TabState.ATTENTION)
        if isinstance(event, Pushed):
            self._pushed = project
            self._ask_versions()

    def _ask_versions(self) -> None:
        project = self._session.project
        if project is not None:
            request = Versions(id=0, project=project, model=self.push_card.model.text())
            self._ask(request, self.tr("Listing the versions")).ended.connect(self._on_versions)

    def _set_default(self, version: str) -> None:
        project = self._session.project
        if project is not None:
            request = SetDefault(id=0, project=project, model=self.push_card.model.text(), version=version)
            title = self.tr("Making {version} the default").format(version=version)
            self._ask(request, title).ended.connect(self._on_versions)

    def _on_versions(self, event: AnyEvent) -> None:
        if isinstance(event, VersionList):
            self.versions_card.set_versions(event.versions)

    def _call(self, paths: tuple[str, ...]) -> None:
        project = self._session.project
        if project is None:
            return
        inputs, version = self._session.call_inputs, self.versions_card.chosen()
        request = Call(
            id=0,
            project=project,
            base=self._session.base,
            model=self.push_card.model.text(),
            inputs=paths,
            version=_name(version),
            values=inputs.values,
            features=inputs.features,
        )
        self.call_card.begin()
        job = self._ask(request, self.tr("Calling {model}").format(model=request.model))
        job.rows_came.connect(self._on_rows)

    def _on_rows(self, event: Rows) -> None:
        self.call_card.add_rows(event.rows)

    def _ask(self, request: PushRequest | Versions | SetDefault | Call, title: str) -> Job:
        job = self._session.ask_deploy(request, title)
        self._job = job
        job.ended.connect(self._on_job_ended)
        self._enable()
        return job

    def _on_job_ended(self, event: AnyEvent) -> None:
        self._job = None
        if isinstance(event, Failed) and self._server.state is ServerState.THEIRS:
            # It may have gone since it was looked for.
            self._server.probe(self._server.address)
        self._enable()


def _name(version: VersionInfo | None) -> str:
    """A version's name; the default one is asked for by no name, as callers do."""
    return "" if version is None or version.default else version.name
