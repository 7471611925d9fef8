"""The exact request of a row: the body that `call` would send for it. Pure but for reading the files it names."""

from __future__ import annotations

import base64
import json
from itertools import islice
from pathlib import Path
from typing import Final

from workbench.gui.rows import ImageRow
from workbench.gui.texts import json_text, tr
from workbench.gui.values import fills_itself
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import Composition

MOST: Final = 32 * 1024 * 1024
"""Bytes of a picture whose request is shown; no target takes a larger one (1.5 MB in the cloud)."""

SHOWN: Final = 64
"""Characters of base64 that are shown; the copy has all of them."""

LINES: Final = (".jsonl", ".ndjson", ".json")


def request_body(row: ImageRow, values: dict[str, object], made: Composition) -> dict[str, object]:
    """The request with one instance, images as `{"b64": ...}`.

    Raises `WorkbenchError` CANNOT_READ, TOO_LARGE, or NOT_TEXT for records that no text holds.
    """
    instance = _record(row) if row.records else _instance(row, values, made)
    return {"instances": [instance]}


def shortened(body: object) -> object:
    """The same for the eye: base64 cut after its first characters."""
    if isinstance(body, dict) and set(body) == {"b64"}:
        text = str(body["b64"])
        more = tr("Request", "... ({n} characters)").format(n=len(text))
        return {"b64": text if len(text) <= SHOWN else text[:SHOWN] + more}
    if isinstance(body, dict):
        return {key: shortened(value) for key, value in body.items()}
    return [shortened(value) for value in body] if isinstance(body, list) else body


def request_texts(row: ImageRow, values: dict[str, object], made: Composition) -> tuple[str, str]:
    """The request to look at, and the whole of it to copy. Raises as `request_body`."""
    body = request_body(row, values, made)
    return json_text(shortened(body)), json.dumps(body, ensure_ascii=False)


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
        if path.stat().st_size > MOST:
            raise WorkbenchError("TOO_LARGE", tr("Request", "The file is too large for a request."), where=str(path))
        return {"b64": base64.b64encode(path.read_bytes()).decode()}
    except OSError as err:
        text = tr("Request", "The file cannot be read: {why}.").format(why=err.strerror)
        raise WorkbenchError("CANNOT_READ", text, where=str(path)) from err


def _record(row: ImageRow) -> object:
    """The line of a file of JSON lines that a row came from."""
    number = row.source.rpartition(":")[2]
    if Path(row.path).suffix.lower() not in LINES or not number.isdecimal():
        text = tr("Request", "Only images and JSON lines can be shown as a request.")
        raise WorkbenchError("NOT_TEXT", text)
    try:
        with open(row.path, encoding="utf-8") as file:
            line = next(islice(file, int(number) - 1, None), "")
        return json.loads(line)
    except (OSError, ValueError) as err:
        raise WorkbenchError("CANNOT_READ", tr("Request", "This line is no JSON any more."), where=row.path) from err
