"""Builds instances from image files: encoded bytes, the user's values, passthrough keys."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workbench.core.instances.feature_index import columns_of
from workbench.core.instances.instance_form import InstanceForm
from workbench.core.instances.sources import name_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import open_regular
from workbench.spec.tensors import TensorSpec

Values = Mapping[str, object]
Features = Mapping[str, Values]
"""Values by file: keyed by path as given, or by base name."""

MAX_IMAGE: Final = 256 * 1024 * 1024
"""Largest image file in bytes."""


def check_values(form: InstanceForm, values: Values, features: Features) -> None:
    """Check the values for image instances: only known keys, and a value for every other input.

    Raises `WorkbenchError` NO_IMAGE_INPUT, UNKNOWN_KEY or MISSING_VALUE.
    """
    if not form.image_alias:
        hint = f"Its inputs: {', '.join(form.inputs)}. Use files of records: .jsonl, .npz, .tfrecord."
        raise WorkbenchError("NO_IMAGE_INPUT", f"The signature '{form.signature}' has no image input.", hint=hint)
    check_keys(form, values, features)
    given = _given(values, features)
    for alias in form.values():
        if alias not in given:
            hint = f"Set it with --set {alias}=VALUE or --features FILE."
            raise WorkbenchError("MISSING_VALUE", f"The input '{alias}' has no value.", hint=hint)


def check_keys(form: InstanceForm, values: Values, features: Features) -> None:
    """Raise `WorkbenchError` UNKNOWN_KEY for keys that the signature does not have."""
    settable = [a for a in form.inputs if a != form.image_alias]
    for key in sorted(_given(values, features) - set(settable)):
        hint = f"It takes: {', '.join(settable) or 'only the image'}."
        raise WorkbenchError("UNKNOWN_KEY", f"The signature '{form.signature}' has no key '{key}'.", hint=hint)


def _given(values: Values, features: Features) -> set[str]:
    return set(values) | columns_of(features)


def make_instance(form: InstanceForm, source: str, values: Values, features: Features) -> dict[str, object]:
    """One instance with raw bytes under the image aliases; `source` is the file of the first image.

    Passthrough texts that are not set get the image's path. Raises `WorkbenchError` CANNOT_READ, TOO_LARGE,
    MISSING_VALUE or BAD_VALUE: the error of this one row.
    """
    data = read_image(source) if form.image_alias else b""
    return instance_of(form, source, data, {**values, **features_of(features, source)})


def instance_of(form: InstanceForm, source: str, data: bytes, own: Values) -> dict[str, object]:
    """As `make_instance`, for an image that is already read, with all its values. Raises as documented there."""
    name = name_of(source)
    instance: dict[str, object] = {form.image_alias: data} if form.image_alias else {}
    filled = form.filled()
    for alias in form.inputs:
        if alias == form.image_alias:
            continue
        if alias in own:
            instance[alias] = _own_value(form, alias, own[alias], source)
        elif alias in filled:
            instance[alias] = name
        else:
            raise WorkbenchError("MISSING_VALUE", f"The input '{alias}' has no value for this image.", where=name)
    return instance


def _own_value(form: InstanceForm, alias: str, value: object, source: str) -> object:
    if alias in form.images:
        return read_image(_beside(source, value))
    return checked(alias, value, form.inputs[alias])


def _beside(source: str, name: object) -> str:
    """The file of a further image: an absolute path, or one beside the first image."""
    path = Path(str(name))
    return str(path if path.exists() else Path(source).parent / path)


def features_of(features: Features, source: str) -> Values:
    """The values of one image, by its path as given or else by its base name."""
    return features.get(source) or features.get(os.path.basename(source)) or {}


def checked(alias: str, value: object, tensor: TensorSpec) -> object:
    """A user's value in the form that the input takes. Raises `WorkbenchError` BAD_VALUE for another dtype or shape."""
    from workbench.core.tensor_values import to_array  # numpy comes with it: not for the calls of a target

    if tensor.dtype == "DT_STRING":
        value = _texts(value)
    shape = to_array(alias, [value], tensor).shape[1:]
    wanted = (tensor.shape or (-1, *shape))[1:]
    if len(shape) != len(wanted) or any(w not in (-1, s) for s, w in zip(shape, wanted, strict=True)):
        text = f"The value of '{alias}' has the shape {list(shape)}, not {list(wanted)}."
        raise WorkbenchError("BAD_VALUE", text)
    return value


def _texts(value: object) -> object:
    """Numbers and similar values as text, for a key of text."""
    if isinstance(value, list):
        return [_texts(v) for v in value]
    return value if isinstance(value, str | bytes) else json.dumps(value)


def read_image(source: str) -> bytes:
    """A file's bytes. Raises `WorkbenchError` CANNOT_READ, EMPTY_FILE or TOO_LARGE."""
    try:
        with open_regular(source) as file:
            if os.fstat(file.fileno()).st_size > MAX_IMAGE:
                raise WorkbenchError("TOO_LARGE", "The file is larger than 256 MB.", where=name_of(source))
            data = file.read()
    except OSError as err:
        raise WorkbenchError("CANNOT_READ", f"The file cannot be read: {err.strerror}.", where=name_of(source)) from err
    if not data:
        raise WorkbenchError("EMPTY_FILE", "The file is empty.", where=name_of(source))
    return data


def to_json(instance: Mapping[str, object]) -> dict[str, object]:
    """An instance as in a request body: bytes as `{"b64": ...}`, arrays as lists, at any depth."""
    return {key: as_json(value) for key, value in instance.items()}


def as_json(value: Any) -> Any:
    """`to_json` for a single value at any depth."""
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return to_json(value)
    if isinstance(value, list | tuple):
        return [as_json(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value  # numpy's arrays and scalars
