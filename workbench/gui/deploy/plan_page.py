"""What a push would do: every request and the same as commands, to read and to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from workbench.gui.texts import json_text, tr
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.release import DryRun, RestCall


class PlanPage(QWidget):
    """Nothing of it has been sent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = ToneLabel(self.tr("Press Dry run to see what a push would send."), "muted")
        self._word.setWordWrap(True)
        self.calls = CopyText(self.tr("Requests"), self.tr("Requests of the dry run"), copy=self.tr("Co&py"))
        self.commands = CopyText(self.tr("Commands"), self.tr("As commands"), copy=self.tr("Cop&y"))
        self.calls.set_placeholder(self.tr("Method, URL and body of every request, in order."))
        self.commands.set_placeholder(self.tr("The same requests as gcloud and gsutil commands."))
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(self.calls)
        both.addWidget(self.commands)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(12)
        both.setObjectName("plan")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._word)
        layout.addWidget(both, 1)
        self.clear()

    @property
    def word(self) -> str:
        """What is said above."""
        return self._word.text()

    def clear(self) -> None:
        """Another target or other settings: the plan is of those before."""
        self._word.setText(self.tr("Press Dry run to see what a push would send."))
        for text in (self.calls, self.commands):
            text.set_text("")
            text.copy_button.setEnabled(False)

    def show_plan(self, plan: DryRun, target: str) -> None:
        """Show what a push to a target would do."""
        text = self.tr("{n} requests to {target}, assuming it is empty. Nothing has been sent.")
        self._word.setText(" ".join((text.format(n=len(plan.calls), target=target), *plan.notes)))
        self.calls.set_text("\n\n".join(call_text(call) for call in plan.calls))
        self.commands.set_text("\n".join(plan.commands))


def call_text(call: RestCall) -> str:
    """A request as it would go over the wire: method and address, body or what is in it."""
    parts = [f"{call.method} {call.url}"]
    if call.body is not None:
        parts.append(json_text(call.body))
    if call.content:
        parts.append(tr("PlanPage", "({content})").format(content=call.content))
    return "\n".join(parts)
