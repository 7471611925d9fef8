"""Which TensorFlow releases read the export, and what keeps older ones from it: read off the export by the engine."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from workbench.gui.engine.job import EngineJob
from workbench.gui.project.session import ProjectSession
from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.row_table import RowTable
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec.messages import AnyEvent, Failed, ReachRead, ReadReach
from workbench.spec.model import RuntimeHold, RuntimeReach
from workbench.spec.project import Project


class ReachCard(Card):
    """Asks when it is looked at and has not been told of this project yet."""

    def __init__(self, session: ProjectSession, parent: QWidget | None = None) -> None:
        super().__init__(tr("ReachCard", "TensorFlow compatibility"), "server", parent)
        self._session = session
        self._job: EngineJob | None = None
        self._known: Project | None = None
        self.model = QStandardItemModel(0, 3, self)
        self.model.setHorizontalHeaderLabels([self.tr("TensorFlow"), self.tr("Loads it"), self.tr("Missing ops")])
        self.table = RowTable(self.tr("TensorFlow releases that can load the export"), 26)
        self.table.setModel(self.model)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.word = ToneLabel("", "muted")
        self.head.addWidget(self.word)
        self.body.addWidget(self.table, 1)
        session.project_changed.connect(self.ask)

    def ask(self) -> None:
        """Ask about the project of now, if it is in sight, sound, and not known."""
        session = self._session
        project = session.project
        if project is None or not self.isVisible() or self._job is not None or project == self._known:
            return
        if session.held or session.problems() or not session.engines.may_look:
            return
        self._known = project
        self.word.setText(self.tr("loading..."))
        request = ReadReach(id=0, project=project, base=session.base)
        job = session.engines.look(request)
        self._job = job
        job.ended.connect(self._on_ended)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ask()

    def _on_ended(self, event: AnyEvent) -> None:
        self._job = None
        if isinstance(event, ReachRead):
            self._show(event.reach)
        else:
            self._known = None
            self.word.setText(event.error.message if isinstance(event, Failed) else "")
            return
        self.ask()

    def _show(self, reach: RuntimeReach) -> None:
        self.model.setRowCount(0)
        if reach.oldest:
            self.word.setText(self.tr("{oldest} and later").format(oldest=reach.oldest))
            self._add(self.tr("{release} and later").format(release=reach.oldest), self.tr("yes"), "")
        else:
            self.word.setText(self.tr("no known release"))
        for hold in reach.held_back:
            self._add(self.tr("before {release}").format(release=hold.since), self.tr("no"), self._lack(hold))
        for op in reach.unknown:
            self._add(self.tr("all known releases"), self.tr("no"), self.tr("op {op}").format(op=op))
        for column in range(2):
            self.table.resizeColumnToContents(column)

    def _lack(self, hold: RuntimeHold) -> str:
        text = self.tr("op {op} ({node})")
        if hold.attribute:
            text = self.tr("attribute {attribute} of op {op} ({node})")
        return text.format(op=hold.op, node=hold.node, attribute=hold.attribute)

    def _add(self, *texts: str) -> None:
        self.model.appendRow([QStandardItem(text) for text in texts])
