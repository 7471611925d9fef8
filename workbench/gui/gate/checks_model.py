"""The checks of the gate as a table: waiting, running, judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.texts import tr
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.check_words import CHECK_WORDS
from workbench.spec.evidence import VERDICT_WORDS, limit_text, value_text
from workbench.spec.report import CheckResult

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1


class CheckColumn(IntEnum):
    """What stands where."""

    CHECK = 0
    MEASURED = 1
    LIMIT = 2


@dataclass(frozen=True)
class CheckRow:
    """One check; `state` is a verdict, or `waiting`, `running` or `stopped`."""

    name: str
    title: str
    asks: str = ""
    state: str = "waiting"
    result: CheckResult | None = None

    @property
    def words(self) -> str:
        """What is known of it in one sentence: what was found, or what it asks."""
        return self.result.message if self.result is not None else self.asks


class ChecksModel(QAbstractTableModel):
    """Rows keep their order; a check the catalogue does not know is added at the end."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[CheckRow] = []
        self.clear()

    def clear(self) -> None:
        """All checks wait."""
        self.beginResetModel()
        self.rows = [CheckRow(c.name, tr("Gate", c.title), tr("Gate", c.question)) for c in CHECK_WORDS]
        self.endResetModel()

    def begin(self, name: str, title: str) -> None:
        """A check is under way."""
        place = self._place(name, title)
        self._set(place, replace(self.rows[place], title=title, state="running", result=None))

    def judge(self, result: CheckResult) -> None:
        """A check has been done."""
        place = self._place(result.name, result.title)
        self._set(place, replace(self.rows[place], title=result.title, state=result.verdict, result=result))

    def stop(self) -> None:
        """What was under way will not be finished."""
        for place, row in enumerate(self.rows):
            if row.state == "running":
                self._set(place, replace(row, state="stopped"))

    def worst(self) -> int:
        """The row that wants to be looked at first: of the failures, of the warnings, else of all, the first."""
        for state in ("fail", "warn"):
            for place, row in enumerate(self.rows):
                if row.state == state:
                    return place
        return 0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(CheckColumn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Check"), self.tr("Measured"), self.tr("Limit"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.words)
            case Qt.ItemDataRole.AccessibleTextRole if index.column() == CheckColumn.CHECK:
                return f"{row.title}: {self.state_word(row)}. {row.words}"
            case _ if role == ROW_ROLE:
                return row
        return None

    def state_word(self, row: CheckRow) -> str:
        """The state for people."""
        others = {"waiting": self.tr("waiting"), "running": self.tr("running"), "stopped": self.tr("stopped")}
        return others.get(row.state) or VERDICT_WORDS[row.state]

    def _text(self, row: CheckRow, column: int) -> str:
        if column == CheckColumn.CHECK:
            return row.title
        if row.result is None:
            return ""
        result, measured = row.result, column == CheckColumn.MEASURED
        figure, write = (result.measured, value_text) if measured else (result.limit, limit_text)
        return write(figure, result.unit) if figure is not None else ""

    def _place(self, name: str, title: str) -> int:
        for place, row in enumerate(self.rows):
            if row.name == name:
                return place
        self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows))
        self.rows.append(CheckRow(name, title))
        self.endInsertRows()
        return len(self.rows) - 1

    def _set(self, place: int, row: CheckRow) -> None:
        if row != self.rows[place]:
            self.rows[place] = row
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(CheckColumn) - 1))
