"""The error of the chosen row in full, with the button that solves it where there is one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.project.session import ProjectSession
from workbench.gui.rows.formats import accepting, format_of, listed
from workbench.gui.rows.image_row import ImageRow
from workbench.gui.texts import tr
from workbench.gui.widgets.card import row as in_row
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.preprocess import UNDECLARED_FORMAT, Formats


class ErrorCard(QWidget):
    """Hidden while the chosen row has no error."""

    solved = Signal(str)  # the formats that the project has to declare

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._formats: Formats | None = None
        self.word = ToneLabel("", "error")
        self.word.setWordWrap(True)
        self.word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton()
        self.button.setAccessibleName(self.tr("Solve this error"))
        self.button.clicked.connect(self._on_clicked)
        # Not a letter of its text, which names formats.
        self.button.setToolTip(self.tr("Change the project, and predict this image again (Ctrl+Shift+Return)"))
        icons.put(self.button, "done")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.word)
        layout.addLayout(in_row(self.button))
        self.hide()

    def show_row(self, row: ImageRow | None) -> None:
        """Show a row's error, or nothing."""
        error = row.brief.error if row is not None and row.brief is not None else None
        self.setVisible(error is not None)
        if row is None or error is None:
            return
        self.word.setText(f"{error.message} {error.hint}".strip())
        self._offer(row if error.code == UNDECLARED_FORMAT and not row.records else None)

    def _offer(self, row: ImageRow | None) -> None:
        project = self._session.project
        declared = project.preprocess.formats if project is not None and project.preprocess is not None else None
        kind = format_of(row.path) if row is not None and declared is not None else ""
        self._formats = accepting(declared, [kind] if kind else []) if declared is not None else None
        self.button.setVisible(self._formats is not None)
        self.button.setText(accept_text([kind]))
        self.button.setShortcut("Ctrl+Shift+Return")

    def _on_clicked(self) -> None:
        if self._formats is not None:
            self.solved.emit(self._formats)


def accept_text(kinds: list[str]) -> str:
    """The button's text."""
    return tr("Formats", "Accept {kinds} too").format(kinds=listed(kinds, tr("Formats", "and")))
