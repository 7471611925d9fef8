"""The Test tab's rows: one dataclass an image, filled while the job's rows come."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from workbench.gui.scores import Reading, Score, top_scores
from workbench.gui.texts import seconds_text
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.model import Row

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE: Final = Qt.ItemDataRole.UserRole
SCORES_ROLE: Final = Qt.ItemDataRole.UserRole + 1
SIDE: Final = 48
"""Pixels of a thumbnail's longer side."""


class Column(enum.IntEnum):
    """The columns in their order."""

    PICTURE = 0
    FILE = 1
    PREDICTION = 2
    TIME = 3


class State(enum.Enum):
    """Where a row is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass
class ImageRow:
    """One image: where it lies and, when it has come, what the model said or what went wrong."""

    path: str
    answer: Row | None = None

    @property
    def state(self) -> State:
        """Waiting until the answer is there."""
        if self.answer is None:
            return State.WAITING
        return State.FAILED if self.answer.error else State.DONE

    @property
    def error(self) -> str:
        """What went wrong, without the path that stands beside it."""
        if self.answer is None or self.answer.error is None:
            return ""
        return f"{self.answer.error.message} {self.answer.error.hint}".strip()


class RowsModel(QAbstractTableModel):
    """Rows in the order they were added. One `dataChanged` an event, whatever its rows."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ImageRow] = []
        self._places: dict[str, int] = {}
        self._done = self._failed = 0
        self._milliseconds = 0.0
        self._reading = Reading()
        self._thumbnails = thumbnails
        thumbnails.ready.connect(self._on_thumbnail)

    @property
    def rows(self) -> Sequence[ImageRow]:
        """All rows; not to be changed."""
        return self._rows

    def add(self, paths: Iterable[str]) -> int:
        """Append images that are not there yet; the number of those appended."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self._places]
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows += [ImageRow(path) for path in fresh]
            self._places |= {path: first + n for n, path in enumerate(fresh)}
            self.endInsertRows()
        return len(fresh)

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self._rows, self._places = [], {}
        self._done = self._failed = 0
        self._milliseconds = 0.0
        self.endResetModel()

    def reset_answers(self) -> None:
        """All rows wait again."""
        for row in self._rows:
            row.answer = None
        self._done = self._failed = 0
        self._milliseconds = 0.0
        self._changed(0, len(self._rows) - 1)

    def waiting(self) -> list[str]:
        """The images that have no answer yet, in order."""
        return [row.path for row in self._rows if row.answer is None]

    def fill(self, answers: Sequence[Row], paths: Sequence[str]) -> None:
        """Take answers for the images at `paths`; those no longer there are left out."""
        touched = []
        for answer, path in zip(answers, paths, strict=False):
            place = self._places.get(path)
            if place is not None:
                self._count(self._rows[place], -1)
                self._rows[place].answer = answer
                self._count(self._rows[place], 1)
                touched.append(place)
        if touched:
            self._changed(min(touched), max(touched))

    def set_reading(self, reading: Reading) -> None:
        """Read predictions another way: other keys or other labels."""
        if reading != self._reading:
            self._reading = reading
            self._changed(0, len(self._rows) - 1)

    def counts(self) -> tuple[int, int, int]:
        """How many rows there are, are done, have failed."""
        return len(self._rows), self._done, self._failed

    def rate(self) -> float:
        """Images a second while the model worked, without the time the export took; 0 where it is not known."""
        return 1000 * self._done / self._milliseconds if self._milliseconds > 0 else 0.0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Image"), self.tr("File"), self.tr("Prediction"), self.tr("Time"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.TIME:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, Column(index.column()))
            case Qt.ItemDataRole.DecorationRole if index.column() == Column.PICTURE:
                return self.picture(row.path)
            case Qt.ItemDataRole.ToolTipRole:
                return row.error or row.path
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == Column.TIME:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._text(row, Column(index.column())) or Path(row.path).name
        if role == ROW_ROLE:
            return row
        return self._scores(row) if role == SCORES_ROLE else None

    def picture(self, path: str) -> QPixmap | None:
        """The image's thumbnail, or None while it is being read."""
        return self._thumbnails.get(path, SIDE)

    def _count(self, row: ImageRow, step: int) -> None:
        # Kept as they change: to count 100 000 rows at every event would be felt.
        self._done += step * (row.state is State.DONE)
        self._failed += step * (row.state is State.FAILED)
        self._milliseconds += step * (row.answer.milliseconds if row.answer else 0.0)

    def _text(self, row: ImageRow, column: Column) -> str:
        if column is Column.FILE:
            return Path(row.path).name
        if column is Column.PREDICTION:
            return row.error or ", ".join(f"{s.label} {s.number()}" for s in self._scores(row))
        if column is Column.TIME and row.answer is not None and row.answer.milliseconds > 0:
            return seconds_text(row.answer.milliseconds / 1000)
        return ""

    def _scores(self, row: ImageRow) -> list[Score]:
        if row.answer is None or row.answer.prediction is None:
            return []
        return top_scores(row.answer.prediction, self._reading)

    def _changed(self, first: int, last: int) -> None:
        if 0 <= first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    def _on_thumbnail(self, path: str, side: int) -> None:
        place = self._places.get(path)
        if place is not None and side == SIDE:
            index = self.index(place, Column.PICTURE)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
