"""Types of the object store: a stored object, a write, and a listing request."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from workbench.core.serve.storage.content import Conditions


class StoredObject(msgspec.Struct, frozen=True):
    """One live object.

    `generation` grows with every write of the name (microseconds since 1970), `metageneration` with every change of its
    metadata. `extra` are fields that are only stored, such as `cacheControl`. A composed object has no `md5`.
    """

    bucket: str
    name: str
    generation: int
    size: int
    crc32c: str
    md5: str
    content_type: str
    created: str
    metadata: dict[str, str]
    file: str
    metageneration: int = 1
    updated: str = ""
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


Change = Callable[[StoredObject], StoredObject]


class ObjectWrite(msgspec.Struct, frozen=True):
    """The object that a client wants to write."""

    bucket: str
    name: str
    content_type: str
    metadata: dict[str, str]
    conditions: Conditions
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


class ListingPage(msgspec.Struct, frozen=True):
    """One page of a listing; `last` is the name after which the next page starts, empty at the end."""

    objects: list[StoredObject]
    prefixes: list[str]
    last: str


class Listing(msgspec.Struct, frozen=True):
    """What to list. `start` is included, `end` is not, as in the API.

    `trailing`: an object whose name ends in its first delimiter after the prefix is listed beside that prefix.
    """

    prefix: str = ""
    delimiter: str = ""
    limit: int = 1000
    after: str = ""
    start: str = ""
    end: str = ""
    glob: str = ""
    trailing: bool = False


def object_of(row: sqlite3.Row) -> StoredObject:
    """The object in a row of the store."""
    fields = {name: row[name] for name in StoredObject.__struct_fields__}
    return StoredObject(**(fields | {name: json.loads(row[name]) for name in ("metadata", "extra")}))
