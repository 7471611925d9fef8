"""Values per image from a features file (JSON lines or CSV), and values set for all images."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.foreign_json import NotJsonError, json_value

FILE: Final = "file"
"""The key, or the first column, that names the image."""


Values = dict[str, object]


class FeaturesFile(msgspec.Struct, frozen=True):
    """Where a features file is, which column names the image, and which columns are taken as which keys (all)."""

    address: str
    file_key: str = FILE
    take: dict[str, str] = {}


def read_features(path: Path) -> dict[str, Values]:
    """Values by the image's name as the file has it. Raises `WorkbenchError` NO_FILE or BAD_FEATURES."""
    return dict(feature_rows(path))


def feature_rows(path: Path, file_key: str = FILE) -> Iterator[tuple[str, Values]]:
    """Each line's image, named under `file_key`, with its values; the file is never held whole.

    Raises `WorkbenchError` NO_FILE, or BAD_FEATURES naming the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from (_csv if path.suffix.lower() == ".csv" else _json_lines)(file, path, file_key)
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such features file.", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("BAD_FEATURES", f"The file cannot be read: {err}.", where=str(path)) from err


def match(features: Mapping[str, Values], paths: Iterable[str]) -> dict[str, Values]:
    """The values of those images the file knows, by path or else by base name; keyed by path."""
    by_name = {Path(name).name: values for name, values in features.items()}
    found = ((path, features.get(path, by_name.get(Path(path).name))) for path in paths)
    return {path: values for path, values in found if values is not None}


def _json_lines(lines: Iterable[str], path: Path, file_key: str) -> Iterator[tuple[str, Values]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json_value(line)
        except NotJsonError as err:
            raise _bad(f"This is not valid JSON: {err.reason}.", path, number) from err
        if not isinstance(entry, dict) or not isinstance(entry.get(file_key), str):
            raise _bad(f'Every line must be an object with "{file_key}" and the values.', path, number)
        yield entry.pop(file_key), entry


def _csv(lines: Iterable[str], path: Path, file_key: str) -> Iterator[tuple[str, Values]]:
    rows = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        place = _file_column(header, path, file_key)
        for cells in rows:
            if len(cells) == len(header):
                named = {
                    key: _json_or_text(cell)
                    for n, (key, cell) in enumerate(zip(header, cells, strict=True))
                    if n != place
                }
                yield cells[place], named
            elif cells:
                raise _bad(f"{len(cells)} cells for {len(header)} columns.", path, rows.line_num)
    except csv.Error as err:
        raise _bad(f"This is not valid CSV: {err}.", path, rows.line_num) from err


def _file_column(header: list[str], path: Path, file_key: str) -> int:
    """The column of the images' names: the first, unless another name was asked for."""
    if len(header) < 2 or file_key not in header or (file_key == FILE and header[0] != FILE):
        where = " 'file' and then the keys" if file_key == FILE else f" '{file_key}' is one of them, the rest are keys"
        raise _bad(f"The first line must contain the columns:{where}.", path, 1)
    return header.index(file_key)


def _bad(message: str, path: Path, line: int) -> WorkbenchError:
    return WorkbenchError("BAD_FEATURES", message, where=f"{path}, line {line}")


def parse_set(pairs: tuple[str, ...]) -> dict[str, object]:
    """`KEY=VALUE` options: VALUE as JSON where it is JSON, else as text. Raises `WorkbenchError` BAD_OPTION."""
    found: dict[str, object] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise WorkbenchError("BAD_OPTION", f"'{pair}' is not KEY=VALUE.", hint='Such as --set "Features=[0.1, 2]".')
        found[key] = _json_or_text(text)
    return found


def _json_or_text(text: str) -> object:
    """JSON where it reads as JSON (numbers, lists), else text."""
    try:
        return json_value(text)
    except NotJsonError:
        return text
