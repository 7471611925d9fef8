"""Reads the architecture of a model whose file holds only weights: `model.to_json()`, `to_yaml()` or a config.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from workbench.core.model.raw_model import MAX_CONFIG, MAX_CONTAINERS, parse_config, without_training
from workbench.spec.errors import WorkbenchError
from workbench.spec.files import read_regular

ENDINGS: Final = (".json", ".yaml", ".yml")
"""Endings of architecture files that are searched beside the weights under their stem."""

NAMES: Final = tuple(f"{name}{ending}" for name in ("model", "architecture", "config") for ending in ENDINGS)
"""Other architecture files that are searched: the names that tutorials use."""


def beside(weights: Path) -> dict[str, Any] | None:
    """The architecture stored beside a weights file, or `None` if there is none."""
    place = place_beside(weights)
    return read_architecture(place) if place else None


def place_beside(weights: Path) -> Path | None:
    """The path of that architecture: `NAME.json` for `NAME.h5` or `NAME.weights.h5`, else `model.json`,
    `architecture.json`.

    A neighbouring file that does not describe a model is ignored; it is not an error.
    """
    stem = weights.name.removesuffix(weights.suffix)
    stems = dict.fromkeys((stem, stem.removesuffix(".weights"), stem.removesuffix("_weights")))
    names = [f"{one}{ending}" for one in stems for ending in ENDINGS] + list(NAMES)
    return next((place for name in names if _is_architecture(place := weights.with_name(name))), None)


def _is_architecture(place: Path) -> bool:
    try:
        return place.is_file() and bool(read_architecture(place))
    except WorkbenchError:
        return False


def read_architecture(path: Path) -> dict[str, Any]:
    """A model's configuration from a JSON or YAML file. Raises `WorkbenchError` BAD_ARCHITECTURE."""
    text = _read(path)
    try:
        config = parse_config(text if text.lstrip().startswith("{") else _json_of_yaml(text), str(path))
        return dict(without_training(config))
    except RecursionError as err:
        hint = "Use the output of model.to_json() or to_yaml()."
        raise WorkbenchError("BAD_ARCHITECTURE", "It nests too deep for a model.", where=str(path), hint=hint) from err
    except WorkbenchError as err:
        hint = "Use the output of model.to_json() or to_yaml()."
        raise WorkbenchError("BAD_ARCHITECTURE", err.message, where=str(path), hint=hint) from err


def _read(path: Path) -> str:
    try:
        return read_regular(path, MAX_CONFIG).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        raise WorkbenchError("BAD_ARCHITECTURE", f"It cannot be read: {err}.", where=str(path)) from err


def _json_of_yaml(text: str) -> str:
    """YAML as JSON text. The loader builds only plain values; Keras 2 writes tuples with a Python tag."""
    import yaml

    try:
        events = sum(1 for _ in yaml.parse(text, Loader=_plain_loader()))
        if events > MAX_CONTAINERS:
            raise WorkbenchError("BAD_ARCHITECTURE", "It has more parts than a model.")
        return json.dumps(yaml.load(text, Loader=_plain_loader()), allow_nan=True)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as err:
        raise WorkbenchError("BAD_ARCHITECTURE", f"It is neither JSON nor plain YAML: {str(err)[:200]}.") from err


def _plain_loader() -> Any:
    """PyYAML's safe loader, with Python tuples as lists and without aliases (with them a few lines can expand to
    gigabytes)."""
    import yaml

    def compose_node(self: Any, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias, which Keras never writes")
        return yaml.SafeLoader.compose_node(self, parent, index)

    Plain: Any = type("Plain", (yaml.SafeLoader,), {"compose_node": compose_node})
    Plain.add_constructor("tag:yaml.org,2002:python/tuple", lambda loader, node: loader.construct_sequence(node))
    Plain.add_constructor("tag:yaml.org,2002:python/unicode", lambda loader, node: loader.construct_scalar(node))
    return Plain


def version_of(architecture: dict[str, Any]) -> str:
    """The Keras version that wrote an architecture. Keras 3 omits the number and names its module instead."""
    named = architecture.get("keras_version")
    if isinstance(named, str):
        return named[:100]
    return "3" if "registered_name" in architecture and "module" in architecture else ""
