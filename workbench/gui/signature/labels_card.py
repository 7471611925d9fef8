"""The class labels: typed, pasted, or read from a file, one a line."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QWidget

from workbench.gui import icons
from workbench.gui.texts import number_text, tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.field import FormField
from workbench.gui.widgets.key_filters import one_undo
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.reply_outputs import scores_output
from workbench.spec.signature import Composition


class LabelsEditor(QPlainTextEdit):
    """The lines in order are the labels; empty lines at the end do not count."""

    value_changed = Signal(object)  # tuple[str, ...]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.textChanged.connect(self._on_text_changed)

    def sizeHint(self) -> QSize:
        # Some six lines: the cards around it want room as well.
        return QSize(240, 6 * self.fontMetrics().lineSpacing() + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def value(self) -> tuple[str, ...]:
        """The labels."""
        return read_labels(self.toPlainText())

    def set_value(self, labels: tuple[str, ...]) -> None:
        """Show these labels; emits nothing and leaves the cursor alone where they are there already."""
        if labels == self.value():
            return
        blocker = QSignalBlocker(self)
        self.setPlainText("\n".join(labels))
        blocker.unblock()

    def _on_text_changed(self) -> None:
        self.value_changed.emit(self.value())


def read_labels(text: str) -> tuple[str, ...]:
    """A text file's labels: one a line, white space around them and empty lines at the end taken off."""
    return tuple(line.strip() for line in text.rstrip().splitlines())


class LabelsCard(Card):
    """One class a line; how many there are against the scores stands below."""

    edited = Signal(object)  # tuple[str, ...]
    file_chosen = Signal(str)
    top_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("LabelsCard", "Class labels"), "model", parent)
        self.editor = LabelsEditor()
        self.editor.setPlaceholderText(self.tr("one label per line, in the order of the scores"))
        self.field = FormField(self.tr("One &label per line"), self.editor)
        self.count = ToneLabel("", "muted")
        self.load_button = QPushButton(self.tr("L&oad from file..."))
        self.load_button.clicked.connect(self._on_load)
        icons.put(self.load_button, "open")
        self.top_button = QPushButton(self.tr("Add the top-&1 label to the reply"))
        self.top_button.clicked.connect(self.top_wanted)
        self.top_button.setEnabled(False)
        icons.put(self.top_button, "add")
        self.body.addWidget(self.field, 1)
        under = QHBoxLayout()
        under.addWidget(self.count, 1)
        under.addWidget(self.top_button)
        under.addWidget(self.load_button)
        self.body.addLayout(under)
        self.editor.value_changed.connect(self.edited)
        one_undo(self.editor)

    def show_project(self, facts: ModelFacts, project: Project, composition: Composition) -> None:
        """Show a project's labels and what is wrong with them."""
        labels = project.signature.labels
        self.editor.set_value(labels)
        output = scores_output(facts, project.signature)
        width = output.shape[-1] if output and output.shape else None
        text = self.tr("{n} labels for {width} scores") if width else self.tr("{n} labels")
        self.count.setText(text.format(n=number_text(len(labels)), width=width) if labels else self.tr("no labels"))
        found = [p for p in composition.problems if p.field == "signature.labels"]
        self.field.set_problem("\n".join(p.message for p in found))

    def offer_top(self, possible: bool) -> None:
        """Whether the top-1 label can be added to the reply."""
        self.top_button.setEnabled(possible)

    def _on_load(self) -> None:
        dialog = QFileDialog(self, self.tr("Open labels file"), "", self.tr("Text files (*.txt);;All files (*)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.file_chosen)
        dialog.open()
