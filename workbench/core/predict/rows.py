"""Rows as text files: the documents of JSON lines, and CSV with a column for each key."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO

import msgspec

from workbench.spec.model import Row


def as_document(row: Row) -> dict[str, object]:
    """A row as `cli.md` fixes it: its source with the prediction or the error."""
    if row.error:
        message = f"{row.error.message} {row.error.hint}".strip()
        return {"source": row.source, "error": {"code": row.error.code, "message": message}}
    return {"source": row.source, "prediction": row.prediction}


def write_csv(rows: Iterable[Row], out: IO[bytes]) -> None:
    """Source, a column for each key of the first prediction (lists as JSON), and the error."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    keys: list[str] | None = None
    waiting: list[Row] = []
    for row in rows:
        if keys is None:
            waiting.append(row)
            if row.prediction is None:
                continue
            keys = list(row.prediction)
            writer.writerow(["source", *keys, "error"])
            for earlier in waiting:
                writer.writerow(_cells(earlier, keys))
        else:
            writer.writerow(_cells(row, keys))
    if keys is None:  # Nothing but errors: there are no keys to name.
        writer.writerow(["source", "error"])
        writer.writerows(_cells(row, []) for row in waiting)
    text.detach()


def _cells(row: Row, keys: list[str]) -> list[object]:
    values = [(row.prediction or {}).get(key) for key in keys]
    cells = [msgspec.json.encode(v).decode() if isinstance(v, list | dict) else v for v in values]
    return [row.source, *cells, f"{row.error.code}: {row.error.message}" if row.error else ""]
