"""Keys by which instances should be told apart, and are not: values that come again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from workbench.core.predict.forms import InstanceForm
from workbench.spec.data import Repeated

DIGEST: Final = 12
"""Bytes kept of each value: a set of a million ids fits into a hundred megabytes."""


_ID_DTYPES: Final = ("DT_STRING", "DT_INT32", "DT_INT64")


def ids_of(form: InstanceForm) -> list[str]:
    """The passthrough keys that may be ids: single texts and whole numbers."""
    return [a for a in form.passthrough if form.inputs[a].dtype in _ID_DTYPES and form.inputs[a].shape in ((-1,), None)]


class Repeats:
    """Counts the values of some keys that were there before."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._seen: dict[str, set[bytes]] = {key: set() for key in keys}
        self._found: dict[str, Repeated] = {}

    def add(self, instance: Mapping[str, Any]) -> None:
        """Look at one more instance."""
        for key, seen in self._seen.items():
            digest = hashlib.blake2b(msgspec.json.encode(instance[key]), digest_size=DIGEST).digest()
            if digest in seen:
                before = self._found.get(key, Repeated(key, 0, str(instance[key])))
                self._found[key] = msgspec.structs.replace(before, count=before.count + 1)
            seen.add(digest)

    def found(self) -> tuple[Repeated, ...]:
        """The keys with repeated values."""
        return tuple(self._found.values())
