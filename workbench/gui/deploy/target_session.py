"""Model of the selected target: one request at a time, sent once its server responds. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from PySide6.QtCore import QObject, QUrl, Signal

from workbench.gui.deploy.local_server import LocalServer, ServerState
from workbench.gui.deploy.targets_model import LOCAL
from workbench.gui.engine.job import EngineJob
from workbench.gui.engine.state import ENGINE_ENDED, EngineState
from workbench.gui.notices import Notice
from workbench.gui.project.session import ProjectSession
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import (
    AnyEvent,
    Failed,
    ListVersions,
    Request,
)
from workbench.spec.project import Project
from workbench.spec.targets.base import Target

NOT_FOUND: Final = "NOT_FOUND"
"""What a target says of a model it does not have: no error, only nothing yet."""


class TargetSession(QObject):
    """`model` is the model's name there. `chosen_changed`: another target, or the same with other settings.

    `moved` comes before it, and alone with another model: what was known of the versions there is of no use any more.
    """

    chosen_changed = Signal()
    changed = Signal()
    moved = Signal()
    failed = Signal(object)  # ErrorInfo

    def __init__(self, session: ProjectSession, server: LocalServer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.server = session, server
        self.name = LOCAL
        self.model = ""
        self._target: Target | None = None
        self._waiting: Callable[[], None] | None = None
        self._job: EngineJob | None = None
        self.told: Notice | None = None
        session.opened.connect(self._on_opened)
        session.project_changed.connect(self._on_project_changed)
        server.state_changed.connect(self._on_server_state)
        server.failed.connect(self._on_server_failed)

    @property
    def target(self) -> Target | None:
        """The chosen target; none without a project."""
        project = self.session.project
        known = project is not None and (self.name == LOCAL or self.name in project.targets)
        return project.target(self.name) if project is not None and known else None

    @property
    def busy(self) -> bool:
        """Whether something is asked of it just now."""
        return self._job is not None or self._waiting is not None

    @property
    def may_look(self) -> bool:
        """Whether something may be looked at unasked: an engine that died is started again by the user alone."""
        return self.session.engines.targets.state is not EngineState.ENDED

    @property
    def is_cloud(self) -> bool:
        """Whether it may want an account."""
        return self.target is not None and not self.target.facts.practice

    @property
    def needs_server(self) -> bool:
        """Whether it is the practice server that answers: by its kind, or because its address is that one."""
        project, target = self.session.project, self.target
        if project is None or target is None:
            return False
        return target.facts.practice or target.endpoint() == project.target(LOCAL).endpoint()

    @property
    def is_served(self) -> bool:
        """Whether it can be asked at once."""
        if not self.needs_server:
            return True
        target = self.target
        same = target is not None and self.server.address == QUrl(target.endpoint()).toString()
        return self.server.state.answers and same

    def complain(self, error: ErrorInfo) -> None:
        """Say what went wrong at the target, until something else is asked of it."""
        self.forgive()
        self.told = Notice(error.sentence())
        self.session.noticed.emit(self.told)

    def forgive(self) -> None:
        """What went wrong before is of no interest any more."""
        told, self.told = self.told, None
        if told is not None:
            self.session.withdrawn.emit(told)

    def choose(self, name: str) -> None:
        """Go to another target."""
        if name != self.name:
            self.name = name
            self._on_target()

    def set_model(self, name: str) -> None:
        """Another model there."""
        if name != self.model:
            self.model = name
            self.moved.emit()

    def look(self) -> None:
        """The target became visible: checks whether its server runs, without starting it."""
        target = self.target
        if target is not None and self.needs_server and not self.is_served:
            self.server.probe(target.endpoint())

    def about(self) -> dict[str, Any]:
        """What every request about a target carries."""
        project = self.session.project
        assert project is not None
        return {"id": 0, "project": project, "base": self.session.base, "target": self.name}

    def served(self, act: Callable[[], None]) -> None:
        """Do something once the server answers; start it if it does not."""
        target = self.target
        if target is None:
            return
        if self.is_served:
            act()
            return
        self._waiting = act
        self.changed.emit()
        self.server.ensure(target.endpoint())

    def ask(self, request: Request, title: str) -> EngineJob:
        """Send one request; until it has ended nothing else is asked."""
        job = self.session.engines.targets.send(request, title)
        self._job = job
        job.ended.connect(self._on_job_ended)
        self.changed.emit()
        return job

    def _on_job_ended(self, event: AnyEvent) -> None:
        job, self._job = self._job, None
        if isinstance(event, Failed):
            if self.needs_server and self.server.state is ServerState.THEIRS:
                # It may have gone since it was looked for.
                self.server.probe(self.server.address)
            empty = isinstance(job and job.request, ListVersions) and event.error.code == NOT_FOUND
            # The engine's own end is told by the session, with a button to start it again.
            if not empty and event.error.code != ENGINE_ENDED:
                self.failed.emit(event.error)
        self.changed.emit()

    def _on_server_state(self, state: ServerState) -> None:
        waiting, self._waiting = (self._waiting, None) if state.answers else (None, self._waiting)
        if waiting is not None:
            waiting()
        self.changed.emit()

    def _on_server_failed(self, sentence: str) -> None:
        self._waiting = None
        self.failed.emit(ErrorInfo("SERVER_FAILED", sentence))
        self.changed.emit()

    def _on_opened(self) -> None:
        self.name = LOCAL
        self._on_target()

    def _on_project_changed(self) -> None:
        if self.target is None:
            self.name = LOCAL
        if self.target != self._target:
            self._on_target()

    def _on_target(self) -> None:
        self._target = self.target
        self._waiting = None
        self.moved.emit()
        self.chosen_changed.emit()
        self.changed.emit()


def without_targets(project: Project | None) -> Project | None:
    """The project as far as an export and its verdict depend on it: where it goes is another matter."""
    return project and msgspec.structs.replace(project, targets={})
