"""Results of `prepare`, of bulk prediction and of pipelines, and the contents of a record."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

DataFormat = Literal["jsonl", "npy", "tfrecord"]
Check = Literal["quick", "full"]

FORMATS: Final[tuple[str, ...]] = get_args(DataFormat)
CHECKS: Final[tuple[str, ...]] = get_args(Check)

RowFormat = Literal["jsonl", "csv", "parquet", "tfrecord"]

ROW_FORMATS: Final[tuple[str, ...]] = get_args(RowFormat)
"""Formats of prediction files that are written row by row and can be resumed."""

BAD: Final = ".errors.jsonl"
NOTES: Final = ".notes.jsonl"
"""What is put behind the output's name for the file of images that were refused, and of what else to know."""


class DuplicateKey(msgspec.Struct, frozen=True):
    """A passthrough key by which instances cannot be told apart: `count` of them repeat an earlier value."""

    key: str
    count: int
    example: str


class PrepareResult(msgspec.Struct, frozen=True):
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
    repeated: tuple[DuplicateKey, ...]
    seconds: float
    errors_file: str = ""
    notes_file: str = ""
    without_row: int = 0
    idle_rows: int = 0
    repeated_rows: int = 0


class BulkResult(msgspec.Struct, frozen=True):
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


class RecordValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One key of a record: numpy's name of its dtype (`bytes`, `string` for texts), its shape, and how it begins.

    `bytes` is its length where it is bytes; `image` its format and size in pixels where these are an image's.
    `picture` is the file that shows it, where one was asked for.
    """

    key: str
    dtype: str
    shape: tuple[int, ...]
    text: str
    bytes: int = 0
    image: str = ""
    picture: str = ""


class RecordContents(msgspec.Struct, frozen=True):
    """One record of a file, the first being 1. `kind` is what the file holds; `length` its bytes where it has any."""

    path: str
    kind: str
    number: int
    values: tuple[RecordValue, ...]
    length: int = 0


class PipelineResult(msgspec.Struct, frozen=True):
    """What a Beam pipeline did. `outputs` are the patterns of its files: `rows` or `instances`, `errors`, `notes`.

    The counts are Beam's metrics, 0 where the job goes on without us: `images` were looked at, `errors` of them
    failed; `work_seconds` are those of all workers together.
    """

    runner: str
    state: str
    outputs: dict[str, str]
    images: int = 0
    bytes: int = 0
    errors: int = 0
    work_seconds: float = 0.0
    seconds: float = 0.0
    job: str = ""
