"""The question whether code may run or a host may have tokens: what it is about, what it means, how long it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.model.notes import layers_asked_about
from workbench.gui.project.session import ProjectSession
from workbench.gui.texts import tr
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.access import CodeRole
from workbench.spec.model import ModelFacts

_ROWS: Final = 6
_WIDTH: Final = 540


@dataclass(frozen=True)
class ConsentRequest:
    """One question in words: `subject` is the file or host, `details` what it is about, line by line."""

    title: str
    question: str
    subject: str
    reason: str
    details: tuple[str, ...]
    risk: str
    kept: str
    allow: str


def about_model(facts: ModelFacts) -> ConsentRequest:
    """Whether the layers with code in a model file may run it."""
    kept = tr(
        "ConsentDialog",
        "Your consent applies to this file only, by its SHA-256 ({hash}...). It is asked again if the file changes.",
    )
    return ConsentRequest(
        title=tr("ConsentDialog", "Code in the model file"),
        question=tr("ConsentDialog", "Allow the code in this file to run?"),
        subject=Path(facts.path).name,
        reason=tr("ConsentDialog", "These layers contain code:"),
        details=layers_asked_about(facts),
        risk=tr(
            "ConsentDialog",
            "This is Python code stored in the model file. It runs with your permissions when the model is loaded: it "
            "can read, change and send your files. Allow it only if you trust the author of this file.",
        ),
        kept=kept.format(hash=facts.sha256[:12]),
        allow=tr("ConsentDialog", "&Allow its code"),
    )


def about_file(path: str, role: CodeRole, facts: ModelFacts | None) -> ConsentRequest:
    """Whether a file that the project names may run: the model's own classes, or another Python."""
    reason = tr("ConsentDialog", "The project's check.python names this program; the release gate would start it:")
    if role == "custom":
        names = ", ".join(facts.custom_objects) if facts is not None else ""
        reason = tr("ConsentDialog", "The project names this Python file for the model's own classes ({names}):")
        reason = reason.format(names=names)
    return ConsentRequest(
        title=tr("ConsentDialog", "Code that the project names"),
        question=tr("ConsentDialog", "May this file run?"),
        subject=Path(path).name,
        reason=reason,
        details=(path,),
        risk=tr(
            "ConsentDialog",
            "It runs with your rights: it can read, change and send your files. Allow it only if you trust its author.",
        ),
        kept=tr(
            "ConsentDialog", "Your answer is remembered for this very content. A changed file is asked about anew."
        ),
        allow=tr("ConsentDialog", "&Allow this file"),
    )


def about_host(address: str) -> ConsentRequest:
    """Whether a host that is not Google's may receive tokens of the user's account."""
    return ConsentRequest(
        title=tr("ConsentDialog", "A host that is not Google's"),
        question=tr("ConsentDialog", "May this host receive your account's token?"),
        subject=urlsplit(address).netloc,
        reason=tr("ConsentDialog", "The project's target names this address:"),
        details=(address,),
        risk=tr(
            "ConsentDialog",
            "Whoever runs it can act as your Google account for as long as the token holds, about an hour. Allow it "
            "only if it is yours. A server without accounts needs no token: choose no credentials for the target.",
        ),
        kept=tr("ConsentDialog", "Your answer is remembered for this host."),
        allow=tr("ConsentDialog", "&Allow this host"),
    )


def ask_about_host(
    address: str, session: ProjectSession, window: QWidget, then: Callable[[], None] | None = None
) -> None:
    """Ask about the host of an address; `then` is done once the consent was noted."""
    dialog = ConsentDialog(about_host(address), window)
    dialog.accepted.connect(lambda: session.consents.allow_host(address, then))
    dialog.open()


class ConsentDialog(QDialog):
    """`accepted` means consent. Return alone does not accept."""

    def __init__(self, asked: ConsentRequest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(asked.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.layers = QPlainTextEdit("\n".join(asked.details))
        self.layers.setReadOnly(True)
        self.layers.setTabChangesFocus(True)
        self.layers.setAccessibleName(asked.reason.rstrip(":"))
        lines = min(max(len(asked.details), 2), _ROWS)
        self.layers.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 14)
        self.allow = QPushButton(asked.allow)
        self.refuse = QPushButton(self.tr("&Do not allow"))
        layout = self._lay_out(asked)
        # A dialog does not ask wrapping texts how high they are at its width.
        self.setFixedSize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    def _lay_out(self, asked: ConsentRequest) -> QVBoxLayout:
        name = ElidedLabel(bold=True)  # names of files have no spaces to break at
        name.set_text(asked.subject)
        texts = QVBoxLayout()
        texts.setSpacing(10)
        texts.addWidget(_wrapped(asked.question, scale=1.15, bold=True))
        texts.addWidget(name)
        texts.addWidget(_wrapped(asked.reason))
        texts.addWidget(self.layers)
        texts.addWidget(_wrapped(asked.risk))
        texts.addWidget(_wrapped(asked.kept, "muted"))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(IconLabel("alert", 32, "warn"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(16)
        layout.addLayout(row)
        layout.addWidget(self._buttons())
        return layout

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        box.addButton(self.allow, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.refuse, QDialogButtonBox.ButtonRole.RejectRole)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self.allow.setAutoDefault(False)
        self.refuse.setDefault(True)
        self.refuse.setFocus()
        return box


def _wrapped(text: str, tone: str = "", *, scale: float = 1.0, bold: bool = False) -> ToneLabel:
    label = ToneLabel(text, tone, scale=scale, bold=bold)
    label.setWordWrap(True)
    return label
