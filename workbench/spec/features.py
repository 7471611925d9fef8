"""A file with each image's own values (`--features` of the command line): JSON lines or CSV. Standard library only."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from workbench.spec.errors import WorkbenchError

FILE: Final = "file"
"""The key, or the first column, that names the image."""

Values = dict[str, object]


def read_features(path: Path) -> dict[str, Values]:
    """Values by the image's name as the file has it.

    Raises `WorkbenchError` NO_FILE, or BAD_FEATURES naming the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise WorkbenchError("NO_FILE", "There is no such features file.", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("BAD_FEATURES", f"The file cannot be read: {err}.", where=str(path)) from err
    lines = _csv(text, path) if path.suffix.lower() == ".csv" else _json_lines(text, path)
    return dict(lines)


def match(features: Mapping[str, Values], paths: Iterable[str]) -> dict[str, Values]:
    """The values of those images the file knows, by path or else by base name; keyed by path."""
    by_name = {Path(name).name: values for name, values in features.items()}
    found = ((path, features.get(path, by_name.get(Path(path).name))) for path in paths)
    return {path: values for path, values in found if values is not None}


def _json_lines(text: str, path: Path) -> Iterable[tuple[str, Values]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as err:
            raise _bad(f"This is not JSON: {err.msg}.", path, number) from err
        if not isinstance(entry, dict) or not isinstance(entry.get(FILE), str):
            raise _bad('Every line is an object with "file" and the values.', path, number)
        yield entry.pop(FILE), entry


def _csv(text: str, path: Path) -> Iterable[tuple[str, Values]]:
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(rows, [])
        if not header or header[0].strip() != FILE or len(header) < 2:
            raise _bad("The first line names the columns: 'file' and then the keys.", path, 1)
        for cells in rows:
            if len(cells) == len(header):
                yield cells[0], {key.strip(): _cell(cell) for key, cell in zip(header[1:], cells[1:], strict=True)}
            elif cells:
                raise _bad(f"{len(cells)} cells stand under {len(header)} columns.", path, rows.line_num)
    except csv.Error as err:
        raise _bad(f"This is not CSV: {err}.", path, rows.line_num) from err


def _cell(text: str) -> object:
    """A cell is JSON where it reads as JSON (numbers, lists), else text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _bad(message: str, path: Path, line: int) -> WorkbenchError:
    return WorkbenchError("BAD_FEATURES", message, where=f"{path}, line {line}")
