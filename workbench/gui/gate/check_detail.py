"""One check in full: what was found, what to do, and the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.gate.checks_model import CheckRow
from workbench.gui.gate.status import LOOKS
from workbench.gui.texts import seconds_text
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.icon_label import IconLabel
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.evidence import limit_text, value_text
from workbench.spec.report import CheckResult

if TYPE_CHECKING:
    from workbench.gui.gate.evidence_view import EvidenceView

GOLDEN = "golden"
"""The check whose answers can be accepted."""


class CheckDetail(QWidget):
    """Follows the list; `accept_wanted` where the golden answers are to be those of now."""

    accept_wanted = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._row: CheckRow | None = None
        self._folder = ""
        self.evidence: list[EvidenceView] = []
        self._icon = IconLabel("not-yet", 24, "muted")
        self._title = ToneLabel("", scale=1.2, bold=True)
        self._figures = _words("muted")
        self._message, self._advice = _words(), _words("accent")
        self.accept_button = QPushButton(self.tr("&Accept current predictions"))
        self.accept_button.setToolTip(self.tr("Run again and accept the current predictions as the golden ones"))
        self.accept_button.clicked.connect(self.accept_wanted)
        icons.put(self.accept_button, "done")
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(4, 2, 10, 8)
        self._body.setSpacing(8)
        self._lay_out()

    def show_row(self, row: CheckRow, folder: str = "", *, faded: bool = False) -> None:
        """Show a check; `folder` has the pictures of the report, once there is one; `faded` where it is out of date."""
        icon, tone = LOOKS[row.state]
        self._icon.set_icon(icon, "muted" if faded else tone)
        if (row, folder) == (self._row, self._folder):
            return
        same = self._row is not None and row.result == self._row.result and folder == self._folder
        self._row, self._folder = row, folder
        self._title.setText(row.title)
        self._say(row)
        if not same:
            self._show_evidence(row.result)

    def text(self) -> str:
        """All that is said, for those who ask."""
        labels = (self._title, self._figures, self._message, self._advice)
        return "\n".join(label.text() for label in labels if label.text())

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        self._body.addLayout(head)
        for widget in (self._figures, self._message, self._advice):
            self._body.addWidget(widget)
        self._body.addWidget(self.accept_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._body.addStretch(1)
        self.accept_button.hide()

    def _say(self, row: CheckRow) -> None:
        result = row.result
        self._figures.setText(_figures(result) if result else "")
        self._message.setText(row.words)
        self._advice.setText(f"→ {result.advice}" if result and result.advice else "")
        for label in (self._figures, self._advice):
            label.setVisible(bool(label.text()))
        self.accept_button.setVisible(row.name == GOLDEN and row.state in ("fail", "warn", "skip"))

    def _show_evidence(self, result: CheckResult | None) -> None:
        for view in self.evidence:
            self._body.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.evidence = []
        if result is None or not result.evidence:
            return
        from workbench.gui.gate.evidence_view import EvidenceView  # There is none before the first run.

        self.evidence = [EvidenceView(evidence, self._folder, self._thumbnails) for evidence in result.evidence]
        for view in self.evidence:
            self._body.insertWidget(self._body.count() - 1, view)


def _figures(result: CheckResult) -> str:
    """Measured against limit, and how long the check took."""
    parts = []
    if result.measured is not None:
        limit = f" / {limit_text(result.limit, result.unit)}" if result.limit is not None else ""
        parts.append(f"{value_text(result.measured, result.unit)}{limit}")
    if result.seconds:
        parts.append(seconds_text(result.seconds))
    return "  ·  ".join(parts)


def _words(tone: str = "") -> ToneLabel:
    label = ToneLabel("", tone)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
