"""The Test tab's rows as the table shows them: all of them as they were added, or those wanted in the order wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal

from workbench.gui.rows.class_folders import ClassFolders
from workbench.gui.rows.columns import BY, RowColumn
from workbench.gui.rows.image_row import ImageRow, RowCounts
from workbench.gui.rows.row_query import RowArranger, RowOrder, RowQuery
from workbench.gui.rows.rows_store import RowsStore
from workbench.gui.rows.rows_table import RowsTable
from workbench.gui.thumbnails import Thumbnails
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.row_summary import RowSummary


class RowsModel(RowsTable):
    """One `dataChanged` an event, whatever its rows. Filter and order are worked out piece by piece beside it."""

    wish_changed = Signal()

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(thumbnails, parent)
        self._arranger = RowArranger(self)
        self._arranger.done.connect(self._show)

    @property
    def tally(self) -> RowCounts:
        """What is counted over all rows."""
        return self._store.tally

    @property
    def folders(self) -> frozenset[str]:
        """The names of the folders that images lie in."""
        return frozenset(self._store.folders)

    @property
    def arranging(self) -> bool:
        """Whether an order is being worked out, or soon will be."""
        return self._arranger.busy

    def add(self, paths: Iterable[str]) -> int:
        """Append files that are not there yet; the number of those appended."""
        fresh = self._store.fresh(paths)
        if fresh and self._plain:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._store.append(fresh)
            self.endInsertRows()
        elif fresh:
            self._store.append(fresh)
            self._arrange_soon()
        return len(fresh)

    def clear(self) -> None:
        """Forget all rows."""
        self._renew(self._forget)

    def remove(self, paths: set[str]) -> None:
        """Take files away."""
        self._renew(lambda: self._store.remove(paths))

    def reset_answers(self, rows: Iterable[ImageRow] | None = None) -> None:
        """All rows, or some, wait again."""
        self._store.reset(rows)
        self._changed(0, len(self._shown) - 1)
        self._arrange_soon()

    def waiting(self, *, records: bool | None = None) -> list[str]:
        """The files without an answer: images, files of records, or all; each once."""
        return self._store.waiting(records=records)

    def has_images(self) -> bool:
        """Whether any row is an image."""
        return self._store.has_images()

    def has(self, path: str) -> bool:
        """Whether a file is among the rows, shown or not."""
        return self._store.place_of(path) is not None

    def fill(self, briefs: Sequence[RowSummary], paths: Sequence[str], file: int = 0) -> None:
        """Take answers for the images at `paths`; those no longer there are left out."""
        self._touched(self._store.fill(briefs, paths, file))

    def fill_records(self, path: str, first: int, briefs: Sequence[RowSummary], file: int = 0) -> None:
        """Take answers for the records of a file from the place `first` on; rows are made as they come."""
        self._touched(self._store.fill_records(path, first, briefs, file, self._inserting))

    def end_records(self, path: str, count: int, nothing: RowSummary) -> None:
        """The file had so many records: older rows beyond them go; a file without any has the row `nothing`."""
        if count == 0:
            self.fill_records(path, 0, [nothing])
        span = self._store.surplus(path, count)
        if span is not None and self._plain:
            self.beginRemoveRows(QModelIndex(), *span)
            self._store.cut(path, span)
            self.endRemoveRows()
        elif span is not None:
            self._store.cut(path, span)
            self._arrange()

    def set_reading(self, reading: ReplyKeys) -> None:
        """Read predictions another way: other keys or other labels."""
        if reading != self._reading:
            self._reading = reading
            self.set_wish(replace(self.wish, labels=reading.labels))
            self._changed(0, len(self._shown) - 1)

    def set_classes(self, classes: ClassFolders) -> None:
        """Take other class folders for true."""
        if classes != self.wish.classes:
            # The numbers of a cell are of the classes as they were.
            pair = self.wish.pair if classes.labels == self.wish.classes.labels else None
            self.set_wish(replace(self.wish, classes=classes, pair=pair))
            self._changed(0, len(self._shown) - 1)

    def set_wish(self, wish: RowQuery) -> None:
        """Show other rows, or another order."""
        if wish != self.wish:
            self.wish = wish
            self._arrange()
            self.wish_changed.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """The header was clicked; -1 = the order in which rows were added."""
        by = BY.get(RowColumn(column), RowOrder.ADDED) if 0 <= column < len(RowColumn) else RowOrder.ADDED
        self.set_wish(replace(self.wish, by=by, descending=order is Qt.SortOrder.DescendingOrder))

    def counts(self) -> tuple[int, int, int]:
        """How many rows there are, are done, have failed."""
        return len(self._store.rows), self.tally.done, self.tally.failed

    def _touched(self, span: tuple[int, int] | None) -> None:
        if span is None:
            return
        if self._plain:
            self._changed(*span)
        else:
            # Where they stand in another order is not asked: the view paints only what is in sight.
            self._changed(0, len(self._shown) - 1)
            self._arrange_soon()

    def _inserting(self, first: int, last: int, work: Callable[[], None]) -> None:
        if not self._plain:
            work()
            return
        self.beginInsertRows(QModelIndex(), first, last)
        work()
        self.endInsertRows()

    def _forget(self) -> None:
        plain = self._plain
        self._store = RowsStore()
        self._shown = self._store.rows if plain else []

    def _renew(self, work: Callable[[], None]) -> None:
        self.beginResetModel()
        work()
        if not self._plain:
            there = {id(row) for row in self._store.rows}
            self._shown = [row for row in self._shown if id(row) in there]
        self.endResetModel()
        self._arrange_soon()

    def _arrange_soon(self) -> None:
        if not self.wish.plain:
            self._arranger.soon(self._store.rows, self.wish)

    def _arrange(self) -> None:
        if not self.wish.plain:
            self._arranger.start(self._store.rows, self.wish)
            return
        self._arranger.stop()
        if not self._plain:
            self._show(self._store.rows)

    def _show(self, rows: list[ImageRow]) -> None:
        self.beginResetModel()
        self._shown = rows
        self.endResetModel()
