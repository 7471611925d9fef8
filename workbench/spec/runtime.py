"""TensorFlow releases as data: their order, and the oldest that can run what a project asks for."""

from __future__ import annotations

import re
from typing import Final

from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Formats, Preprocess
from workbench.spec.reader import READERS

FORMAT_RUNTIME: Final[dict[Formats, str]] = {"jpeg": "1.15", "jpeg+png": "1.15", "any": "2.4"}
"""The oldest release that decodes each choice of formats.

Source: `resources/runtime/ops_by_runtime.json`, read off the releases themselves. `DecodeJpeg` and `DecodePng` are in
all of them, `DecodeImage` (which alone reads GIF and BMP by what the bytes say) came with 2.4.
"""

_RELEASE: Final = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")


def release_key(release: str) -> tuple[int, ...]:
    """A release as numbers, for sorting: "1.15" before "2.4" before "2.10" before "2.10.1".

    What follows the numbers (`rc1`, `+cpu`) does not count. Raises `WorkbenchError` BAD_RELEASE.
    """
    found = _RELEASE.match(release.strip())
    if found is None:
        text = f"'{release[:40]}' is not a TensorFlow release."
        raise WorkbenchError("BAD_RELEASE", text, hint="Use the form 2.15 or 2.15.1.")
    return tuple(int(part) for part in found.groups() if part is not None)


def compare_releases(first: str, second: str) -> int:
    """-1 where the first release is older than the second, 1 where it is newer, else 0. Raises BAD_RELEASE."""
    a, b = release_key(first), release_key(second)
    return (a > b) - (a < b)


def oldest_runtime(preprocess: Preprocess) -> str:
    """The oldest release that runs a picture's preprocessing, such as "1.15"; the model may ask for a newer one.

    A reader that is none asks for nothing: that it is none is told elsewhere.
    """
    reader = READERS.get(preprocess.reader)
    floors = [FORMAT_RUNTIME[preprocess.formats], *([reader.runtime] if reader else [])]
    return max(floors, key=release_key)
