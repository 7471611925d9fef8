"""The targets of a project as a list, the local one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.deploy.target_text import kind_title, runs, where
from workbench.gui.widgets.tone_label import plain_tip
from workbench.spec.project import Project
from workbench.spec.targets.base import Target

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
LOCAL: Final = "local"
"""The target every project has."""


@dataclass(frozen=True)
class TargetRow:
    """One card. `word` is its state with an icon and its tone; `practice` says that nothing there is real."""

    name: str
    target: Target
    practice: bool = False
    word: str = ""
    icon: str = "not-yet"
    tone: str = "muted"


def names_of(project: Project | None) -> tuple[str, ...]:
    """The names of a project's targets, the local one first."""
    return (LOCAL, *(name for name in project.targets if name != LOCAL)) if project is not None else ()


class TargetsModel(QAbstractListModel):
    """Rows are replaced whole where their names are others, and one by one where only their state is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[TargetRow, ...] = ()

    def set_rows(self, rows: Sequence[TargetRow]) -> None:
        """Show other targets, or the same in another state."""
        rows = tuple(rows)
        if [row.name for row in rows] != [row.name for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        changed = [place for place, pair in enumerate(zip(rows, self.rows, strict=True)) if pair[0] != pair[1]]
        self.rows = rows
        for place in changed:
            self.dataChanged.emit(self.index(place), self.index(place))

    def place(self, name: str) -> int:
        """Where a target stands; -1 where it does not."""
        return next((place for place, row in enumerate(self.rows) if row.name == name), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(where(row.target))
            case Qt.ItemDataRole.AccessibleTextRole:
                parts = (row.name, self.badge(row), kind_title(row.target), where(row.target), runs(row.target))
                return ", ".join(part for part in (*parts, row.word) if part)
            case _ if role == ROW_ROLE:
                return row
        return None

    def badge(self, row: TargetRow) -> str:
        """The mark of a target where nothing is real."""
        return self.tr("practice") if row.practice else ""
