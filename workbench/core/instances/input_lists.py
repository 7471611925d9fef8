"""Files that name inputs: one path a line, or a table whose rows name an image each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from workbench.core.instances.parquet import parquet_rows
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import FILE, feature_rows

MAX_PATH: Final = 32_768
"""Bytes; no system takes a longer path."""


def listed_in(path: Path) -> Iterator[str]:
    """The paths in a list, in order; the list is never held whole.

    JSON lines, CSV and Parquet name them under `file`; of any other file each line that is not blank is one.
    Raises `WorkbenchError` as `feature_rows` and `parquet_rows`; NO_FILE or BAD_LIST.
    """
    ending = path.suffix.lower()
    if ending == ".parquet":
        yield from (name for name, _ in parquet_rows(path, FILE))
    elif ending in (".jsonl", ".ndjson", ".csv"):
        yield from (name for name, _ in feature_rows(path))
    else:
        yield from _lines(path)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_PATH + 1):
                if len(line) > MAX_PATH or b"\0" in line:
                    raise WorkbenchError("BAD_LIST", "This is no list of paths, one a line.", where=str(path))
                if name := line.strip(b"\r\n"):
                    yield os.fsdecode(name)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such list.", where=str(path)) from None
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The list cannot be read: {err.strerror}.", where=str(path)) from err
