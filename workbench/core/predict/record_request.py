"""One record of an input file as an instance for an export, and as a request body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.instances.image_instances import Values, as_json
from workbench.core.instances.inputs import Inputs
from workbench.core.instances.instance_form import ServedSignatures, served_by
from workbench.core.instances.sources import name_of
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.files import write_text


class RecordRequest(NamedTuple):
    """A record as a request: the signature's name and one instance for it."""

    signature: str
    instance: Mapping[str, Any]


def asked_by(served: ServedSignatures, path: Path, number: int, values: Values) -> RecordRequest:
    """The record of a file with that number, counted from 1.

    Raises `WorkbenchError` NO_RECORD, the record's own error, or that of an input file that cannot be read.
    """
    name, place = name_of(str(path)), f"{name_of(str(path))}:{number}"
    # A task's first argument is its position: only the requested task is run.
    task = next((task for task in Inputs(served, [path], values, {}).tasks() if task.args[0] == place), None)
    if task is None:
        raise WorkbenchError("NO_RECORD", f"There is no record {number}; the first is 1.", where=name)
    record = task()
    if isinstance(record.instance, ErrorInfo):
        raise WorkbenchError(record.instance.code, record.instance.message, where=place, hint=record.instance.hint)
    return RecordRequest(record.signature, record.instance)


def write_request(directory: Path, path: Path, number: int, values: Values, output: Path) -> None:
    """Write the body with one instance; the signature is named unless it is the serving one.

    Raises as documented at `asked_by`, and `WorkbenchError` NOT_FINITE for numbers that JSON does not have.
    """
    served = served_by(directory, read_signatures(directory).signatures)
    asked = asked_by(served, path, number, values)
    body: dict[str, object] = {"instances": [as_json(asked.instance)]}
    if asked.signature != served.form.signature:
        body["signature_name"] = asked.signature
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    except ValueError as err:
        raise WorkbenchError("NOT_FINITE", "It contains NaN or infinity, which JSON cannot represent.") from err
    write_text(output, text)
