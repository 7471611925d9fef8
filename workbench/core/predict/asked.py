"""One record of a file as the request that asks an export about it."""

from __future__ import annotations

import json
from pathlib import Path

from workbench.core.export.read import read_signatures
from workbench.core.predict.forms import served_by
from workbench.core.predict.inputs import Inputs
from workbench.core.predict.instances import Values, as_json
from workbench.core.predict.sources import name_of
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.files import write_text


def write_request(directory: Path, path: Path, number: int, values: Values, output: Path) -> None:
    """Write the body with one instance; the signature is named where it is not the serving one.

    Raises `WorkbenchError` as `Inputs`, NO_RECORD, what is wrong with that record, or NOT_FINITE for numbers that
    JSON does not have.
    """
    served = served_by(directory, read_signatures(directory).signatures)
    name, place = name_of(str(path)), f"{name_of(str(path))}:{number}"
    # A task's first argument is its place: only the one that is wanted is done.
    task = next((task for task in Inputs(served, [path], values, {}).tasks() if task.args[0] == place), None)
    if task is None:
        raise WorkbenchError("NO_RECORD", f"There is no record {number}; the first is 1.", where=name)
    record = task()
    if isinstance(record.instance, ErrorInfo):
        raise WorkbenchError(record.instance.code, record.instance.message, where=place, hint=record.instance.hint)
    body: dict[str, object] = {"instances": [as_json(record.instance)]}
    if record.signature != served.form.signature:
        body["signature_name"] = record.signature
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    except ValueError as err:
        raise WorkbenchError("NOT_FINITE", "It holds a number that JSON cannot carry (NaN or infinite).") from err
    write_text(output, text)
