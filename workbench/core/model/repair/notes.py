"""Kinds of repair, each with its reason and source, and the log of where they were applied."""

from __future__ import annotations

from typing import Final, NamedTuple

from workbench.core.model.config import Config, json_objects
from workbench.spec.model import Repair

SHOWN: Final = 6
"""Layers named in a repair's message; any further ones are only counted."""


class RepairKind(NamedTuple):
    """One kind of repair: `what` was done, worded so that a list of layers can follow."""

    code: str
    what: str
    reason: str
    source: str


class RepairLog:
    """Collects repairs while a configuration is rewritten; the same kind on many layers becomes one entry."""

    def __init__(self) -> None:
        self._layers: dict[RepairKind, list[str]] = {}

    def add(self, kind: RepairKind, layer: str = "") -> None:
        """Record that `kind` was applied, to a layer or to the whole model."""
        layers = self._layers.setdefault(kind, [])
        if layer and layer not in layers:
            layers.append(layer)

    def repairs(self) -> tuple[Repair, ...]:
        """The repairs, in the order in which their kinds first occurred."""
        return tuple(
            Repair(k.code, _sentence(k.what, layers), k.reason, k.source) for k, layers in self._layers.items()
        )


def _sentence(what: str, layers: list[str]) -> str:
    if not layers:
        return f"{what}."
    more = f" and {len(layers) - SHOWN} more" if len(layers) > SHOWN else ""
    return f"{what}: {', '.join(layers[:SHOWN])}{more}."


class RepairContext:
    """What the rules know of the file beyond the current layer, and where they record what they did."""

    def __init__(self, keras_version: str, backend: str, where: str, config: Config, parameters: int = 0) -> None:
        self.version = keras_version
        self.backend = backend
        self.where = where
        self.parameters = parameters
        self.keras1 = keras_version.startswith("1.") or (not keras_version and speaks_keras1(config))
        self.notes = RepairLog()
        self.promised_shapes: dict[str, list[int | None]] = {}

    @property
    def multi_backend(self) -> bool:
        """Whether the Keras package wrote the file, not TensorFlow's copy (which wrote "-tf" up to 2.3)."""
        return not self.version.endswith("-tf") and self.version[:4] in ("2.0.", "2.1.", "2.2.", "2.3.")


KERAS1_WORDS: Final = frozenset(
    "nb_filter nb_row border_mode dim_ordering inner_activation W_regularizer input_dtype filter_length".split()
)
"""Arguments that no Keras since 2.0 writes."""


def speaks_keras1(config: Config) -> bool:
    """Whether a configuration that states no version uses Keras 1's arguments."""
    return any(not KERAS1_WORDS.isdisjoint(record) for record in json_objects(config))
