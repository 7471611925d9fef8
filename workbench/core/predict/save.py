"""Exports stored rows as CSV, JSON lines, `.npy`, TFRecord or an HTML page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from workbench.core.predict.html_rows import write_page
from workbench.core.predict.row_files import LineRows, write_csv
from workbench.core.progress import Report, silent
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import replacing
from workbench.spec.model import Progress, Row
from workbench.spec.reply_keys import ReplyKeys, scores_of
from workbench.spec.tensors import TensorSpec

ENDINGS: Final = (".csv", ".jsonl", ".npy", ".tfrecord", ".html")

SOURCE: Final = TensorSpec("DT_STRING", (-1,), "")
"""The feature of an Example that names its input, beside the reply's own keys."""

_STEP: Final = 500
"""Rows between two progress reports."""

Rows = Iterable[Row]


def save_rows(
    rows: Rows,
    output: Path,
    *,
    total: int,
    reading: ReplyKeys,
    answers: Mapping[str, TensorSpec],
    report: Report = silent,
) -> None:
    """Write rows in order; the ending of `output` decides the format.

    `.npy` holds the scores, float32 `(rows, classes)`, NaN for failed rows. A TFRecord has one Example per row with
    `source` and the reply's keys, or `source` and `error`. Raises `WorkbenchError` BAD_OUTPUT for another ending,
    NO_SCORES for an `.npy` of replies without scores, CANNOT_WRITE.
    """
    told = _telling(rows, total, report)
    write: dict[str, Callable[[IO[bytes]], None]] = {
        ".csv": lambda out: write_csv(told, out),
        ".jsonl": lambda out: _lines(told, out),
        ".npy": lambda out: _scores(told, total, reading, out),
        ".tfrecord": lambda out: _examples(told, answers, out),
        ".html": lambda out: write_page(told, total, reading, out),
    }
    ending = output.suffix.lower()
    if ending not in write:
        hint = f"Use {', '.join(ENDINGS)}."
        raise WorkbenchError(
            "BAD_OUTPUT", "The file name ending does not set the format.", where=str(output), hint=hint
        )
    with replacing(output) as out:
        write[ending](out)


def _telling(rows: Rows, total: int, report: Report) -> Rows:
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            report(Progress("Saving", number, total))
        yield row


def _lines(rows: Rows, out: IO[bytes]) -> None:
    file = LineRows()
    for row in rows:
        out.write(file.row(row))


def _scores(rows: Rows, total: int, reading: ReplyKeys, out: IO[bytes]) -> None:
    """Write row by row after a header that is written once the number of classes is known."""
    width = 0
    failed_first = 0
    for row in rows:
        numbers = scores_of(row.prediction, reading) if row.prediction is not None else []
        if not width and not numbers:
            failed_first += 1
            continue
        if not width:
            width = len(numbers)
            shape = {"descr": "<f4", "fortran_order": False, "shape": (total, width)}
            np.lib.format.write_array_header_1_0(out, shape)
            out.write(np.full((failed_first, width), np.nan, "<f4").tobytes())
        line = numbers if len(numbers) == width else [np.nan] * width
        out.write(np.asarray(line, "<f4").tobytes())
    if not width:
        hint = "Save JSON lines: they contain complete replies."
        raise WorkbenchError("NO_SCORES", "These rows have no scores.", hint=hint)


def _examples(rows: Rows, answers: Mapping[str, TensorSpec], out: IO[bytes]) -> None:
    from workbench.core.instances.examples import parts_of
    from workbench.core.instances.tfrecords import record_of

    known = {"source": SOURCE, "error": SOURCE, **answers}
    for row in rows:
        values: dict[str, Any] = {"source": row.source, **(row.prediction or {})}
        if row.error is not None:
            values["error"] = f"{row.error.code}: {row.error.message}"
        out.writelines(record_of(parts_of({key: known[key] for key in values if key in known}, values)))
