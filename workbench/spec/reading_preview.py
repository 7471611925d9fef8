"""Previews of how training and serving read one image, and how far the two are apart."""

from __future__ import annotations

import msgspec

from workbench.spec.errors import ErrorInfo
from workbench.spec.row_summary import InputPreview


class PixelDifference(msgspec.Struct, frozen=True):
    """Two readings of one image beside each other.

    `largest` and `mean` are in pixel values (0-255), `differing` is the share of numbers (0..1) that are not the same.
    `path` is a PNG of the difference, `gain` times as bright as it is; empty where no number differs.
    """

    largest: float
    mean: float
    differing: float
    path: str = ""
    gain: int = 1

    @property
    def exact(self) -> bool:
        """Whether every number is the same."""
        return self.differing == 0


class ReadingPreview(msgspec.Struct, frozen=True):
    """One image as the library of training reads it and as the graph of an export does.

    `source` is the file that was read. Where one of the two, or their difference, cannot be, its error says why.
    """

    source: str
    training: InputPreview | None = None
    serving: InputPreview | None = None
    difference: PixelDifference | None = None
    training_error: ErrorInfo | None = None
    serving_error: ErrorInfo | None = None
    difference_error: ErrorInfo | None = None


class ReaderPreview(msgspec.Struct, frozen=True):
    """One image as a reader's library reads it, and the difference from another reader; or why it cannot be."""

    reader: str
    seen: InputPreview | None = None
    difference: PixelDifference | None = None
    error: ErrorInfo | None = None
