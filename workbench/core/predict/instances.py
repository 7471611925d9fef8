"""Instances from image files: the image's bytes, the user's values, and what fills the passthrough keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from workbench.core.predict.session import to_array
from workbench.spec.errors import WorkbenchError
from workbench.spec.signature import SERVING_DEFAULT, SignatureSpec, TensorSpec

Values = Mapping[str, object]
Features = Mapping[str, Values]
"""Values by file: keyed by path as given, or by base name."""

MAX_IMAGE: Final = 256 * 1024 * 1024
"""Bytes; a larger file is no image for a network."""


class InstanceForm(msgspec.Struct, frozen=True):
    """What one instance of a signature holds: which alias is the image, which are passthrough keys."""

    signature: str
    inputs: dict[str, TensorSpec]
    image_alias: str
    passthrough: tuple[str, ...]

    def values(self) -> tuple[str, ...]:
        """The aliases a user must give a value for."""
        return tuple(a for a in self.inputs if a != self.image_alias and a not in self.passthrough)


def form_of(signatures: Mapping[str, SignatureSpec], name: str = "", image_alias: str = "") -> InstanceForm:
    """Read the form off a signature; unless told, the image is the one string input that is no output too.

    Raises `WorkbenchError` NO_SIGNATURE or NO_IMAGE_KEY.
    """
    chosen = name or (next(iter(signatures)) if len(signatures) == 1 else SERVING_DEFAULT)
    if chosen not in signatures:
        hint = f"There are: {', '.join(signatures) or 'none'}."
        raise WorkbenchError("NO_SIGNATURE", f"There is no signature '{chosen}'.", hint=hint)
    spec = signatures[chosen]
    strings = [a for a, t in spec.inputs.items() if t.dtype == "DT_STRING" and t.shape in ((-1,), None)]
    back = [a for a in strings if a in spec.outputs]
    images = [image_alias] if image_alias else [a for a in strings if a not in back]
    if len(images) != 1 or images[0] not in spec.inputs:
        text = f"The signature '{chosen}' has {len(images)} inputs that could take an image's bytes, not one."
        raise WorkbenchError("NO_IMAGE_KEY", text, hint=f"Its inputs: {', '.join(spec.inputs)}.")
    return InstanceForm(chosen, dict(spec.inputs), images[0], tuple(a for a in back if a != images[0]))


def check_values(form: InstanceForm, values: Values, features: Features) -> None:
    """Refuse keys the signature has not, and inputs nobody gave a value for.

    Raises `WorkbenchError` UNKNOWN_KEY or MISSING_VALUE.
    """
    given = set(values).union(*features.values()) if features else set(values)
    settable = [a for a in form.inputs if a != form.image_alias]
    for key in sorted(given - set(settable)):
        hint = f"It takes: {', '.join(settable) or 'nothing beside the image'}."
        raise WorkbenchError("UNKNOWN_KEY", f"The signature '{form.signature}' has no key '{key}'.", hint=hint)
    for alias in form.values():
        if alias not in given:
            hint = f"Give it with --set {alias}=VALUE or --features FILE."
            raise WorkbenchError("MISSING_VALUE", f"The input '{alias}' has no value.", hint=hint)


def make_instance(form: InstanceForm, source: str, values: Values, features: Features) -> dict[str, object]:
    """One instance with raw bytes under the image alias.

    Passthrough keys nobody set get the image's path. Raises `WorkbenchError` CANNOT_READ, TOO_LARGE,
    MISSING_VALUE or BAD_VALUE: the error of this one row.
    """
    own = {**values, **_features_of(features, source)}
    instance: dict[str, object] = {form.image_alias: read_image(source)}
    for alias, tensor in form.inputs.items():
        if alias == form.image_alias:
            continue
        if alias in own:
            instance[alias] = _checked(alias, own[alias], tensor)
        elif alias in form.passthrough:
            instance[alias] = source
        else:
            raise WorkbenchError("MISSING_VALUE", f"The input '{alias}' has no value for this image.", where=source)
    return instance


def _features_of(features: Features, source: str) -> Values:
    return features.get(source) or features.get(Path(source).name) or {}


def _checked(alias: str, value: object, tensor: TensorSpec) -> object:
    if tensor.dtype == "DT_STRING" and not isinstance(value, str | bytes | list):
        value = json.dumps(value)
    shape = np.shape(to_array(alias, [value], tensor))[1:]
    wanted = (tensor.shape or (-1, *shape))[1:]
    if len(shape) != len(wanted) or any(w not in (-1, s) for s, w in zip(shape, wanted, strict=True)):
        text = f"The value of '{alias}' has the shape {list(shape)}, not {list(wanted)}."
        raise WorkbenchError("BAD_VALUE", text)
    return value


def read_image(source: str) -> bytes:
    """A file's bytes. Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE."""
    path = Path(source)
    try:
        if path.stat().st_size > MAX_IMAGE:
            raise WorkbenchError("TOO_LARGE", "The file is larger than 256 MB.", where=source)
        data = path.read_bytes()
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {err.strerror}.", where=source) from err
    if not data:
        raise WorkbenchError("EMPTY_FILE", "The file is empty.", where=source)
    return data


def to_json(instance: Mapping[str, object]) -> dict[str, object]:
    """An instance as the request body carries it: bytes as `{"b64": ...}`."""
    return {k: {"b64": base64.b64encode(v).decode()} if isinstance(v, bytes) else v for k, v in instance.items()}


def parse_set(pairs: tuple[str, ...]) -> dict[str, object]:
    """`KEY=VALUE` options: VALUE as JSON where it is JSON, else as text. Raises `WorkbenchError` BAD_OPTION."""
    found: dict[str, object] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise WorkbenchError("BAD_OPTION", f"'{pair}' is not KEY=VALUE.", hint='Such as --set "Features=[0.1, 2]".')
        found[key] = _json_or_text(text)
    return found


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
