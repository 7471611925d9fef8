"""All rows of the Test tab in the order they were added, with their places and counts. Knows no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from workbench.gui.dropped_files import holds_records
from workbench.gui.rows.image_row import ImageRow, RowCounts
from workbench.spec.row_summary import RowSummary

Span = tuple[int, int]
"""First and last place."""


class RowsStore:
    """One row for each image and each record. What comes or goes in between is told before and after it happens."""

    def __init__(self) -> None:
        self.rows: list[ImageRow] = []
        self.tally = RowCounts()
        self.folders: set[str] = set()
        self._places: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def fresh(self, paths: Iterable[str]) -> list[str]:
        """Those that are not there yet, each once."""
        return [path for path in dict.fromkeys(paths) if path not in self._places]

    def append(self, paths: Sequence[str]) -> None:
        """Add fresh files at the end."""
        first = len(self.rows)
        self.rows += [ImageRow(path, records=holds_records(path)) for path in paths]
        self._places |= {path: first + n for n, path in enumerate(paths)}
        self.folders |= {row.folder for row in self.rows[first:]}

    def reset(self, rows: Iterable[ImageRow] | None = None) -> None:
        """All rows, or some, wait again."""
        if rows is None:
            for row in self.rows:
                row.brief = None
            self.tally = RowCounts()
            return
        for row in rows:
            self.tally.count(row, -1)
            row.brief = None

    def remove(self, gone: set[str]) -> None:
        """Take the rows of some files away."""
        for row in self.rows:
            if row.path in gone:
                self.tally.count(row, -1)
        self.rows[:] = [row for row in self.rows if row.path not in gone]
        self._places, self._sizes = {}, {path: n for path, n in self._sizes.items() if path not in gone}
        for place, row in enumerate(self.rows):
            self._places.setdefault(row.path, place)
        self.folders = {row.folder for row in self.rows}

    def waiting(self, *, records: bool | None = None) -> list[str]:
        """The files without an answer: images, files of records, or all; each once."""
        if self.tally.done + self.tally.failed == len(self.rows):
            return []
        wanted = (r.path for r in self.rows if r.brief is None and (records is None or r.records is records))
        return list(dict.fromkeys(wanted))

    def has_images(self) -> bool:
        """Whether any row is an image."""
        return any(not row.records for row in self.rows)

    def place_of(self, path: str) -> int | None:
        """Where a file's first row is."""
        return self._places.get(path)

    def fill(self, briefs: Sequence[RowSummary], paths: Sequence[str], file: int) -> Span | None:
        """Take answers for the images at `paths`; those no longer there are left out. The span that changed."""
        touched = []
        for brief, path in zip(briefs, paths, strict=False):
            place = self._places.get(path)
            if place is not None:
                self._put(self.rows[place], brief, file)
                touched.append(place)
        return (min(touched), max(touched)) if touched else None

    def fill_records(
        self,
        path: str,
        first: int,
        briefs: Sequence[RowSummary],
        file: int,
        inserting: Callable[[int, int, Callable[[], None]], None],
    ) -> Span | None:
        """Take answers for the records of a file from the place `first` on; rows are made as they come.

        `inserting(first, last, work)` does the `work` of making them. The span that changed.
        """
        begin = self._places.get(path)
        if begin is None or not briefs:
            return None
        there = self._sizes.get(path, 1)
        missing = first + len(briefs) - there
        if missing > 0:
            place = begin + there
            inserting(place, place + missing - 1, lambda: self._insert(place, path, missing))
        for row, brief in zip(self.rows[begin + first :], briefs, strict=False):
            self._put(row, brief, file)
        return begin + first, begin + first + len(briefs) - 1

    def surplus(self, path: str, count: int) -> Span | None:
        """The rows of a file beyond its `count` records; one stays in any case."""
        begin, keep = self._places.get(path), max(count, 1)
        there = self._sizes.get(path, 1)
        return None if begin is None or there <= keep else (begin + keep, begin + there - 1)

    def cut(self, path: str, span: Span) -> None:
        """Take the surplus away."""
        first, last = span
        for row in self.rows[first : last + 1]:
            self.tally.count(row, -1)
        del self.rows[first : last + 1]
        self._shift(path, first, first - last - 1)

    def _put(self, row: ImageRow, brief: RowSummary, file: int) -> None:
        self.tally.count(row, -1)
        row.brief, row.file = brief, file
        self.tally.count(row, 1)

    def _insert(self, place: int, path: str, count: int) -> None:
        self.rows[place:place] = [ImageRow(path, records=True) for _ in range(count)]
        self._shift(path, place, count)

    def _shift(self, path: str, place: int, count: int) -> None:
        self._sizes[path] = self._sizes.get(path, 1) + count
        # Files behind the rows that came or went; mostly there are none, for the newest file is the last.
        for other in dict.fromkeys(row.path for row in self.rows[max(place, place + count) :]):
            self._places[other] += count
