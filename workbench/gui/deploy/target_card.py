"""The chosen target: what has to be known of it, whether it answers, as whom it is asked, change and remove."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.deploy.credentials import LOOKS, AccessCheck, AccessState, access_words
from workbench.gui.deploy.server_status import ServerLine
from workbench.gui.deploy.target_session import TargetSession
from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.field import RemarkLine
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel


class TargetCard(Card):
    """`edit_wanted` and `remove_wanted` are about the chosen target."""

    edit_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, desk: TargetSession, access: AccessCheck, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self._title = ElidedLabel("", bold=True)
        self._about = ToneLabel("", "muted", scale=0.92)
        self._about.setWordWrap(True)
        self._warning = RemarkLine("alert", "warn", "warn")
        self.server = ServerLine(desk.session, desk.server)
        self.access = AccessLine(access)
        self.edit_button = _tool("edit", self.tr("Edit this target"))
        self.edit_button.clicked.connect(self.edit_wanted)
        self.remove_button = _tool("delete", self.tr("Remove this target from the project; can be undone"))
        self.remove_button.clicked.connect(self.remove_wanted)
        self.head.addWidget(self._title, 1)
        for button in (self.edit_button, self.remove_button):
            self.head.addWidget(button)
        self.body.addLayout(self.head)
        self.body.setSpacing(8)
        for part in (self._about, self._warning, self.server, self.access):
            self.body.addWidget(part)
        desk.chosen_changed.connect(self.refresh)
        desk.changed.connect(self.refresh)
        self.refresh()

    @property
    def warning(self) -> str:
        """What has to be known before anything is asked of the target."""
        return self._warning.text

    def refresh(self) -> None:
        """Show the chosen target as it is now."""
        desk, target = self._desk, self._desk.target
        self._title.set_text(desk.name)
        if target is not None:
            self._about.setText(tr("Targets", target.facts.about))
            self._warning.set_text(target.warning())
        self.server.setVisible(desk.needs_server)
        self.access.setVisible(desk.is_cloud)
        project = desk.session.project
        self.edit_button.setEnabled(target is not None and not desk.busy)
        self.remove_button.setEnabled(project is not None and desk.name in project.targets and not desk.busy)


class AccessLine(QWidget):
    """Credentials in words, what to do about them, and a button to look again."""

    def __init__(self, desk: AccessCheck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._icon = IconLabel("not-yet", 16, "muted")
        self._word, self._advice = ToneLabel(), ToneLabel("", "muted", scale=0.92)
        self.button = _tool("refresh", self.tr("Find credentials and check their permissions"))
        self.button.clicked.connect(desk.ask)
        self.allow_button = QPushButton(self.tr("Allow this &host..."))
        self.allow_button.clicked.connect(self._on_allow)
        icons.put(self.allow_button, "shield")
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self._word, self._advice):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(self.allow_button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        desk.changed.connect(self._on_changed)
        self._on_changed()

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(label.text() for label in (self._word, self._advice) if label.text())

    def _on_allow(self) -> None:
        if self._desk.error is not None:
            from workbench.gui.model.consent_dialog import ask_about_host  # Few targets are of other hosts.

            ask_about_host(self._desk.error.where, self._desk.session, self, self._desk.ask)

    def _on_changed(self) -> None:
        error = self._desk.error
        self.allow_button.setVisible(error is not None and error.code == "HOST_NOT_ALLOWED")
        state = self._desk.state
        word, advice = access_words(self._desk)
        self._icon.set_icon(*LOOKS[state])
        self._word.setText(word)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self.button.setVisible(state not in (AccessState.NOT_NEEDED, AccessState.ASKING))


def _tool(icon: str, text: str) -> QToolButton:
    button = QToolButton(autoRaise=True)
    button.setToolTip(text)
    button.setAccessibleName(text)
    # A tool button takes the focus by Tab only when it is told to.
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    icons.put(button, icon)
    return button
