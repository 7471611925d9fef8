"""Summary of a row for the window, with the offset of the full row on disk; and the preview of its input."""

from __future__ import annotations

import msgspec

from workbench.spec.errors import ErrorInfo
from workbench.spec.model import Row
from workbench.spec.reply_keys import PredictionLine, ReplyKeys, first_lines


class KerasDifference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Comparison of a row with the Keras model: largest score difference, and whether the top-1 class changed."""

    difference: float
    flips: bool = False


class RowSummary(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One row in short. The whole `Row` is one line of JSON in the job's results file: `size` bytes from `at` on.

    `margin` is the best score less the second best, None where there are no two. `source` is said of records only:
    an image's path is known. Cut short so that 100 000 of them are some tens of megabytes.
    """

    at: int
    size: int
    lines: tuple[PredictionLine, ...] = ()
    milliseconds: float = 0.0
    error: ErrorInfo | None = None
    compared: KerasDifference | None = None
    source: str = ""

    @property
    def margin(self) -> float | None:
        """The best score less the second best; None where there are no two."""
        values = [line.value for line in self.lines[:2]]
        if len(values) < 2 or values[0] is None or values[1] is None:
            return None
        return values[0] - values[1]


def brief_of(
    row: Row, reading: ReplyKeys, at: int, size: int, *, compared: KerasDifference | None = None, record: bool = False
) -> RowSummary:
    """A row in short; `record` keeps its source, which says which record of a file it is."""
    lines = tuple(first_lines(row.prediction, reading)) if row.prediction is not None else ()
    return RowSummary(at, size, lines, row.milliseconds, row.error, compared, row.source if record else "")


class InputPreview(msgspec.Struct, frozen=True):
    """One picture input: a PNG at `path`, and statistics of the numbers the network gets.

    `shape` is (height, width, channels), `mean` one number a channel. `values` is a file with the numbers themselves,
    float32 in little-endian order, row by row; empty where nobody wrote one.
    """

    alias: str
    path: str
    shape: tuple[int, ...]
    low: float
    high: float
    mean: tuple[float, ...]
    values: str = ""
