"""A job's input: objects found by patterns, read record by record."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from workbench.core.serve.replies import ApiError
from workbench.core.serve.storage.globs import glob_pattern
from workbench.core.serve.storage.object_types import Listing, StoredObject
from workbench.core.serve.storage.objects import Objects
from workbench.spec.foreign_json import json_value

_URI: Final = re.compile(r"gs://([^/]+)/(.+)", re.DOTALL)
_PAGE: Final = 1000


class BadRecord(Exception):
    """A record that is not an instance; the text says why. `line` is the record as it was read."""

    def __init__(self, why: str, line: str) -> None:
        super().__init__(why)
        self.line = line


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The rows in lists of `size`; the last list may be shorter."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def split_uri(uri: str, field: str) -> tuple[str, str]:
    """Bucket and object name of a `gs://` URI. Raises `ApiError` 400."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise ApiError(400, f"'{uri}' is not a gs:// path of an object.", field=field)
    return match[1], match[2]


def matching(objects: Objects, pattern: str, field: str) -> list[StoredObject]:
    """The objects that match a path with `*` (within a folder) and `**`, by name. Raises `ApiError` 400 if there are
    none."""
    bucket, name = split_uri(pattern, field)
    prefix = re.split(r"[*?\[]", name, maxsplit=1)[0]
    wanted = glob_pattern(name)
    found: list[StoredObject] = []
    after = ""
    while True:
        page = objects.page(bucket, Listing(prefix=prefix, after=after, limit=_PAGE))
        found += [stored for stored in page.objects if wanted.fullmatch(stored.name)]
        if not (after := page.last):
            break
    if not found:
        raise ApiError(400, f"No files found based on the file pattern {pattern}", field=field)
    return found


def json_lines(objects: Objects, stored: StoredObject) -> Iterator[Any]:
    """One JSON value or `BadRecord` per line, decompressed if the object is gzipped."""
    from workbench.core.instances.gzip_io import READ_ERRORS, opened, reason

    try:
        with opened(objects.path(stored)) as file:
            for line in file:
                yield _value(line.rstrip(b"\r\n"))
    except READ_ERRORS as err:
        raise ApiError(400, f"gs://{stored.bucket}/{stored.name} cannot be read: {reason(err)}.") from err


def _value(line: bytes) -> Any:
    try:
        return json_value(line, strict=True)
    except ValueError as err:
        return BadRecord(f"Invalid JSON: {err}", line.decode("utf-8", "replace"))


def records(objects: Objects, stored: StoredObject) -> Iterator[bytes]:
    """The records of a TFRecord object, plain or gzipped. Raises `ApiError` if it is damaged."""
    from workbench.core.instances.tfrecords import read_records

    for number, record in read_records(str(objects.path(stored))):
        if not isinstance(record, bytes):
            place = f"gs://{stored.bucket}/{stored.name}, record {number}"
            raise ApiError(400, f"{place}: {record.message}")
        yield record


def listed_files(objects: Objects, stored: StoredObject) -> Iterator[dict[str, str]]:
    """The files in a list of `gs://` paths, one per line: each as `{"b64": ...}`. Raises `ApiError` for a missing
    one."""
    for line in objects.path(stored).read_text(encoding="utf-8").splitlines():
        if line.strip():
            bucket, name = split_uri(line.strip(), "input_config.gcs_source")
            yield encoded(objects.path(objects.get(bucket, name)).read_bytes())


def encoded(data: bytes) -> dict[str, str]:
    """Bytes as the APIs write them in JSON."""
    return {"b64": base64.b64encode(data).decode()}
