"""As whom the chosen target would be asked: checked in the background when the target is selected."""

from __future__ import annotations

import enum
from typing import Final

from PySide6.QtCore import QObject, Signal

from workbench.gui.deploy.target_session import TargetSession
from workbench.gui.engine.job import EngineJob
from workbench.gui.project.session import ProjectSession
from workbench.gui.texts import tr
from workbench.spec.access import Access
from workbench.spec.errors import ErrorInfo
from workbench.spec.messages import AccessReport, AnyEvent, CheckAccess, Failed


class AccessState(enum.Enum):
    """Where one is with the credentials."""

    NOT_NEEDED = "not-needed"
    NOT_ASKED = "not-asked"
    ASKING = "asking"
    FOUND = "found"
    LACKING = "lacking"
    NONE = "none"
    FAILED = "failed"


LOOKS: Final = {
    AccessState.NOT_NEEDED: ("done", "ok"),
    AccessState.NOT_ASKED: ("not-yet", "muted"),
    AccessState.ASKING: ("working", "accent"),
    AccessState.FOUND: ("done", "ok"),
    AccessState.LACKING: ("alert", "warn"),
    AccessState.NONE: ("failed", "error"),
    AccessState.FAILED: ("failed", "error"),
}
"""Icon and tone of each state."""

NO_CREDENTIALS: Final = "NO_CREDENTIALS"
BAD_CREDENTIALS: Final = "BAD_CREDENTIALS"
"""The errors that say there are none, and that those there are no good; others say that nobody answers."""


class AccessCheck(QObject):
    """Asks once a target; a target with other settings is another one. What fails is told here and nowhere else."""

    changed = Signal()
    found = Signal()

    def __init__(self, desk: TargetSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job: EngineJob | None = None
        self.access: Access | None = None
        self.error: ErrorInfo | None = None
        desk.chosen_changed.connect(self.forget)

    @property
    def session(self) -> ProjectSession:
        """The session that the target is of."""
        return self._desk.session

    @property
    def needed(self) -> bool:
        """Whether the target may want an account: the practice server and a folder on this disk do not."""
        target = self._desk.target
        return target is not None and self._desk.is_cloud and not target.on_disk()

    @property
    def state(self) -> AccessState:
        """Where one is."""
        if not self.needed:
            return AccessState.NOT_NEEDED
        if self._job is not None:
            return AccessState.ASKING
        if self.error is not None:
            return AccessState.NONE if self.error.code == NO_CREDENTIALS else AccessState.FAILED
        if self.access is None:
            return AccessState.NOT_ASKED
        return AccessState.LACKING if self.access.missing else AccessState.FOUND

    def look(self) -> None:
        """Ask, unless it is known or under way."""
        if self.needed and self.state is AccessState.NOT_ASKED and self._desk.may_look:
            self.ask()

    def ask(self) -> None:
        """Ask anew. The job has no title: nobody has to watch or cancel it."""
        if not self.needed or self._job is not None:
            return
        self.access = self.error = None
        job = self._desk.session.engines.targets.send(CheckAccess(**self._desk.about()), "")
        self._job = job
        job.ended.connect(lambda event: self._on_ended(job, event))
        self.changed.emit()

    def forget(self) -> None:
        """Another target: what is known is of the last one."""
        self._job = self.access = self.error = None
        self.changed.emit()

    def _on_ended(self, job: EngineJob, event: AnyEvent) -> None:
        if job is not self._job:
            return
        self._job = None
        if isinstance(event, AccessReport):
            self.access = event.access
        elif isinstance(event, Failed):
            self.error = event.error
        self.changed.emit()
        if self.access is not None:
            self.found.emit()


def access_words(desk: AccessCheck) -> tuple[str, str]:
    """The credentials in a sentence, and what to do about them."""
    match desk.state:
        case AccessState.NOT_NEEDED:
            return tr("Access", "No account is needed."), ""
        case AccessState.NOT_ASKED:
            return tr("Access", "Credentials not checked yet."), ""
        case AccessState.ASKING:
            return tr("Access", "Looking for credentials..."), ""
    if desk.error is not None:
        return desk.error.message, desk.error.hint
    assert desk.access is not None
    return _who(desk.access), _gaps(desk.access)


def short_words(desk: AccessCheck) -> str:
    """The credentials' state in one or two words, for the card."""
    if desk.error is not None and desk.error.code == BAD_CREDENTIALS:
        return tr("Access", "credentials rejected")
    if desk.state is AccessState.FOUND and desk.access is not None and desk.access.kind == "none":
        return tr("Access", "no account needed")
    return {
        AccessState.NOT_NEEDED: "",
        AccessState.NOT_ASKED: "",
        AccessState.ASKING: tr("Access", "looking..."),
        AccessState.FOUND: tr("Access", "credentials found"),
        AccessState.LACKING: tr("Access", "permissions missing"),
        AccessState.NONE: tr("Access", "no credentials"),
        AccessState.FAILED: tr("Access", "unknown"),
    }[desk.state]


def _who(access: Access) -> str:
    if access.kind == "none":
        return tr("Access", "No account is used.")
    source = {
        "adc": tr("Access", "Application Default Credentials found"),
        "file": tr("Access", "Credentials file valid"),
    }[access.kind]
    who = f": {access.account}" if access.account else "."
    acting = tr("Access", " Acting as {account}.").format(account=access.impersonating) if access.impersonating else ""
    return f"{source}{who}{'.' if acting and access.account else ''}{acting}"


def _gaps(access: Access) -> str:
    parts = []
    if access.missing:
        text = tr("Access", "Missing permissions: {names}. Ask the project owner for a role that includes them.")
        parts.append(text.format(names=", ".join(access.missing)))
    if access.unknown and access.kind != "none":
        parts.append(
            tr("Access", "{n} permissions could not be checked before the push.").format(n=len(access.unknown))
        )
    return " ".join(parts)
