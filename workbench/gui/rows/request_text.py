"""The exact request of a row: the body that `call` would send for it. Pure but for reading the files it names."""

from __future__ import annotations

import base64
import io
import json
from itertools import islice
from pathlib import Path
from typing import Final

from workbench.gui.rows.image_row import ImageRow
from workbench.gui.texts import json_text, tr
from workbench.gui.values import fills_itself
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import open_regular, read_regular, require_regular
from workbench.spec.foreign_json import json_value
from workbench.spec.signature import Composition

MOST: Final = 32 * 1024 * 1024
"""Bytes of a picture whose request is shown; no target takes a larger one (1.5 MB in the cloud)."""

SHOWN: Final = 64
"""Characters of base64 that are shown; the copy has all of them."""

LINES: Final = (".jsonl", ".ndjson", ".json")


def request_body(row: ImageRow, values: dict[str, object], made: Composition) -> dict[str, object]:
    """The request with one instance, images as `{"b64": ...}`.

    Of a record the row `is_line`; `values` are then those for every instance. Raises `WorkbenchError` CANNOT_READ or
    TOO_LARGE.
    """
    instance = _record(row, values) if row.records else _instance(row, values, made)
    return {"instances": [instance]}


def is_line(row: ImageRow) -> bool:
    """Whether a row is a line of text: every other record's request is the engine's to write."""
    return row.records and Path(row.path).suffix.lower() in LINES and row.source.rpartition(":")[2].isdecimal()


def shortened(body: object) -> object:
    """The request for display: base64 values truncated."""
    if isinstance(body, dict) and set(body) == {"b64"}:
        text = str(body["b64"])
        more = tr("Request", "... ({n} characters)").format(n=len(text))
        return {"b64": text if len(text) <= SHOWN else text[:SHOWN] + more}
    if isinstance(body, dict):
        return {key: shortened(value) for key, value in body.items()}
    return [shortened(value) for value in body] if isinstance(body, list) else body


def request_texts(row: ImageRow, values: dict[str, object], made: Composition) -> tuple[str, str]:
    """The request to look at, and in full for copying. Raises `WorkbenchError` CANNOT_READ or TOO_LARGE."""
    body = request_body(row, values, made)
    return json_text(shortened(body)), json.dumps(body, ensure_ascii=False)


def written_texts(path: str) -> tuple[str, str]:
    """The same of a request that the engine has written. Raises `WorkbenchError` CANNOT_READ or TOO_LARGE."""
    file = Path(path)
    try:
        if file.stat().st_size > MOST:
            raise WorkbenchError("TOO_LARGE", tr("Request", "The record is too large for a request."))
        text = file.read_text(encoding="utf-8")
        return json_text(shortened(json_value(text))), text
    except (OSError, ValueError) as err:
        raise WorkbenchError(
            "CANNOT_READ", tr("Request", "The request is no longer available. Select the row again.")
        ) from err


def _instance(row: ImageRow, values: dict[str, object], made: Composition) -> dict[str, object]:
    instance: dict[str, object] = {}
    for feed in made.feeds:
        if feed.alias == made.image_alias:
            instance[feed.alias] = _picture(Path(row.path))
        elif feed.alias in values:
            value = values[feed.alias]
            instance[feed.alias] = _picture(_beside(row.path, value)) if feed.kind == "image" else value
        elif fills_itself(feed):
            instance[feed.alias] = row.path
    return instance


def _beside(path: str, name: object) -> Path:
    """A further picture's file: as named, or beside the first picture, as the engine looks for it."""
    named = Path(str(name))
    return named if named.exists() else Path(path).parent / named


def _picture(path: Path) -> dict[str, str]:
    try:
        if require_regular(path) > MOST:
            raise WorkbenchError("TOO_LARGE", tr("Request", "The file is too large for a request."), where=str(path))
        return {"b64": base64.b64encode(read_regular(path, MOST)).decode()}
    except OSError as err:
        text = tr("Request", "The file cannot be read: {why}.").format(why=err.strerror)
        raise WorkbenchError("CANNOT_READ", text, where=str(path)) from err


def _record(row: ImageRow, values: dict[str, object]) -> object:
    """The line of a file of JSON lines that a row came from, with the values for keys that it lacks."""
    number = row.source.rpartition(":")[2]
    try:
        with io.TextIOWrapper(open_regular(row.path), encoding="utf-8-sig") as file:
            line = json_value(next(islice(file, int(number) - 1, None), ""))
    except (OSError, ValueError) as err:
        raise WorkbenchError(
            "CANNOT_READ", tr("Request", "This line is no longer valid JSON."), where=row.path
        ) from err
    return {**values, **line} if isinstance(line, dict) else line
