"""Detects duplicate values of keys that should identify instances."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from workbench.core.instances.instance_form import InstanceForm
from workbench.spec.data import DuplicateKey

DIGEST: Final = 8
"""Bytes kept of each value's hash: among a million values a collision has a probability of 3 in 10^8."""

_ID_DTYPES: Final = ("DT_STRING", "DT_INT32", "DT_INT64")


def ids_of(form: InstanceForm) -> list[str]:
    """The passthrough keys that may be ids: single texts and integers."""
    return [a for a in form.passthrough if form.inputs[a].dtype in _ID_DTYPES and form.inputs[a].shape in ((-1,), None)]


class DuplicateCounter:
    """Counts repeated values of some keys. Eight bytes of each are held in memory; the values are on disk."""

    def __init__(self, keys: Iterable[str], folder: Path, open_files: ExitStack) -> None:
        self._columns = {key: _SeenValues(folder / f"ids-{number}", open_files) for number, key in enumerate(keys)}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are examined."""
        return tuple(self._columns)

    def add(self, values: Mapping[str, Any]) -> None:
        """Add the values of one more instance."""
        for key, column in self._columns.items():
            column.add(msgspec.json.encode(values[key]))

    def found(self) -> tuple[DuplicateKey, ...]:
        """The keys with repeated values; called after the files are closed."""
        looked = ((key, column.repeats()) for key, column in self._columns.items())
        return tuple(
            DuplicateKey(key, len(rows), self._columns[key].text(rows.min())) for key, rows in looked if len(rows)
        )


class _SeenValues:
    def __init__(self, path: Path, open_files: ExitStack) -> None:
        self._path = path
        self._file = open_files.enter_context(path.open("wb"))
        self._digests = array("Q")

    def add(self, value: bytes) -> None:
        self._digests.frombytes(hashlib.blake2b(value, digest_size=DIGEST).digest())
        self._file.write(value + b"\n")

    def repeats(self) -> Any:
        """The indices of repeated values."""
        digests = np.frombuffer(self._digests, "u8") if self._digests else np.empty(0, "u8")
        if not _repeat(np.sort(digests)).any():  # The usual case: the indices would take three times the memory.
            return np.empty(0, "i8")
        order = np.argsort(digests, kind="stable")
        return order[1:][_repeat(digests[order])]

    def text(self, place: int) -> str:
        """The value at an index."""
        with self._path.open("rb") as file:
            return str(msgspec.json.decode(next(islice(file, int(place), None))))


def _repeat(ordered: Any) -> Any:
    """For sorted values, except the first: which are equal to the one before."""
    return ordered[1:] == ordered[:-1]
