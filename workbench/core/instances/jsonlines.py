"""Reads JSON lines, plain or gzipped: one instance per line, as in the `instances` of a request body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final

from workbench.core.instances.gzip_io import READ_ERRORS, longest, opened, reason
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.foreign_json import json_value

MAX_LINE: Final = 400 * 1024 * 1024
"""Longest line in bytes: the largest image (256 MB) in base64 fits."""


MAX_MEMORY: Final = 512 * 1024 * 1024
"""Bytes that the value of one line may take; an image of 1024 x 1024 as lists of floats takes 350 MB."""

_HALF_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Half of a surrogate pair in JSON: a lone one is not valid text and cannot be written to a file or a request."""

_CONTAINER, _VALUE = 230, 32
"""Bytes in CPython of an object with one key, and of a float with its entry in a list."""


def read_lines(path: str) -> Iterator[tuple[int, bytes | ErrorInfo]]:
    """Each line with its number, counted from 1, to be parsed by `value_of`.

    Blank lines are skipped. If the file cannot be read to its end, the last item is an error.
    """
    number = 0
    try:
        most = longest(path, MAX_LINE)
        with opened(path) as file:
            while line := file.readline(most + 1):
                number += 1
                if len(line) > most:
                    _pass_over(file)
                    text = f"The line unpacks to more than {most:,} bytes, which is too large for an instance."
                    yield number, ErrorInfo("TOO_LARGE", text, hint="Unpack the file if that is meant.")
                elif line.strip():
                    yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except READ_ERRORS as err:
        yield number + 1, ErrorInfo("CANNOT_READ", f"The rest of the file cannot be read: {reason(err)}.")


def check_lines(path: str) -> None:
    """Raise `WorkbenchError` CANNOT_READ for a file that cannot be opened."""
    try:
        with opened(path) as file:
            file.read(1)
    except READ_ERRORS as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {reason(err)}.", where=path) from err


def value_of(line: bytes) -> Any:
    """A line's value, or an `ErrorInfo` if it is not JSON or would take too much memory."""
    if (needs := line.count(b"[") + line.count(b"{")) * _CONTAINER + line.count(b",") * _VALUE > MAX_MEMORY:
        text = f"The line holds {needs:,} lists and objects, which take more than {MAX_MEMORY >> 20} MB of memory."
        return ErrorInfo("TOO_LARGE", text, hint="Send images as bytes in base64, or use an .npz file.")
    try:
        found = json_value(line, strict=True)  # The service's parser accepts no NaN either.
        if _HALF_PAIR.search(line):
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except ValueError as err:
        hint = "Each line must be one instance, as in the `instances` of a request."
        return ErrorInfo("NOT_JSON", f"The line is not JSON: {err}.", hint=hint)


def _pass_over(file: IO[bytes]) -> None:
    while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
        pass
