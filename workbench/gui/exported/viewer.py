"""A SavedModel's signatures in a window of their own, beside the project one works on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.exported.origin import composition_of
from workbench.gui.signature.signature_text import SignatureTexts
from workbench.gui.texts import number_text, size_text
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.field import RemarkLine
from workbench.gui.widgets.tone_label import ElidedLabel, ToneLabel
from workbench.spec.manifest import ExportManifest
from workbench.spec.messages import SignaturesRead

SIZE: Final = (1040, 700)


class SavedModelViewer(QDialog):
    """Facts and provenance above, the signatures below; `project_wanted` where it could be opened as a project."""

    project_wanted = Signal()

    def __init__(
        self,
        directory: Path,
        shown: SignaturesRead,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("SavedModel {name}").format(name=directory.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint, True)
        self.directory, self.manifest = directory, shown.manifest
        self.project_button = QPushButton(self.tr("&Open as project"))
        icons.put(self.project_button, "open")
        self.project_button.clicked.connect(self.project_wanted)
        self.exchange = SignatureTexts()
        labels = shown.manifest.project.signature.labels if shown.manifest else ()
        self.exchange.set_composition(composition_of(shown.signatures, shown.manifest), labels, shown.tags)
        self.trouble = RemarkLine("alert", "warn")
        self.facts = self._facts(shown)
        self._lay_out()
        self.trouble.set_text(shown.trouble)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self.exchange.pages.setFocus()
        self.resize(*SIZE)

    def _facts(self, shown: SignaturesRead) -> list[tuple[str, str]]:
        made = self.manifest
        version = shown.tensorflow_version or (made.versions.get("tensorflow", "") if made else "")
        found = [
            (self.tr("Folder"), str(self.directory)),
            (self.tr("Tags"), ", ".join(shown.tags) or self.tr("none")),
            (self.tr("Written by"), self.tr("TensorFlow {v}").format(v=version) if version else self.tr("unknown")),
        ]
        if made is None:
            return [
                *found,
                (self.tr("Origin"), self.tr("not exported by this program; its signatures are shown unchanged")),
            ]
        source = self.tr("{name}, {size}, Keras {keras}")
        size = size_text(made.model.bytes)
        found.append(
            (self.tr("Made from"), source.format(name=made.model.name, size=size, keras=made.model.keras_version))
        )
        found.append((self.tr("Export"), ", ".join(self._export_words(made))))
        return found

    def _export_words(self, made: ExportManifest) -> list[str]:
        words = [self.tr("{layout} layout").format(layout=made.layout)]
        if made.runtime:
            words.append(self.tr("Requires TensorFlow {v} or later").format(v=made.runtime))
        if made.golden:
            words.append(self.tr("{n} golden cases").format(n=number_text(len(made.golden))))
        if made.warmup:
            words.append(self.tr("{n} warm-up requests").format(n=number_text(made.warmup)))
        return [*words, self.tr("fingerprint {hash}").format(hash=made.fingerprint[:12])]

    def _lay_out(self) -> None:
        head = Card(self.directory.name, "deploy")
        if self.manifest is not None:
            head.head.addWidget(self.project_button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for place, (word, value) in enumerate(self.facts):
            label = ElidedLabel()
            label.set_text(value)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(ToneLabel(word, "muted"), place, 0)
            grid.addWidget(label, place, 1)
        head.body.addLayout(grid)
        head.body.addWidget(self.trouble)
        texts = Card()
        texts.body.addWidget(self.exchange)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(head)
        layout.addWidget(texts, 1)
        foot = QHBoxLayout()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        foot.addWidget(buttons)
        layout.addLayout(foot)
