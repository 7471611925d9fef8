"""Streams full rows into a JSON lines file and passes on a summary of each with its file offset."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from workbench.core.training.keras_comparison import KerasComparison
from workbench.spec.errors import DECODE_ERRORS, WorkbenchError
from workbench.spec.model import Row
from workbench.spec.reply_keys import ReplyKeys
from workbench.spec.row_summary import RowSummary, brief_of


def spilled(
    batches: Iterable[list[Row]],
    results: Path,
    reading: ReplyKeys,
    *,
    original: KerasComparison | None = None,
    records: bool = False,
) -> Iterator[list[RowSummary]]:
    """Write each batch to `results` and yield its row summaries in order; `records` keeps each row's source.

    A batch is written before its summaries are yielded: every announced row can be read, even after a crash of this
    process. Raises `WorkbenchError` CANNOT_WRITE.
    """
    try:
        results.parent.mkdir(parents=True, exist_ok=True)
        out = results.open("wb", buffering=0)
    except OSError as err:
        raise _refused(results, err) from err
    with out:
        for rows in batches:
            places = _put(rows, out, results)
            compared = original.compare(rows, reading) if original else [None] * len(rows)
            yield [
                brief_of(row, reading, *place, compared=beside, record=records)
                for row, place, beside in zip(rows, places, compared, strict=True)
            ]


def _put(rows: list[Row], out: IO[bytes], results: Path) -> list[tuple[int, int]]:
    """Append rows; returns the offset and the length in bytes of each, without the line end."""
    places, at = [], out.tell()
    lines = [msgspec.json.encode(row) for row in rows]
    for line in lines:
        places.append((at, len(line)))
        at += len(line) + 1
    try:
        data = b"\n".join(lines) + b"\n"
        if out.write(data) != len(data):  # An unbuffered file may write less than it is given when the disk fills up.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as err:
        raise _refused(results, err) from err
    return places


def read_rows(places: Iterable[tuple[Path, int, int]]) -> Iterator[Row]:
    """The whole rows at these positions (file, offset, bytes), in order.

    Raises `WorkbenchError` RESULTS_GONE if a file has changed.
    """
    opened: dict[Path, IO[bytes]] = {}
    try:
        for path, at, size in places:
            try:
                if path not in opened:
                    opened[path] = path.open("rb")
                file = opened[path]
                file.seek(at)
                yield msgspec.json.decode(file.read(size), type=Row)
            except (OSError, *DECODE_ERRORS) as err:
                text = "The stored results no longer exist."
                raise WorkbenchError("RESULTS_GONE", text, where=str(path), hint="Predict again.") from err
    finally:
        for file in opened.values():
            file.close()


def _refused(results: Path, err: OSError) -> WorkbenchError:
    return WorkbenchError(
        "CANNOT_WRITE",
        f"The results cannot be stored: {err.strerror or err}.",
        where=str(results),
        hint="Free disk space.",
    )
