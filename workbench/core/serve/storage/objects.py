"""Buckets and objects: rows in the store, contents in files with generated names. No HTTP here except for
`ApiError`."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.serve.replies import ApiError
from workbench.core.serve.storage.content import Checksums, Conditions, IncomingFile
from workbench.core.serve.storage.globs import glob_pattern
from workbench.core.serve.storage.object_types import Change, Listing, ListingPage, ObjectWrite, StoredObject, object_of
from workbench.core.serve.store import TargetStore, new_id, sweep, timestamp

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")

MAX_NAME: Final = 1024
"""Maximum length of an object's name in UTF-8 bytes (Cloud Storage's own limit)."""


class Objects:
    """The state of Cloud Storage in the local target."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store
        self._last_generation = 0
        sweep(store.content, (row["file"] for row in store.rows("SELECT file FROM objects")))

    def create_bucket(self, name: str, body: dict[str, Any]) -> sqlite3.Row:
        """A new bucket. `body` is stored: its location, storage class and labels are returned with the bucket.

        Raises `ApiError` 400 for an invalid name, 409 for an existing one.
        """
        if not _BUCKET.fullmatch(name):
            raise ApiError(400, f"Invalid bucket name: '{name}'")
        with self._store.transaction() as database:
            if database.execute("SELECT 1 FROM buckets WHERE name = ?", (name,)).fetchone():
                raise ApiError(409, "You already own this bucket. Please select another name.")
            values = (name, timestamp(), json.dumps(body))
            database.execute("INSERT INTO buckets (name, created, body) VALUES (?, ?, ?)", values)
        return self.bucket(name)

    def bucket(self, name: str) -> sqlite3.Row:
        """The bucket. Raises `ApiError` 404."""
        row = self._store.row("SELECT * FROM buckets WHERE name = ?", name)
        if row is None:
            raise ApiError(404, "The specified bucket does not exist.")
        return row

    def buckets(self, prefix: str, after: str, limit: int) -> list[sqlite3.Row]:
        """Buckets in name order."""
        sql = "SELECT * FROM buckets WHERE name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?"
        return self._store.rows(sql, after, prefix, prefix, limit)

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket. Raises `ApiError` 404, or 409 while it holds objects."""
        with self._store.transaction() as database:
            self.bucket(name)
            if database.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (name,)).fetchone():
                raise ApiError(409, "The bucket you tried to delete is not empty.")
            database.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def change_bucket(self, name: str, change: Callable[[sqlite3.Row], dict[str, Any]]) -> sqlite3.Row:
        """Store what `change` returns for the bucket. Raises `ApiError` 404, and what `change` raises."""
        with self._store.transaction() as database:
            body = json.dumps(change(self.bucket(name)))
            database.execute("UPDATE buckets SET body = ? WHERE name = ?", (body, name))
            return self.bucket(name)

    def move(self, source: str, condition: Conditions, target: ObjectWrite) -> StoredObject:
        """Rename an object within its bucket, in one step; its content stays where it is.

        `condition` applies to the source, the target's own conditions to the object that has that name. Raises
        `ApiError` 400, 404 or 412.
        """
        check_object_name(target.name)
        if source == target.name:
            raise ApiError(400, "The source and the destination of a move must be different objects.")
        with self._store.transaction() as database:
            moved = self.get(target.bucket, source)
            condition.check_object(moved)
            replaced = self.find(target.bucket, target.name)
            target.conditions.check_object(replaced)
            fresh = self._described(target, Checksums(moved.size, moved.crc32c, moved.md5))
            named = msgspec.structs.replace(
                fresh, content_type=moved.content_type, metadata=moved.metadata, extra=moved.extra, file=moved.file
            )
            database.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", (target.bucket, source))
            self._insert(named)
        if replaced is not None:
            self.path(replaced).unlink(missing_ok=True)
        return named

    def find(self, bucket: str, name: str) -> StoredObject | None:
        """The live object, if there is one. Raises `ApiError` 404 for the bucket."""
        self.bucket(bucket)
        row = self._store.row("SELECT * FROM objects WHERE bucket = ? AND name = ?", bucket, name)
        return None if row is None else object_of(row)

    def get(self, bucket: str, name: str) -> StoredObject:
        """The live object. Raises `ApiError` 404."""
        found = self.find(bucket, name)
        if found is None:
            raise ApiError(404, f"No such object: {bucket}/{name}")
        return found

    def path(self, stored: StoredObject) -> Path:
        """The file with its content. The file never changes; a new generation is a new file."""
        return self._store.content / stored.file

    def beside(self) -> Path:
        """A path at which a new file can be written before it is moved into place."""
        return self._store.incoming / new_id()

    def incoming(self) -> IncomingFile:
        """A new file to receive content in."""
        return IncomingFile(self.beside())

    def refuse_early(self, wish: ObjectWrite) -> None:
        """Raise what `commit` would raise already now, before the content is sent."""
        check_object_name(wish.name)
        found = self.find(wish.bucket, wish.name)
        wish.conditions.check_object(found)

    def commit(self, wish: ObjectWrite, source: Path, sums: Checksums) -> StoredObject:
        """Make the file at `source` the content of the object. Raises `ApiError`, and then leaves the file there."""
        check_object_name(wish.name)
        with self._store.transaction() as database:
            self.bucket(wish.bucket)
            key = (wish.bucket, wish.name)
            row = database.execute("SELECT * FROM objects WHERE bucket = ? AND name = ?", key).fetchone()
            replaced = None if row is None else object_of(row)
            wish.conditions.check_object(replaced)
            stored = self._described(wish, sums)
            source.replace(self.path(stored))
            self._insert(stored)
        if replaced is not None:
            self.path(replaced).unlink(missing_ok=True)
        return stored

    def _insert(self, stored: StoredObject) -> None:
        names = StoredObject.__struct_fields__
        values = [json.dumps(v) if isinstance(v, dict) else v for v in msgspec.structs.astuple(stored)]
        sql = f"INSERT OR REPLACE INTO objects ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        with self._store.transaction() as database:
            database.execute(sql, values)

    def change(self, bucket: str, name: str, conditions: Conditions, change: Change) -> StoredObject:
        """Change an object's metadata. Raises `ApiError` 404 or 412, and what `change` raises."""
        with self._store.transaction():
            stored = self.get(bucket, name)
            conditions.check_object(stored)
            number = stored.metageneration + 1
            changed = msgspec.structs.replace(change(stored), metageneration=number, updated=timestamp())
            self._insert(changed)
            return changed

    def _described(self, wish: ObjectWrite, sums: Checksums) -> StoredObject:
        # Called inside the transaction: generations must grow even if the clock does not.
        self._last_generation = max(time.time_ns() // 1000, self._last_generation + 1)
        return StoredObject(
            wish.bucket,
            wish.name,
            self._last_generation,
            sums.size,
            sums.crc32c,
            sums.md5,
            wish.content_type,
            timestamp(),
            wish.metadata,
            new_id(),
            extra=wish.extra,
        )

    def delete(self, bucket: str, name: str, conditions: Conditions) -> None:
        """Delete an object. Raises `ApiError` 404 or 412."""
        with self._store.transaction() as database:
            row = database.execute("SELECT * FROM objects WHERE bucket = ? AND name = ?", (bucket, name)).fetchone()
            if row is None:
                raise ApiError(404, f"No such object: {bucket}/{name}")
            conditions.check_object(object_of(row))
            database.execute("DELETE FROM objects WHERE bucket = ? AND name = ?", (bucket, name))
        self.path(object_of(row)).unlink(missing_ok=True)

    def page(self, bucket: str, listing: Listing) -> ListingPage:
        """Objects and common prefixes together in name order, up to `limit` of both. Raises `ApiError` 404."""
        self.bucket(bucket)
        page = ListingPage([], [], "")
        last = ""
        wanted = glob_pattern(listing.glob) if listing.glob else None
        for entry, stored in self._entries(bucket, listing):
            if wanted and not wanted.fullmatch(stored.name if stored else entry):
                continue
            # A prefix follows the object of the same name, which `includeTrailingDelimiter` lists too.
            place = entry if stored else entry + "\0"
            if place <= listing.after or (stored is None and page.prefixes and page.prefixes[-1] == entry):
                continue
            if len(page.objects) + len(page.prefixes) == listing.limit:
                return msgspec.structs.replace(page, last=last)
            if stored is None:
                page.prefixes.append(entry)
            else:
                page.objects.append(stored)
            last = place
        return page

    def _entries(self, bucket: str, listing: Listing) -> Iterator[tuple[str, StoredObject | None]]:
        """Every object under the prefix; one with a further delimiter is represented by its prefix only (`None`)."""
        sql = "SELECT * FROM objects WHERE bucket = ? AND name >= ? ORDER BY name"
        for row in self._store.rows(sql, bucket, max(listing.prefix, listing.start, listing.after)):
            name: str = row["name"]
            if not name.startswith(listing.prefix) or (listing.end and name >= listing.end):
                return
            cut = name.find(listing.delimiter, len(listing.prefix)) if listing.delimiter else -1
            prefix = name[: cut + len(listing.delimiter)] if cut >= 0 else ""
            if not prefix or (listing.trailing and prefix == name):
                yield name, object_of(row)
            if prefix:
                yield prefix, None


def check_object_name(name: str) -> None:
    """Cloud Storage's rules for names. File paths are not affected: contents are stored under generated names."""
    bad = name in ("", ".", "..") or "\r" in name or "\n" in name or "\0" in name
    if bad or len(name.encode()) > MAX_NAME:
        raise ApiError(400, f"Invalid object name: '{name[:80]}'")
