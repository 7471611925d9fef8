"""Images as files of instances: what `workbench prepare` is asked for and answers."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

DataFormat = Literal["jsonl", "npy", "tfrecord"]
Check = Literal["quick", "full"]

FORMATS: Final[tuple[str, ...]] = get_args(DataFormat)
CHECKS: Final[tuple[str, ...]] = get_args(Check)

RowFormat = Literal["jsonl", "csv", "parquet", "tfrecord"]

ROW_FORMATS: Final[tuple[str, ...]] = get_args(RowFormat)
"""Files of predictions, written as they come and gone on with after a stop."""

BAD: Final = ".errors.jsonl"
NOTES: Final = ".notes.jsonl"
"""What is put behind the output's name for the file of images that were refused, and of what else to know."""


class Repeated(msgspec.Struct, frozen=True):
    """A passthrough key by which instances cannot be told apart: `count` of them repeat an earlier value."""

    key: str
    count: int
    example: str


class Prepared(msgspec.Struct, frozen=True):
    """What `workbench prepare` wrote: `images` instances in `files` of `bytes` together.

    `errors` images were refused, each a line of `errors_file`; `converted` ones were not in a declared format,
    `above_request` are larger than one online request may be, `without_row` stand in no row of the features file:
    each a line of `notes_file`. The two files are named only where they were written. `keys` are the inputs every
    instance has. `idle_rows` of the features file name no image that was asked for, `repeated_rows` name one that an
    earlier row names (the last counts).
    """

    format: DataFormat
    files: tuple[str, ...]
    keys: tuple[str, ...]
    images: int
    bytes: int
    errors: int
    converted: int
    above_request: int
    repeated: tuple[Repeated, ...]
    seconds: float
    errors_file: str = ""
    notes_file: str = ""
    without_row: int = 0
    idle_rows: int = 0
    repeated_rows: int = 0


class Predicted(msgspec.Struct, frozen=True):
    """What `workbench predict -o` wrote: `rows` in `files` of `bytes` together, `failed` of them errors.

    `resumed` rows are an earlier run's; `seconds` are this run's.
    """

    format: RowFormat
    files: tuple[str, ...]
    rows: int
    failed: int
    bytes: int
    seconds: float
    resumed: int = 0
