"""The local target's state on disk: one SQLite database for metadata, plain files for contents.

Everything is under one root folder. A file is written in `incoming/` and moved into place; only then a row names it.
Files that no row names after a crash are deleted at the next start.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workbench.core.serve.faults import points
from workbench.spec.errors import OutsideError, WorkbenchError

DATABASE: Final = "state.sqlite"

_SCHEMAS: Final = (
    """
CREATE TABLE buckets (name TEXT PRIMARY KEY, created TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (
    bucket TEXT NOT NULL REFERENCES buckets(name), name TEXT NOT NULL, generation INTEGER NOT NULL,
    size INTEGER NOT NULL, crc32c TEXT NOT NULL, md5 TEXT NOT NULL, content_type TEXT NOT NULL,
    created TEXT NOT NULL, metadata TEXT NOT NULL, file TEXT NOT NULL UNIQUE, PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, request TEXT NOT NULL, created TEXT NOT NULL, finished TEXT
) WITHOUT ROWID;
CREATE TABLE models (
    project TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, default_version TEXT, changes INTEGER NOT NULL,
    PRIMARY KEY (project, name)
) WITHOUT ROWID;
CREATE TABLE versions (
    project TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL, error TEXT NOT NULL, created TEXT NOT NULL, changes INTEGER NOT NULL,
    PRIMARY KEY (project, model, name), FOREIGN KEY (project, model) REFERENCES models(project, name)
) WITHOUT ROWID;
CREATE TABLE operations (
    project TEXT NOT NULL, name TEXT NOT NULL, folder TEXT, body TEXT NOT NULL, done INTEGER NOT NULL,
    cancelled INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (project, name)
) WITHOUT ROWID;
""",
    """
ALTER TABLE buckets ADD COLUMN body TEXT NOT NULL DEFAULT '{}';
ALTER TABLE objects ADD COLUMN metageneration INTEGER NOT NULL DEFAULT 1;
ALTER TABLE objects ADD COLUMN updated TEXT NOT NULL DEFAULT '';
ALTER TABLE objects ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
CREATE TABLE vertex_versions (
    place TEXT NOT NULL, model TEXT NOT NULL, version INTEGER NOT NULL, folder TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL, aliases TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL, changes INTEGER NOT NULL,
    PRIMARY KEY (place, model, version)
) WITHOUT ROWID;
CREATE TABLE vertex_counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE vertex_endpoints (
    place TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
    changes INTEGER NOT NULL, PRIMARY KEY (place, id)
) WITHOUT ROWID;
CREATE TABLE vertex_operations (
    place TEXT NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, done INTEGER NOT NULL,
    cancelled INTEGER NOT NULL, task TEXT NOT NULL, PRIMARY KEY (place, id)
) WITHOUT ROWID;
CREATE TABLE jobs (
    api TEXT NOT NULL, place TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
    result TEXT NOT NULL, created TEXT NOT NULL, started TEXT NOT NULL, ended TEXT NOT NULL,
    changes INTEGER NOT NULL, PRIMARY KEY (api, place, id)
) WITHOUT ROWID;
""",
)
"""What each version of the state adds to the previous one; a root of an older Workbench is migrated."""


class TargetStore:
    """The open root folder. Only one process at a time can hold it; its methods may be called from any thread.

    Raises `WorkbenchError` BAD_ROOT if the folder is not a target's root, `OutsideError` ROOT_IN_USE if another server
    has it open and ROOT_NOT_WRITABLE if it cannot be written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content = root / "content"
        self.incoming = root / "incoming"
        self.versions = root / "versions"
        self._lock = threading.RLock()
        try:
            for folder in (self.content, self.incoming, self.versions):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise _not_writable(root, err.strerror or str(err)) from err
        self._database = _open(root)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block, or none; other threads wait. A block inside a block is part of it."""
        with self._lock:
            if self._inside():
                yield self._database
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._inside():
                    self._database.execute("ROLLBACK")
                raise

    def _inside(self) -> bool:
        return self._database.in_transaction

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """The rows of one SELECT statement."""
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of one SELECT statement, or `None`."""
        with self._lock:
            found: sqlite3.Row | None = self._database.execute(sql, values).fetchone()
            return found

    def close(self) -> None:
        """Release the root; may be called twice."""
        with self._lock:
            self._database.close()


def sweep(folder: Path, named: Iterable[str]) -> None:
    """Delete everything in a folder that is not named: files that a crash left without a row."""
    keep = set(named)
    for entry in folder.iterdir():
        if entry.name in keep:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def new_id() -> str:
    """A name for a file or folder that does not depend on anything a client sent."""
    return uuid.uuid4().hex


def timestamp() -> str:
    """The current time in the format of both APIs."""
    return (datetime.now(UTC) + points.skew.get()).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _open(root: Path) -> sqlite3.Connection:
    database = sqlite3.connect(root / DATABASE, timeout=0.5, isolation_level=None, check_same_thread=False)
    try:
        _prepare(database, root)
    except BaseException as err:
        database.close()
        if isinstance(err, sqlite3.Error):
            raise _told(root, err) from err
        raise
    return database


def _prepare(database: sqlite3.Connection, root: Path) -> None:
    database.row_factory = sqlite3.Row
    # The operating system releases the exclusive lock when the process ends, however it ends: a second server on the
    # root is refused, and a killed one leaves nothing to clean up.
    for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN EXCLUSIVE")
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_SCHEMAS):
        hint = "Update the workbench, or choose another --root."
        raise WorkbenchError("BAD_ROOT", "It was written by a newer workbench.", where=str(root), hint=hint)
    for schema in _SCHEMAS[version:]:
        for statement in filter(str.strip, schema.split(";")):
            database.execute(statement)
    database.execute(f"PRAGMA user_version={len(_SCHEMAS)}")
    database.execute("COMMIT")


def _told(root: Path, error: sqlite3.Error) -> WorkbenchError:
    name: Any = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        hint = "Stop it or choose another --root."
        return OutsideError("ROOT_IN_USE", "Another local target uses this folder.", where=str(root), hint=hint)
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or not name:
        hint = "Choose another --root, or remove this one."
        return WorkbenchError("BAD_ROOT", f"Its {DATABASE} cannot be read: {error}.", where=str(root), hint=hint)
    return _not_writable(root, str(error))


def _not_writable(root: Path, reason: str) -> OutsideError:
    text = f"The local target cannot use this folder: {reason}."
    return OutsideError("ROOT_NOT_WRITABLE", text, where=str(root), hint="Choose another --root.")
