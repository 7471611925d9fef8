"""The undigested content of a model file, common to all formats."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from workbench.core.model.contents import WeightDataset
from workbench.spec.errors import WorkbenchError, is_text
from workbench.spec.foreign_json import json_value

MAX_CONFIG: Final = 16 * 1024 * 1024
"""Maximum number of bytes of JSON; the largest real configurations seen are about 1 MB."""

MAX_CONTAINERS: Final = 200_000
"""Maximum number of lists and objects in that JSON: each takes up to 230 bytes of memory for two bytes of text."""


MAX_VALUES: Final = 500_000
"""Maximum number of values in it: constants and vocabularies of real models have some ten thousand, and each is
visited many times."""

_BOUNDS: Final = (
    f"One has at most {MAX_CONFIG:,} characters, {MAX_CONTAINERS:,} lists and objects, and {MAX_VALUES:,} values."
)


class RawModel(msgspec.Struct, frozen=True):
    """The undigested parts of a model file; `config` is the model's own JSON object.

    `weights` are the model's own; their paths start at the layer (`conv1/conv1/kernel:0`; in a `.keras` file
    `layers/conv2d/vars/0`).
    """

    config: dict[str, Any]
    keras_version: str
    backend: str
    parameters: int
    weights: tuple[WeightDataset, ...] = ()
    labels: tuple[str, ...] = ()
    optimizer_bytes: int = 0


def broken(text: str, where: str) -> WorkbenchError:
    """An HDF5 error as `WorkbenchError` TRUNCATED or HDF5_BROKEN."""
    if "truncated" in text:
        return WorkbenchError("TRUNCATED", "The file ends too early.", where=where, hint="Copy or download it again.")
    return WorkbenchError("HDF5_BROKEN", f"HDF5 cannot read it: {text[:200]}.", where=where, hint="Save it again.")


def parse_config(text: str, where: str) -> dict[str, Any]:
    """A model's configuration JSON. Raises `WorkbenchError` BAD_CONFIG."""
    many = text.count("{") + text.count("[") > MAX_CONTAINERS or text.count(",") > MAX_VALUES
    if len(text) > MAX_CONFIG or many:
        oversized = f"Its configuration of {len(text)} characters is too large for a model."
        raise WorkbenchError("BAD_CONFIG", oversized, where=where, hint=_BOUNDS)
    try:
        config = json_value(text)
    except ValueError as err:
        raise WorkbenchError("BAD_CONFIG", f"Its model_config is not JSON: {err}.", where=where) from err
    if _HALF_PAIR.search(text):
        refuse_half_pairs(config, where)
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise WorkbenchError("BAD_CONFIG", "Its model_config does not describe a model.", where=where)
    return config


_HALF_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a surrogate pair, JSON's escape for characters beyond U+FFFF. JSON allows a lone half; no valid text has
one."""


def refuse_half_pairs(value: Any, where: str) -> None:
    """Raise `WorkbenchError` BAD_CONFIG for names or texts with a lone surrogate: they could not be shown, stored or
    sent."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting += [*found, *found.values()]
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, str) and not is_text(found):
            text = f"A name in its configuration is not valid text (half of a surrogate pair): {ascii(found)[:80]}."
            raise WorkbenchError("BAD_CONFIG", text, where=where, hint="Rename that layer, and save the model again.")


def without_training(value: Any) -> Any:
    """A configuration without what only compiling needs, at every depth.

    Losses, metrics and optimizers act in training only; Keras would build those of an inner model even when it is told
    not to compile (`serialization_lib.deserialize_keras_object`).
    """
    if isinstance(value, list):
        return [without_training(v) for v in value]
    if not isinstance(value, dict):
        return value
    record = "class_name" in value and "config" in value
    return {k: without_training(v) for k, v in value.items() if not (record and k == "compile_config")}
