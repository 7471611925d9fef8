"""Imports pyarrow only when a Parquet file is read or written, with an error that says how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workbench.spec.errors import WorkbenchError

INSTALL: Final = 'pip install "keras-export-workbench[parquet]"'

BATCH: Final = 4096
"""Rows read or written at once."""


def pyarrow_parquet() -> Any:
    """The module `pyarrow.parquet`. Raises `WorkbenchError` NO_PYARROW."""
    try:
        import pyarrow.parquet as found
    except ImportError as err:
        raise WorkbenchError("NO_PYARROW", "Parquet files need pyarrow, which is not installed.", hint=INSTALL) from err
    return found


def parquet_rows(path: Path, file_key: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Each row's image, named in the column `file_key`, with its other columns.

    Raises `WorkbenchError` NO_PYARROW, NO_FILE or BAD_FEATURES.
    """
    parquet = pyarrow_parquet()
    import pyarrow

    if not path.exists():
        raise WorkbenchError("NO_FILE", "There is no such features file.", where=str(path))
    try:
        with parquet.ParquetFile(path) as file:
            if file_key not in file.schema_arrow.names:
                hint = f"Columns: {', '.join(file.schema_arrow.names)}."
                raise WorkbenchError("BAD_FEATURES", f"There is no column '{file_key}'.", where=str(path), hint=hint)
            for batch in file.iter_batches(BATCH):
                for row in batch.to_pylist():
                    yield str(row.pop(file_key)), row
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as err:  # The last for names of columns.
        raise WorkbenchError("BAD_FEATURES", f"This is not a complete Parquet file: {err}.", where=str(path)) from err
