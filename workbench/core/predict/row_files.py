"""Rows of predictions as JSON lines, CSV, TFRecord and Parquet, row by row, so that a file can be resumed."""

from __future__ import annotations

import base64
import csv
import io
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

import msgspec

from workbench.core.instances.examples import parts_of
from workbench.core.instances.parquet import BATCH, pyarrow_parquet
from workbench.core.instances.tfrecords import record_of
from workbench.spec.data import RowFormat
from workbench.spec.errors import WorkbenchError
from workbench.spec.examples import EXAMPLE_DTYPES
from workbench.spec.model import Row
from workbench.spec.printable import spreadsheet_cell
from workbench.spec.tensors import NUMPY_NAMES, TensorSpec

Outputs = Mapping[str, TensorSpec]
"""The reply keys with their tensors, batch first."""

ERROR_CODE: Final = "error_code"
ERROR_MESSAGE: Final = "error_message"
_OWN: Final = ("source", "error", ERROR_CODE, ERROR_MESSAGE)
"""Columns of every file beside those of the predictions."""

_TEXT: Final = TensorSpec("DT_STRING", (-1,), "")


_decoder: msgspec.json.Decoder[Row] = msgspec.json.Decoder(Row)


class RowFile(Protocol):
    """One format. Rows become bytes that are concatenated after `head`: a file may be cut between two rows."""

    head: bytes

    def row(self, row: Row) -> bytes:
        """One row as bytes. May be called from any thread."""

    def finish(self, spooled: Path, target: Path) -> None:
        """Turn the written rows into the file; `spooled` no longer exists afterwards."""


def row_file(form: RowFormat, outputs: Outputs, *, raw_cells: bool = False) -> RowFile:
    """The writer of a format for replies with these keys.

    Raises `WorkbenchError` KEY_TAKEN for a key that is one of these columns, CANNOT_HOLD for a dtype that the format
    cannot represent, NO_PYARROW.
    """
    if form != "jsonl":
        for alias in (a for a in outputs if a in _OWN):
            hint = "Write JSON lines, or choose another key for the output."
            raise WorkbenchError("KEY_TAKEN", f"'{alias}' is a reserved column of {form} files.", hint=hint)
    makers: dict[str, Callable[[Outputs], RowFile]] = {
        "csv": lambda keys: CsvRows(keys, raw=raw_cells),
        "parquet": ParquetRows,
        "tfrecord": ExampleRows,
    }
    return makers[form](outputs) if form in makers else LineRows()


class LineRows:
    """JSON lines: `{"source", "prediction"}` or `{"source", "error"}`."""

    head = b""

    def row(self, row: Row) -> bytes:
        return msgspec.json.encode(row.document()) + b"\n"

    def finish(self, spooled: Path, target: Path) -> None:
        shutil.move(spooled, target)


class CsvRows(LineRows):
    """CSV: the source, one column per key (lists as JSON), the error; cells as `spreadsheet_cell`, or `raw`."""

    def __init__(self, keys: Iterable[str], *, raw: bool = False) -> None:
        self._keys, self._raw = list(keys), raw
        self.head = csv_line(_shown(["source", *self._keys, "error"], raw))

    def row(self, row: Row) -> bytes:
        return csv_line(_shown(cells(row, self._keys), self._raw))


def csv_line(values: Sequence[object]) -> bytes:
    """One line of CSV."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(values)
    return out.getvalue().encode()


def _shown(values: Sequence[object], raw: bool) -> Sequence[object]:
    return values if raw else [spreadsheet_cell(value) for value in values]


def cells(row: Row, keys: Sequence[str]) -> list[object]:
    """A row's cells for these keys: lists and objects as JSON, the error last."""
    values = [(row.prediction or {}).get(key) for key in keys]
    shown = [msgspec.json.encode(v).decode() if isinstance(v, list | dict) else v for v in values]
    return [row.source, *shown, f"{row.error.code}: {row.error.message}" if row.error else ""]


