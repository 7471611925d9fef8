"""The practice server's state in a line: whether it answers, where, start and stop."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.deploy.local_server import LocalServer, ServerState
from workbench.gui.project.session import ProjectSession
from workbench.gui.texts import tr
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel


class ServerLine(QWidget):
    """Needs no account; the server is started when something is asked of it, or here."""

    def __init__(self, session: ProjectSession, server: LocalServer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._server = session, server
        self._icon = IconLabel("not-yet", 16, "muted")
        self._word = ElidedLabel()
        self._address = ElidedLabel("", "muted", scale=0.92)
        self.button = QPushButton()
        self.button.clicked.connect(self._on_button)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._icon)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._word)
        words.addWidget(self._address)
        line.addLayout(words, 1)
        line.addWidget(self.button)
        server.state_changed.connect(self._on_state)
        self._on_state(server.state)

    @property
    def word(self) -> str:
        """The server's state as it is shown."""
        return self._word.toolTip()

    def _on_button(self) -> None:
        project = self._session.project
        if self._server.state is ServerState.OURS:
            self._server.stop()
        elif project is not None:
            self._server.ensure(project.target("local").endpoint())

    def _on_state(self, state: ServerState) -> None:
        word, icon, tone = look_of(state)
        self._word.set_text(word)
        self._address.set_text(self._server.address)
        self._address.setVisible(bool(self._server.address))
        self._icon.set_icon(icon, tone)
        ours = state is ServerState.OURS
        self.button.setText(self.tr("S&top") if ours else self.tr("S&tart"))
        icons.put(self.button, "stop" if ours else "run")
        self.button.setEnabled(state in (ServerState.OURS, ServerState.ABSENT))


def look_of(state: ServerState) -> tuple[str, str, str]:
    """Words, icon and tone of a state."""
    return {
        ServerState.UNKNOWN: (tr("ServerCard", "not checked yet"), "not-yet", "muted"),
        ServerState.PROBING: (tr("ServerCard", "checking..."), "working", "accent"),
        ServerState.ABSENT: (tr("ServerCard", "not running; starts when needed"), "not-yet", "muted"),
        ServerState.STARTING: (tr("ServerCard", "starting..."), "working", "accent"),
        ServerState.OURS: (tr("ServerCard", "running"), "done", "ok"),
        ServerState.THEIRS: (tr("ServerCard", "running, started elsewhere"), "done", "ok"),
    }[state]


def short_look(state: ServerState) -> tuple[str, str, str]:
    """The server's state in one or two words, for the target's card."""
    word, icon, tone = look_of(state)
    words = {
        ServerState.UNKNOWN: "",
        ServerState.ABSENT: tr("ServerCard", "not running"),
        ServerState.THEIRS: tr("ServerCard", "running"),
    }
    return words.get(state, word), icon, tone
