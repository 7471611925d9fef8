"""Builds one instance from one image file: bytes validated, converted if needed, packed for the writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from workbench.core.data.image_bytes import AcceptedImages, fitted
from workbench.core.data.instance_schema import InstanceSchema
from workbench.core.data.writers import request_bytes
from workbench.core.instances.image_instances import Features, Values, features_of, instance_of, read_image
from workbench.core.instances.sources import name_of
from workbench.spec.data import Check
from workbench.spec.errors import ErrorInfo, WorkbenchError
from workbench.spec.limits import ML_ENGINE_LIMITS

CONVERTED: Final = "CONVERTED"
ABOVE_REQUEST: Final = "ABOVE_REQUEST"
NO_ROW: Final = "NO_ROW"
"""The codes of notes."""

_ENVELOPE: Final = len('{"instances": []}')

Pack = Callable[[Mapping[str, Any]], Any]


class ImageNote(msgspec.Struct, frozen=True):
    """A note on an image that was accepted."""

    code: str
    message: str


class BuiltInstance(msgspec.Struct, frozen=True):
    """One image's instance: `packed` is the writer's input, `ids` are its values of the keys that may be ids."""

    source: str
    packed: Any
    ids: dict[str, Any]
    notes: tuple[ImageNote, ...]


class RefusedImage(msgspec.Struct, frozen=True):
    """An image that was rejected, with the reason."""

    source: str
    error: ErrorInfo


class InstanceBuilder(msgspec.Struct, frozen=True):
    """Builds instances from image files. Stateless: every thread or process may have its own.

    `ids` are the keys whose values are returned for each. An image without a row in `features` gets a note.
    """

    wanted: InstanceSchema
    values: Values
    features: Features
    check: Check
    ids: tuple[str, ...] = ()

    def made(self, source: str, pack: Pack) -> BuiltInstance | RefusedImage:
        """The instance of one file, or the reason for its rejection."""
        name = name_of(source)
        try:
            data = read_image(source)
            own = features_of(self.features, source)
            return self.made_of(name, source, data, own, pack)
        except WorkbenchError as err:
            return RefusedImage(name, err.info())

    def made_of(self, name: str, source: str, data: bytes, own: Values, pack: Pack) -> BuiltInstance:
        """The instance of an image that was read. Raises `WorkbenchError`: the error of this one image."""
        instance = instance_of(self.wanted.form, source, data, {**self.values, **own})
        notes = [ImageNote(CONVERTED, text) for text in self._fit(instance, name)]
        if self.features and not own:
            notes.append(ImageNote(NO_ROW, "It has no row in the features file."))
        size = request_bytes(instance)
        if size + _ENVELOPE > ML_ENGINE_LIMITS.request_bytes:
            text = f"It takes {size:,} bytes as JSON; an online request may have {ML_ENGINE_LIMITS.request_bytes:,}."
            notes.append(ImageNote(ABOVE_REQUEST, text))
        return BuiltInstance(name, pack(instance), {key: instance[key] for key in self.ids}, tuple(notes))

    def _fit(self, instance: dict[str, Any], name: str) -> Iterator[str]:
        """Replace the bytes under every image key by accepted ones; yields what was changed, in sentences."""
        for alias, taken in self.wanted.taken.items():
            # With several images per instance, a note names the image.
            which = f"{alias}: " if len(self.wanted.taken) > 1 else ""
            note = self._fit_one(instance, alias, taken, name, which)
            if note:
                yield f"{which}{note}"

    def _fit_one(self, instance: dict[str, Any], alias: str, taken: AcceptedImages, name: str, which: str) -> str:
        try:
            found = fitted(instance[alias], name, taken, self.check)
        except WorkbenchError as err:
            raise WorkbenchError(err.code, f"{which}{err.message}", where=name, hint=err.hint) from err
        instance[alias] = found.data
        return found.note
