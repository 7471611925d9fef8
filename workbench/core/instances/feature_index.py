"""Indexes each image's values from CSV, JSON lines or Parquet on disk, so that a million rows need little memory."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.instances.parquet import parquet_rows
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FILE, feature_rows

Values = Mapping[str, object]

PLAIN: Final = (str, int, float, bool, bytes, type(None))
"""Types that are stored unchanged; dates, decimals and other types of a Parquet file become text."""


class FeatureIndex(Mapping[str, Values]):
    """A features file as a mapping from an image's name to its values. Safe to use from any thread.

    `columns` are the keys of all rows, `repeated` the names that occur more than once (the last row counts), `asked`
    the number of rows that were requested.
    """

    def __init__(self, path: Path, *, file_key: str = FILE, take: Mapping[str, str] | None = None) -> None:
        """Read the whole file. `take` maps columns to keys; without it the key of every column is its own name.

        Raises `WorkbenchError` NO_FILE, BAD_FEATURES, NO_COLUMN, or NO_PYARROW for Parquet if pyarrow is not installed.
        """
        self.columns: set[str] = set()
        self.repeated: list[str] = []
        self._lock = threading.Lock()
        folder = tempfile.mkdtemp(prefix="workbench-features-")
        # Autocommit off: one transaction for all rows; no other process opens this file.
        self._base = sqlite3.connect(Path(folder) / "rows.sqlite", check_same_thread=False)
        self._end = weakref.finalize(self, _removed, self._base, folder)  # A pipeline's worker gives no sign of ending.
        self._base.executescript("pragma journal_mode=off; pragma synchronous=off; pragma cache_size=-16000;")
        self._base.execute("create table rows (name text unique, data blob)")
        try:
            for name, values in _rows(path, file_key):
                self._add(name, _taken(values, take, path), path)
        except BaseException:
            self.close()
            raise
        self._count = self._counted()  # Counted once: it is needed for every image, and counting reads all rows.
        self._asked = bytearray(self._count + 1)

    def _add(self, name: str, values: Values, path: Path) -> None:
        self.columns.update(values)
        try:
            data = msgspec.msgpack.encode({key: _plain(value) for key, value in values.items()})
        except (OverflowError, ValueError) as err:
            raise WorkbenchError(
                "BAD_FEATURES", f"The values of '{name}' cannot be stored: {err}.", where=str(path)
            ) from err
        done = self._base.execute("insert or ignore into rows values (?, ?)", (name, data))
        if not done.rowcount:
            self.repeated.append(name)
            self._base.execute("update rows set data = ? where name = ?", (data, name))

    def _counted(self) -> int:
        """The number of rows, which is also the number of the last one, since none is ever removed."""
        return int(self._base.execute("select count(*) from rows").fetchone()[0])

    def __getitem__(self, name: str) -> Values:
        try:
            with self._lock:
                found = self._base.execute("select rowid, data from rows where name = ?", (name,)).fetchone()
        except UnicodeEncodeError:  # A name that is not valid UTF-8 is in no features file.
            raise KeyError(name) from None
        if found is None:
            raise KeyError(name)
        self._asked[found[0]] = 1
        values: Values = msgspec.msgpack.decode(found[1])
        return values

    def __iter__(self) -> Iterator[str]:
        with closing(self._base.execute("select name from rows order by rowid")) as rows:
            yield from (name for (name,) in rows)

    def __len__(self) -> int:
        return self._count

    @property
    def asked(self) -> int:
        """The number of rows that were requested."""
        return sum(self._asked)

    def close(self) -> None:
        """Delete the index from disk."""
        self._end()


def _removed(base: sqlite3.Connection, folder: str) -> None:
    base.close()
    shutil.rmtree(folder, ignore_errors=True)


def columns_of(features: Mapping[str, Values]) -> set[str]:
    """The keys that any image has a value for."""
    return features.columns if isinstance(features, FeatureIndex) else set().union(*features.values())


def _rows(path: Path, file_key: str) -> Iterator[tuple[str, Values]]:
    return parquet_rows(path, file_key) if path.suffix.lower() == ".parquet" else feature_rows(path, file_key)


def _taken(values: Values, take: Mapping[str, str] | None, path: Path) -> Values:
    if not take:
        return values
    missing = [column for column in take if column not in values]
    if missing:
        hint = f"It has: {', '.join(values) or 'none'}."
        raise WorkbenchError("NO_COLUMN", f"There is no column '{missing[0]}'.", where=str(path), hint=hint)
    return {key: values[column] for column, key in take.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(key): _plain(v) for key, v in value.items()}
    return value if isinstance(value, PLAIN) else str(value)
