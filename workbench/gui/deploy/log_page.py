"""The release log of the model at the chosen target, as a table with the newest line first."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from workbench.gui.deploy.versions_model import when_text
from workbench.gui.theme import tones
from workbench.gui.widgets.row_table import RowTable, add_copy
from workbench.gui.widgets.tone_label import ToneLabel, plain_tip
from workbench.spec.evidence import VERDICT_WORDS, verdict_words
from workbench.spec.release import Release

Index = QModelIndex | QPersistentModelIndex

BAD: Final = ("failed", "interrupted")


class LogColumn(IntEnum):
    """What stands where."""

    WHEN = 0
    WHAT = 1
    GATE = 2
    OUTCOME = 3
    WHO = 4


class LogModel(QAbstractTableModel):
    """Lines that went wrong are red and say why."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Release, ...] = ()

    def set_lines(self, lines: Sequence[Release]) -> None:
        """Show other lines, which come oldest first."""
        self.beginResetModel()
        self.lines = tuple(reversed(lines))
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(LogColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            known = (self.tr("When"), self.tr("What"), self.tr("Gate"), self.tr("Outcome"), self.tr("Who"))
            return known[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.lines):
            return None
        line = self.lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(line, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(line.error or self._verdict(line) or line.resource)
            case Qt.ItemDataRole.ForegroundRole if line.outcome in BAD:
                return tones().error
        return None

    def _text(self, line: Release, column: int) -> str:
        match column:
            case LogColumn.WHEN:
                return when_text(line.when)
            case LogColumn.WHAT:
                return self._what(line)
            case LogColumn.GATE:
                return self._gate(line)
            case LogColumn.OUTCOME:
                return self._told(line)
        return line.who

    def _what(self, line: Release) -> str:
        shares = " ".join(f"{name} {share} %" for name, share in line.traffic.items())
        words = {
            "push": self.tr("push {version}"),
            "set-default": self.tr("{version} the default"),
            "rollback": self.tr("roll back to {version}"),
            "traffic": self.tr("traffic {shares}"),
            "delete": self.tr("delete {version}"),
        }
        return words[line.action].format(version=line.version, shares=shares).strip()

    def _gate(self, line: Release) -> str:
        if line.gate.verdict == "none":
            return ""
        words = VERDICT_WORDS[line.gate.verdict]
        return self.tr("{verdict}, overridden").format(verdict=words) if line.gate.override else words

    def _told(self, line: Release) -> str:
        """How it ended, why it failed, and the reason that was given for overriding the gate."""
        reason = self.tr("override reason: {reason}").format(reason=line.gate.override) if line.gate.override else ""
        outcome = f"{self._outcome(line)}: {line.error}" if line.error else self._outcome(line)
        return "  ·  ".join(filter(None, (outcome, reason)))

    @staticmethod
    def _verdict(line: Release) -> str:
        return verdict_words(line.gate) if line.gate.verdict != "none" else ""

    def _outcome(self, line: Release) -> str:
        return {
            "done": self.tr("done"),
            "repeated": self.tr("already there"),
            "resumed": self.tr("resumed and done"),
            "failed": self.tr("failed"),
            "cancelled": self.tr("cancelled"),
            "interrupted": self.tr("interrupted"),
            "cleared": self.tr("incomplete push removed"),
        }[line.outcome]


class LogPage(QWidget):
    """Says what will stand there as long as it is empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = LogModel(self)
        self.view = RowTable(self.tr("Release log"), 28)
        self.view.setModel(self.table)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(LogColumn.OUTCOME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        add_copy(self.view, self.tr("Copy rows"))
        text = self.tr("No changes yet. Pushes, default changes and deletions are listed here.")
        self._empty = ToneLabel(text, "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self._empty, self.view):
            layout.addWidget(part, 1)
        self.set_lines(())

    def set_lines(self, lines: Sequence[Release]) -> None:
        """Show lines, which come oldest first."""
        self.table.set_lines(lines)
        self._empty.setVisible(not lines)
        self.view.setVisible(bool(lines))
