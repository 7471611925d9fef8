"""One image file as one instance: its bytes checked and fitted, packed as the writer wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from workbench.core.data.pictures import Taken, fitted
from workbench.core.data.wanted import Wanted
from workbench.core.data.writers import request_bytes
from workbench.core.predict.instances import Features, Values, make_instance
from workbench.core.predict.sources import name_of
from workbench.spec.data import Check
from workbench.spec.errors import ErrorInfo, WorkbenchError

Pack = Callable[[Mapping[str, Any]], Any]


class Made(msgspec.Struct, frozen=True):
    """One image's instance: `packed` is what the writer puts down, `size` its bytes in an online request."""

    source: str
    instance: dict[str, Any]
    packed: Any
    notes: tuple[str, ...]
    size: int


class Refused(msgspec.Struct, frozen=True):
    """An image that makes no instance."""

    source: str
    error: ErrorInfo


class Maker(msgspec.Struct, frozen=True):
    """Makes instances of image files. It keeps nothing: any thread or process may have its own."""

    wanted: Wanted
    values: Values
    features: Features
    check: Check

    def made(self, source: str, pack: Pack) -> Made | Refused:
        """The instance of one file, or why there is none."""
        name = name_of(source)
        try:
            instance = make_instance(self.wanted.form, source, self.values, self.features)
            notes = tuple(self._fit(instance, name))
            return Made(name, instance, pack(instance), notes, request_bytes(instance))
        except WorkbenchError as err:
            return Refused(name, err.info())

    def _fit(self, instance: dict[str, Any], name: str) -> Iterator[str]:
        """Put bytes that fit under every image key; what was done to them, in sentences."""
        for alias, taken in self.wanted.taken.items():
            # With several pictures an instance, what is said is said of one of them.
            which = f"{alias}: " if len(self.wanted.taken) > 1 else ""
            note = self._fit_one(instance, alias, taken, name, which)
            if note:
                yield f"{which}{note}"

    def _fit_one(self, instance: dict[str, Any], alias: str, taken: Taken, name: str, which: str) -> str:
        try:
            found = fitted(instance[alias], name, taken, self.check)
        except WorkbenchError as err:
            raise WorkbenchError(err.code, f"{which}{err.message}", where=name, hint=err.hint) from err
        instance[alias] = found.data
        return found.note