class ExampleRows(LineRows):
    """TFRecords of `tf.train.Example`: `source` with one feature per key, or with the two features of an error."""

    def __init__(self, outputs: Outputs) -> None:
        for alias, tensor in outputs.items():
            if NUMPY_NAMES.get(tensor.dtype, "") not in EXAMPLE_DTYPES:
                text = f"A tf.train.Example cannot contain the {tensor.dtype} of '{alias}'."
                raise WorkbenchError("CANNOT_HOLD", text, hint="Write JSON lines.")
        self._good = {"source": _TEXT, **outputs}
        self._bad = dict.fromkeys(("source", ERROR_CODE, ERROR_MESSAGE), _TEXT)

    def row(self, row: Row) -> bytes:
        specs = self._bad if row.error else self._good
        return b"".join(record_of(parts_of(specs, columns(row, self._good))))


def columns(row: Row, keys: Outputs | Sequence[str]) -> dict[str, Any]:
    """A row's values by column: base64 in JSON becomes bytes, errors have columns of their own."""
    if row.error:
        message = f"{row.error.message} {row.error.hint}".strip()
        return {"source": row.source, ERROR_CODE: row.error.code, ERROR_MESSAGE: message}
    answer = row.prediction or {}
    return {"source": row.source, **{key: _raw(answer[key]) for key in keys if key in answer}}


def _raw(value: Any) -> Any:
    if isinstance(value, list):
        return [_raw(v) for v in value] if value and isinstance(value[0], list | dict) else value
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value


class ParquetRows(LineRows):
    """Parquet, typed by the signature. A Parquet file cannot be resumed: rows are stored as JSON lines until the
    end."""

    def __init__(self, outputs: Outputs) -> None:
        self._parquet = pyarrow_parquet()
        self._schema = parquet_schema(outputs)

    def finish(self, spooled: Path, target: Path) -> None:
        import pyarrow

        with spooled.open("rb") as file, self._parquet.ParquetWriter(target, self._schema) as out:
            for rows in _batches(file):
                out.write_table(pyarrow.Table.from_pylist(rows, self._schema))
        spooled.unlink()


def _batches(lines: Iterator[bytes] | io.BufferedReader) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in lines:
        row = _decoder.decode(line)
        batch.append(columns(row, list(row.prediction or ())))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def parquet_schema(outputs: Outputs) -> Any:
    """The columns: the source, each key with the signature's type, the error."""
    import pyarrow

    fields = [(alias, _arrow_type(alias, tensor)) for alias, tensor in outputs.items()]
    texts = [(name, pyarrow.string()) for name in (ERROR_CODE, ERROR_MESSAGE)]
    return pyarrow.schema([("source", pyarrow.string()), *fields, *texts])


def _arrow_type(alias: str, tensor: TensorSpec) -> Any:
    import pyarrow

    name = {"bfloat16": "float32", "float16": "float32"}.get(found := NUMPY_NAMES.get(tensor.dtype, ""), found)
    try:
        text = pyarrow.binary() if alias.endswith("_bytes") else pyarrow.string()
        made = text if name == "string" else pyarrow.bool_() if name == "bool" else pyarrow.type_for_alias(name)
    except ValueError:
        text = f"A Parquet column cannot contain the {tensor.dtype} of '{alias}'."
        raise WorkbenchError("CANNOT_HOLD", text, hint="Write JSON lines.") from None
    for _ in (tensor.shape or (-1,))[1:]:
        made = pyarrow.list_(made)
    return made


def write_csv(rows: Iterable[Row], out: IO[bytes], *, raw: bool = False) -> None:
    """Write rows whose keys are not known: those of the first prediction; earlier rows are held back until then."""
    waiting: list[Row] = []
    left = iter(rows)
    for row in left:
        waiting.append(row)
        if row.prediction is not None:
            break
    file = CsvRows(waiting[-1].prediction or () if waiting else (), raw=raw)
    out.write(file.head)
    for row in itertools.chain(waiting, left):
        out.write(file.row(row))
