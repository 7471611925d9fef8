"""Rows as CSV, a column for each key."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO

from workbench.core.predict.row_files import cells
from workbench.spec.model import Row


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
                writer.writerow(cells(earlier, keys))
        else:
            writer.writerow(cells(row, keys))
    if keys is None:  # Nothing but errors: there are no keys to name.
        writer.writerow(["source", "error"])
        writer.writerows(cells(row, []) for row in waiting)
    text.detach()
