"""Reads one record of an input file of any format for display."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from workbench.core.data.record_images import write_picture
from workbench.core.instances.array_files import arrays_of, rows_of
from workbench.core.instances.examples import features_of
from workbench.core.instances.image_header import look
from workbench.core.instances.image_instances import read_image
from workbench.core.instances.jsonlines import check_lines, read_lines, value_of
from workbench.core.instances.online import PredictionError, decode_base64
from workbench.core.instances.sources import kind_of_file, name_of
from workbench.core.instances.tfrecords import check_records, read_records
from workbench.spec.data import RecordContents, RecordValue
from workbench.spec.errors import ErrorInfo, WorkbenchError

SHOWN: Final = 8
"""Maximum number of a list's elements that are shown."""

CUT: Final = 80
"""Maximum number of characters of a text that are shown; of bytes half as many, in hexadecimal."""

Record = Mapping[str, Any] | ErrorInfo


def peek(path: Path, number: int, folder: Path | None = None) -> RecordContents:
    """The record with the number that rows use, from 1: blank lines count too; an image file is one record.

    Its images are written to `folder`, if given. Raises `WorkbenchError` NO_FILE, NO_RECORD if there are fewer records,
    or the error of the file or the record.
    """
    if not path.exists() or path.is_dir():
        raise WorkbenchError("NO_FILE", "There is no such file.", where=name_of(str(path)))
    kind = kind_of_file(path)
    raw = _raw_at(path, kind, number)
    if raw is None:
        raise WorkbenchError("NO_RECORD", f"There is no record {number}; the first is 1.", where=name_of(str(path)))
    found = _record(kind, raw)
    if isinstance(found, ErrorInfo):
        raise WorkbenchError(found.code, found.message, where=f"{name_of(str(path))}:{number}", hint=found.hint)
    values = tuple(_with_picture(_value(key, value), value, folder) for key, value in found.items())
    return RecordContents(name_of(str(path)), kind, number, values, sum(v.bytes for v in values))


def _raw_at(path: Path, kind: str, number: int) -> Any:
    """The raw record with a number, `None` beyond the last; the error if the file cannot be read up to there."""
    raw = None
    for at, raw in _raws(str(path), kind):
        if at == number:
            return raw
    return raw if isinstance(raw, ErrorInfo) else None


def _raws(path: str, kind: str) -> Iterator[tuple[int, Any]]:
    """The raw records of a file with their numbers; only the requested one is parsed afterwards."""
    if kind == "lines":
        check_lines(path)
        return read_lines(path)
    if kind == "tfrecord":
        check_records(path)
        return read_records(path)
    if kind in ("npy", "npz"):
        return enumerate(_rows(path, kind), 1)
    return iter([(1, {"": read_image(path)})])


def _record(kind: str, raw: Any) -> Record:
    if kind == "lines":
        return _line(raw)
    found: Record = _example(raw) if kind == "tfrecord" else raw
    return found


def _with_picture(shown: RecordValue, value: Any, folder: Path | None) -> RecordValue:
    path = write_picture(value, shown.image, folder) if folder is not None else ""
    return msgspec.structs.replace(shown, picture=path) if path else shown


def _line(line: bytes | ErrorInfo) -> Record:
    value = line if isinstance(line, ErrorInfo) else value_of(line)
    try:
        found = value if isinstance(value, ErrorInfo) else decode_base64(value)
    except PredictionError as err:
        return ErrorInfo("BAD_INSTANCE", err.detail)
    return found if isinstance(found, Mapping | ErrorInfo) else {"": found}


def _rows(path: str, kind: str) -> Iterator[Record]:
    arrays = arrays_of(path, kind)
    for row in zip(*map(rows_of, arrays.values()), strict=False):
        bad = next((value for value in row if isinstance(value, ErrorInfo)), None)
        yield bad or dict(zip(arrays, row, strict=True))


def _example(data: bytes | ErrorInfo) -> Record:
    if isinstance(data, ErrorInfo):
        return data
    try:
        features = features_of(data)
    except WorkbenchError:
        return {"": data}  # A record of something else: only its bytes can be shown.
    return {name: _listed(features[name]) for name in sorted(features)}


def _listed(feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value) if kind else []
    if kind == "bytes_list":
        return values[0] if len(values) == 1 else values
    return np.array(values, "float32" if kind == "float_list" else "int64")


def _value(key: str, value: Any) -> RecordValue:
    if isinstance(value, bytes):
        return _bytes(key, value)
    if isinstance(value, str):
        return RecordValue(key, "string", (), _cut(value, CUT))
    array = _array(value)
    if array is None:
        return RecordValue(key, type(value).__name__, (), _cut(repr(value), CUT))
    kind = "string" if array.dtype.kind in "SUO" else array.dtype.name
    flat = array.ravel()
    shown = ", ".join(_cut(str(v), CUT // 2) for v in flat[:SHOWN].tolist())
    more = f", ... ({flat.size} values)" if flat.size > SHOWN else ""
    return RecordValue(key, kind, array.shape, f"{shown}{more}")


def _array(value: Any) -> Any:
    """Numbers, texts and lists of them as an array; `None` for anything else, such as objects or ragged lists."""
    try:
        found = np.asarray(value)
    except ValueError:
        return None
    return None if found.dtype.kind == "O" else found


def _bytes(key: str, value: bytes) -> RecordValue:
    seen = look(value)
    image = f"{seen.kind} {seen.width}x{seen.height}" + (f", {seen.problem}" if seen.problem else "")
    text = value[: CUT + 1].decode("utf-8", "replace")
    shown = _cut(text, CUT) if text.isprintable() else _cut(value[: CUT // 2].hex(" "), CUT)
    return RecordValue(key, "bytes", (), shown, len(value), image if seen.kind else "")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
