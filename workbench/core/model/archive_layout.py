"""Locates the weights of a layer in a `.keras` file of Keras 2, whose releases named the groups differently.

Keras 2.15.0 and every tf_keras release write `layers/dense`, `layers/dense_1`, ... Keras 2.14.0 writes
`_layer_checkpoint_dependencies` instead of `layers`. So do 2.12.0 and 2.13.1, which also count a layer with weights
twice (`dense`, `dense_2`, `dense_4`). Source: `saving_lib.py` of these releases (`ATTR_SKIPLIST`,
`_save_container_state`) and `Functional._layer_checkpoint_dependencies`. tf_keras 2.21 reads only the first form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

LAYERS: Final = "layers"
OLD_LAYERS: Final = "_layer_checkpoint_dependencies"
"""The group that holds a model's layers in Keras 2.12.0 to 2.14.0."""

Children = Callable[[str], Iterable[str]]
"""Returns the names of the groups (or folders) below a path; none if the path does not exist."""

_NUMBERED: Final = re.compile(r"(?P<base>.+?)(?:_(?P<number>\d+))?")


class Layout:
    """Translates between the current paths of weights and assets and those of one file, by the order of the groups
    alone."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._known: dict[str, dict[str, str]] = {}

    def stored(self, place: str) -> str:
        """The path in the file of what tf_keras requests as `place` (`layers/dense_1/cell`); unknown names stay
        unchanged."""
        found: list[str] = []
        for part in place.split("/"):
            if part == LAYERS and OLD_LAYERS in self._children("/".join(found)):
                part = OLD_LAYERS
            elif found[-1:] == [OLD_LAYERS]:
                part = self._names("/".join(found)).get(part, part)
            found.append(part)
        return "/".join(found)

    def current(self, stored: str) -> str:
        """The inverse: the current path of a dataset of the file."""
        parts = stored.split("/")
        return "/".join(self._today(parts[:count], part) for count, part in enumerate(parts))

    def _today(self, above: list[str], name: str) -> str:
        if name == OLD_LAYERS:
            return LAYERS
        if above[-1:] != [OLD_LAYERS]:
            return name
        names = self._names("/".join(above))
        return next((new for new, old in names.items() if old == name), name)

    def _names(self, group: str) -> dict[str, str]:
        if group not in self._known:
            self._known[group] = _renumbered(self._children(group))
        return self._known[group]


def _renumbered(names: Iterable[str]) -> dict[str, str]:
    """The current name of each group of one model's layers: each class is counted from 0, without gaps."""
    by_class: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match:
            by_class.setdefault(match["base"], []).append((int(match["number"] or 0), name))
    return {
        f"{base}_{place}" if place else base: name
        for base, found in by_class.items()
        for place, (_, name) in enumerate(sorted(found))
    }
