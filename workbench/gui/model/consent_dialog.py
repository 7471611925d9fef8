"""The question whether the code in a model file may run: which layers, what it means, how long it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

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
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.model import ModelFacts

_ROWS: Final = 6
_WIDTH: Final = 540


class ConsentDialog(QDialog):
    """`accepted` means consent. Return alone does not accept."""

    def __init__(self, facts: ModelFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Code in the model file"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = layers_asked_about(facts)
        self.layers = QPlainTextEdit("\n".join(names))
        self.layers.setReadOnly(True)
        self.layers.setTabChangesFocus(True)
        self.layers.setAccessibleName(self.tr("Layers with code"))
        lines = min(len(names), _ROWS)
        self.layers.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 14)
        self.allow = QPushButton(self.tr("&Allow its code"))
        self.refuse = QPushButton(self.tr("&Do not allow"))
        layout = self._lay_out(facts)
        # A dialog does not ask wrapping texts how high they are at its width.
        self.setFixedSize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    def _lay_out(self, facts: ModelFacts) -> QVBoxLayout:
        name = ElidedLabel(bold=True)  # names of files have no spaces to break at
        name.set_text(Path(facts.path).name)
        risk = self.tr(
            "It is Python code that somebody stored in the file. When the model is loaded it runs with your rights: "
            "it can read, change and send your files. Allow it only if you know who made this file."
        )
        kept = self.tr(
            "Your answer is remembered for this very file, by its SHA-256 ({hash}...). "
            "A file that differs in a single byte is asked about anew."
        )
        texts = QVBoxLayout()
        texts.setSpacing(10)
        texts.addWidget(_wrapped(self.tr("May the code in this file run?"), scale=1.15, bold=True))
        texts.addWidget(name)
        texts.addWidget(_wrapped(self.tr("These layers carry code of their own:")))
        texts.addWidget(self.layers)
        texts.addWidget(_wrapped(risk))
        texts.addWidget(_wrapped(kept.format(hash=facts.sha256[:12]), "muted"))
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
