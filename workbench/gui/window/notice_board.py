"""The banner's side of the session: shows what it tells, and does what the banner's button offers."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.gui.model.remedies import ModelRemedies
from workbench.gui.notices import ErrorRemedy, Notice, Severity
from workbench.gui.project.session import ProjectSession
from workbench.gui.widgets.banner import Banner


class NoticeBoard(QObject):
    """Keeps the notice that is shown."""

    def __init__(self, banner: Banner, session: ProjectSession, remedies: ModelRemedies) -> None:
        super().__init__(banner)
        self._banner, self._remedies = banner, remedies
        self._notice: Notice | None = None
        self._next: Notice | None = None
        banner.left.connect(self._on_left)
        session.noticed.connect(self._on_noticed)
        session.withdrawn.connect(self._on_withdrawn)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_opened)
        banner.action_wanted.connect(self._on_action)

    def _on_noticed(self, notice: Notice) -> None:
        if notice.offer is not None and notice.severity is Severity.INFO and self._banner.text:
            self._next = notice  # An offer does not push anything away: it waits until that has been read.
            return
        if self._banner.text and self._notice is not None and self._notice.offer is not None:
            self._next = self._notice if self._notice.severity is Severity.INFO else self._next
        self._notice = notice
        self._banner.show_text(notice.text, notice.severity.value, self._action_text(notice))

    def _on_left(self) -> None:
        notice, self._next = self._next, None
        if notice is not None:
            self._on_noticed(notice)

    def _on_withdrawn(self, notice: Notice) -> None:
        # Another sentence that is shown stays.
        if notice is self._notice:
            self._on_opened()

    def _action_text(self, notice: Notice) -> str:
        if notice.restart is not None:
            return self.tr("Restart the engine")
        if notice.offer is not None:
            return notice.offer.text
        return {
            ErrorRemedy.NONE: "",
            ErrorRemedy.ARCHITECTURE: self.tr("Choose arch&itecture..."),
            ErrorRemedy.ALLOW_CODE: self.tr("Allo&w code..."),
            ErrorRemedy.CUSTOM_OBJECTS: self.tr("Choose P&ython file..."),
            ErrorRemedy.ALLOW_FILE: self.tr("Allo&w this file..."),
            ErrorRemedy.ALLOW_HOST: self.tr("Allo&w this host..."),
        }[notice.remedy]

    def _on_action(self) -> None:
        if self._notice is None:
            return
        if self._notice.restart is not None:
            self._notice.restart.start()
        elif self._notice.offer is not None:
            self._notice.offer.act()
        else:
            self._remedies.apply(self._notice.remedy, self._notice.error)

    def _on_opened(self) -> None:
        # What was said about the model before has nothing to say any more.
        self._notice = self._next = None
        self._banner.hide()
