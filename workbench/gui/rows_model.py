"""The Test tab's rows: one for each image and each record of a file of records, filled while the job's rows come."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from workbench.gui.drops import holds_records
from workbench.gui.rows import ImageRow, Tally
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


class RowsModel(QAbstractTableModel):
    """Rows in the order they were added. One `dataChanged` an event, whatever its rows."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ImageRow] = []
        self._places: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._tally = Tally()
        self._reading = Reading()
        self._thumbnails = thumbnails
        thumbnails.ready.connect(self._on_thumbnail)

    @property
    def rows(self) -> Sequence[ImageRow]:
        """All rows; not to be changed."""
        return self._rows

    def add(self, paths: Iterable[str]) -> int:
        """Append files that are not there yet; the number of those appended."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self._places]
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows += [ImageRow(path, records=holds_records(path)) for path in fresh]
            self._places |= {path: first + n for n, path in enumerate(fresh)}
            self.endInsertRows()
        return len(fresh)

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self._rows, self._places, self._sizes = [], {}, {}
        self._tally = Tally()
        self.endResetModel()

    def reset_answers(self) -> None:
        """All rows wait again."""
        for row in self._rows:
            row.answer = None
        self._tally = Tally()
        self._changed(0, len(self._rows) - 1)

    def waiting(self, *, records: bool | None = None) -> list[str]:
        """The files that have rows without an answer, in order; images or files of records only where that is said."""
        open_ = (row for row in self._rows if row.answer is None and records in (None, row.records))
        return list(dict.fromkeys(row.path for row in open_))

    def has_images(self) -> bool:
        """Whether any of the rows is an image."""
        return any(not row.records for row in self._rows)

    def fill(self, answers: Sequence[Row], paths: Sequence[str]) -> None:
        """Take answers for the images at `paths`; those no longer there are left out."""
        touched = []
        for answer, path in zip(answers, paths, strict=False):
            place = self._places.get(path)
            if place is not None:
                self._tally.count(self._rows[place], -1)
                self._rows[place].answer = answer
                self._tally.count(self._rows[place], 1)
                touched.append(place)
        if touched:
            self._changed(min(touched), max(touched))

    def fill_records(self, path: str, first: int, answers: Sequence[Row]) -> None:
        """Take answers for the records of a file from the place `first` on; rows are made as they come."""
        begin = self._places.get(path)
        if begin is None or not answers:
            return
        there = self._sizes.get(path, 1)
        self._make_room(begin + there, path, first + len(answers) - there)
        for row, answer in zip(self._rows[begin + first :], answers, strict=False):
            self._tally.count(row, -1)
            row.answer, row.source = answer, answer.source
            self._tally.count(row, 1)
        self._changed(begin + first, begin + first + len(answers) - 1)

    def end_records(self, path: str, count: int, nothing: Row) -> None:
        """The file had so many records: older rows beyond them go; a file without any has the row `nothing`."""
        begin = self._places.get(path)
        if begin is None:
            return
        if count == 0:
            self.fill_records(path, 0, [nothing])
        keep, there = max(count, 1), self._sizes.get(path, 1)
        if there > keep:
            self.beginRemoveRows(QModelIndex(), begin + keep, begin + there - 1)
            for row in self._rows[begin + keep : begin + there]:
                self._tally.count(row, -1)
            del self._rows[begin + keep : begin + there]
            self._shift(path, begin + keep, keep - there)
            self.endRemoveRows()

    def _make_room(self, place: int, path: str, count: int) -> None:
        if count > 0:
            self.beginInsertRows(QModelIndex(), place, place + count - 1)
            self._rows[place:place] = [ImageRow(path, records=True) for _ in range(count)]
            self._shift(path, place, count)
            self.endInsertRows()

    def _shift(self, path: str, place: int, count: int) -> None:
        self._sizes[path] = self._sizes.get(path, 1) + count
        # Files behind the rows that came or went; mostly there are none, for the newest file is the last.
        for other in dict.fromkeys(row.path for row in self._rows[max(place, place + count) :]):
            self._places[other] += count

    def set_reading(self, reading: Reading) -> None:
        """Read predictions another way: other keys or other labels."""
        if reading != self._reading:
            self._reading = reading
            self._changed(0, len(self._rows) - 1)

    def counts(self) -> tuple[int, int, int]:
        """How many rows there are, are done, have failed."""
        return len(self._rows), self._tally.done, self._tally.failed

    def rate(self) -> float:
        """Images a second while the model worked, without the time the export took; 0 where it is not known."""
        return self._tally.rate()

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
                return self._picture(row)
            case Qt.ItemDataRole.ToolTipRole:
                return row.error or row.source or row.path
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == Column.TIME:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._text(row, Column(index.column())) or row.name
        if role == ROW_ROLE:
            return row
        return self._scores(row) if role == SCORES_ROLE else None

    def _picture(self, row: ImageRow) -> QPixmap | None:
        """The image's thumbnail, or None while it is being read, and for records."""
        return None if row.records else self._thumbnails.get(row.path, SIDE)

    def _text(self, row: ImageRow, column: Column) -> str:
        if column is Column.FILE:
            return row.name
        if column is Column.PREDICTION:
            return row.error or ", ".join(f"{s.label} {s.number()}".strip() for s in self._scores(row))
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
        if place is not None and side == SIDE and not self._rows[place].records:
            index = self.index(place, Column.PICTURE)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])
