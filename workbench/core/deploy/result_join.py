"""Joins the results of a batch prediction job to its inputs by a passthrough key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.core.instances.jsonlines import read_lines
from workbench.spec.batch import JoinSummary
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.foreign_json import NotJsonError, json_value
from workbench.spec.model import Row

if TYPE_CHECKING:
    from workbench.core.instances.inputs import InstanceRecord  # imports numpy

SHOWN: Final = 20
"""Number of ids that are listed by name; any further ones are only counted."""

Result = tuple[dict[str, Any] | None, str]
"""A prediction and an empty text, or `None` and the error text."""


def join(records: Iterable[InstanceRecord], files: Sequence[Path], key: str) -> tuple[list[Row], JoinSummary]:
    """One row per input, in input order, and the ids without a match.

    An input without a prediction is a row with the error MISSING. Raises `WorkbenchError` BAD_RESULTS for lines that
    are not results, NO_KEY for results without the key.
    """
    results, repeated, nameless = _by_id(files, key)
    seen: dict[str, int] = {}
    rows: list[Row] = []
    missing: list[str] = []
    for record in records:
        refused = record.instance if isinstance(record.instance, ErrorInfo) else None
        given = "" if refused else _text(record.instance.get(key))
        seen[given] = seen.get(given, 0) + 1
        if refused is not None:
            rows.append(Row(record.source, error=refused))
        elif given in results:
            rows.append(_row(record.source, results[given]))
        else:
            missing.append(given)
            rows.append(Row(record.source, error=ErrorInfo("MISSING", _missing(nameless))))
    twice = repeated | {one for one, times in seen.items() if times > 1 and one}
    unknown = [one for one in results if one not in seen]
    return rows, JoinSummary(
        inputs=len(rows),
        answered=sum(row.prediction is not None for row in rows),
        failed=sum(row.error is not None and row.error.code != "MISSING" for row in rows) + len(nameless),
        missing=tuple(missing[:SHOWN]),
        duplicate=tuple(sorted(twice)[:SHOWN]),
        unknown=tuple(unknown[:SHOWN]),
    )


def _row(source: str, result: Result) -> Row:
    prediction, error = result
    return Row(source, prediction=prediction) if prediction is not None else Row(source, error=_failed(error))


def _failed(text: str) -> ErrorInfo:
    return ErrorInfo("PREDICTION_FAILED", text)


def _missing(nameless: Sequence[str]) -> str:
    text = "The job returned no prediction for it."
    return f"{text} One error: {nameless[0]}" if nameless else text


def _by_id(files: Sequence[Path], key: str) -> tuple[dict[str, Result], set[str], list[str]]:
    """Results by id, the ids that occurred more than once, and the texts of errors that name no input."""
    found: dict[str, Result] = {}
    repeated: set[str] = set()
    nameless: list[str] = []
    for path in files:
        for line in _lines(path):
            one, result = _result(line, key, path)
            if one is None:
                nameless.append(result[1])
                continue
            if one in found:
                repeated.add(one)
            found[one] = result
    return found, repeated, nameless


def _lines(path: Path) -> Iterator[Any]:
    for number, line in read_lines(str(path)):
        if isinstance(line, ErrorInfo):
            raise WorkbenchError("BAD_RESULTS", line.message, where=f"{path.name}, line {number}", hint=line.hint)
        try:
            yield json_value(line)
        except NotJsonError as err:
            if "error" in path.name:
                yield {"error": line.decode("utf-8", "replace").strip()}  # ML Engine's error files are plain text.
                continue
            text = f"A line of the results is not JSON: {err}."
            raise WorkbenchError("BAD_RESULTS", text, where=f"{path.name}, line {number}") from err


def _result(line: Any, key: str, path: Path) -> tuple[str | None, Result]:
    """Id and result of a line: Vertex AI writes `{"instance", "prediction"}` or `{"instance", "error"}`, ML Engine
    only the prediction."""
    if not isinstance(line, dict):
        raise WorkbenchError("BAD_RESULTS", "A line of the results is not an object.", where=path.name)
    instance = line.get("instance")
    asked = instance.get(key) if isinstance(instance, dict) else line.get("key")
    if "prediction" in line and ("instance" in line or "key" in line):
        prediction = line["prediction"]
        own = prediction.get(key, asked) if isinstance(prediction, dict) else asked
        named = prediction if isinstance(prediction, dict) else {"predictions": prediction}
        return _needed(own, key, path), (named, "")
    if "error" in line or "error" in path.name:
        error = line.get("error", line)
        words = str(error.get("message", error)) if isinstance(error, dict) else str(error)
        return (None if asked is None else _text(asked)), (None, words)
    return _needed(line.get(key), key, path), (line, "")


def _needed(value: Any, key: str, path: Path) -> str:
    if value is None:
        hint = "Use --key with a passthrough key of the model."
        raise WorkbenchError("NO_KEY", f"The results do not contain '{key}'.", where=path.name, hint=hint)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else json.dumps(value)
