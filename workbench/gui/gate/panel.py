"""The release gate in the window: verdict and buttons, the checks as they run, one of them in full."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QSplitter, QVBoxLayout, QWidget

from workbench.gui.gate.check_detail import CheckDetail
from workbench.gui.gate.checks_model import CheckRow
from workbench.gui.gate.checks_view import ChecksView
from workbench.gui.gate.head_card import HeadCard
from workbench.gui.gate.run import GateRun, GateState
from workbench.gui.gate.status import objection
from workbench.gui.project.session import ProjectSession
from workbench.gui.tab import scrolling
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.card import Card


class GatePanel(QWidget):
    """`run_wanted` instead of running at once: what it is compared with may have to be started first.

    `push_wanted`: what has passed is to be pushed, by what the push card says.
    """

    run_wanted = Signal()
    push_wanted = Signal()

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._accept = False
        self._busy = ""
        self.run = GateRun(session, self)
        self.thumbnails = Thumbnails(self)
        self.head = HeadCard()
        self.view = ChecksView(self.run.model)
        self.detail = CheckDetail(self.thumbnails)
        self._lay_out()
        self._connect()
        self._on_changed()

    @property
    def objection(self) -> str:
        """Why a push of what is open now is not advised; empty where nothing speaks against it."""
        return objection(self.run)

    @property
    def against(self) -> str:
        """The version to compare with, as it was typed."""
        return self.head.inputs.against.text().strip()

    @property
    def judging(self) -> dict[str, Any]:
        """What a push says of the gate: the verdict that is shown, and what to judge by where none counts."""
        inputs = self.head.inputs.inputs()
        named = "" if self.run.stale and not self.run.changed_file else self.run.verdict
        return {
            "verdict": named,
            "images": inputs.paths,
            "values": inputs.values,
            "features": inputs.features,
            "files": inputs.files,
            "against": self.against,
        }

    def start(self) -> None:
        """Run the checks with what is set."""
        accept, self._accept = self._accept, False
        self.thumbnails.forget()
        self.run.start(self.head.inputs.inputs(), self.against, accept_golden=accept)
        self._on_changed()

    def set_images(self, paths: Iterable[str]) -> None:
        """Take these images and folders instead of the Test tab's."""
        self.head.inputs.set_images(paths)

    def set_busy(self, why: str) -> None:
        """Why it cannot be run just now, whatever the settings; empty when it can."""
        if why != self._busy:
            self._busy = why
            self._on_changed()

    @property
    def passed(self) -> bool:
        """Whether a verdict on what is open now lets it be pushed."""
        report = self.run.report
        return report is not None and not self.run.stale and report.verdict in ("pass", "warn")

    def set_push(self, possible: bool, target: str) -> None:
        """Whether what has passed can be pushed to that target now."""
        self.head.push_button.setEnabled(possible and self.passed)
        text = self.tr("Push this version to {target}; it records the verdict shown here")
        self.head.push_button.setToolTip(text.format(target=target))

    def refresh(self) -> None:
        """The Test tab's images changed; read again only while the panel is visible."""
        if self.isVisible():
            self.head.inputs.refresh()

    def close_threads(self) -> None:
        """Let the reading of pictures end."""
        self.thumbnails.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.head.inputs.refresh()

    def _lay_out(self) -> None:
        card = Card()
        card.body.setContentsMargins(14, 12, 4, 8)
        area = scrolling(self.detail)
        card.body.addWidget(area)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.view)
        splitter.addWidget(card)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([600, 700])
        self.view.setMinimumWidth(360)
        card.setMinimumWidth(340)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.head)
        layout.addWidget(splitter, 1)

    def _connect(self) -> None:
        self.head.run_button.clicked.connect(self.run_wanted)
        self.head.push_button.clicked.connect(self.push_wanted)
        self.head.cancel_button.clicked.connect(self.run.cancel)
        self.head.save_button.clicked.connect(self._on_save)
        self.detail.accept_wanted.connect(self._on_accept)
        self.view.chosen.connect(self._on_chosen)
        self.run.changed.connect(self._on_changed)
        self.run.ended.connect(self._on_ended)
        self._session.opened.connect(lambda: self.head.inputs.set_images(()))

    def _on_changed(self) -> None:
        self.head.show_run(self.run, self._why_not())
        self.view.set_faded(self.run.stale)
        self._on_chosen(self.view.current_row())

    def _on_chosen(self, row: CheckRow) -> None:
        # Pictures are whole only when the run is.
        self.detail.show_row(row, self.run.folder if self.run.state is GateState.DONE else "", faded=self.run.stale)

    def _on_ended(self) -> None:
        self.view.selectRow(self.run.model.worst())

    def _why_not(self) -> str:
        session = self._session
        if self.run.running:
            return ""
        if session.project is None:
            return self.tr("Open a model first.")
        if session.held:
            return self.tr("The model contains code. Allow it in the Model tab first.")
        problems = session.problems()
        if problems:
            return self.tr("Fix the settings first: {what}").format(what=problems[0].message)
        return self._busy

    def _on_accept(self) -> None:
        self._accept = True
        self.run_wanted.emit()

    def _on_save(self) -> None:
        kinds = self.tr("Web page (*.html);;JSON with images (*.json);;JUnit XML (*.xml)")
        name = Path(self._session.path or self._session.model_path).stem
        dialog = QFileDialog(self, self.tr("Save report"), f"{name}-gate.html", kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(kind.rpartition("*.")[2].rstrip(")")))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.run.save)
        dialog.open()
