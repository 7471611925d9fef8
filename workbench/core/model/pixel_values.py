"""Reads mean and variance of a Normalization layer, learned by `adapt`, from the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

import h5py
import numpy as np

from workbench.core.model.archive import opened
from workbench.core.model.contents import WeightDataset
from workbench.core.model.layers import Shares
from workbench.core.model.pixel_ops import MAX_CHANNELS, Vector
from workbench.spec.errors import WorkbenchError

Values = tuple[Vector, Vector]
"""A layer's means and variances."""

ReadValues = Callable[[str], Values | None]
"""Returns a layer's values for its path; `None` if the file has none, or not one number or one per channel."""

_NAMES: Final = {"mean": 0, "variance": 1, "vars/0": 0, "vars/1": 1}
"""The variables of Normalization by name (.h5), and by their order of creation (.keras)."""


def values_in(path: Path, kind: Literal["h5", "keras"], shares: Shares) -> ReadValues:
    """A reader of the values in a model file that has been scanned; it opens the file only when it is called."""

    def read(layer: str) -> Values | None:
        found = _pair(layer, shares)
        if not found or any(weight.size > MAX_CHANNELS for weight in found):
            return None
        try:
            mean, variance = _numbers(path, kind, found)
        except (OSError, KeyError, ValueError, TypeError, RuntimeError, WorkbenchError):
            return None  # Values that cannot be read stay unknown; loading reports what is wrong with them.
        return mean, variance

    return read


def _pair(layer: str, shares: Shares) -> list[WeightDataset]:
    """The weights of mean and variance, or an empty list.

    tf_keras names what `adapt` made without its layer; inside another model these weights are directly in the group of
    that model.
    """
    around = [place for place in shares if layer.startswith(f"{place}/")]
    found = [w for w in shares.get(layer, ()) if _name(w) in _NAMES]
    while not found and around:
        place = max(around, key=len)
        around.remove(place)
        found = [w for w in shares[place] if _name(w) in ("mean", "variance")]
    pair = sorted(found, key=lambda weight: _NAMES[_name(weight)])
    return pair if [_NAMES[_name(weight)] for weight in pair] == [0, 1] else []


def _name(weight: WeightDataset) -> str:
    *_, before, last = ("", *weight.path.split("/"))
    return f"vars/{last}" if before == "vars" else last.partition(":")[0]


def _numbers(path: Path, kind: Literal["h5", "keras"], weights: Sequence[WeightDataset]) -> list[Vector]:
    if kind == "h5":
        with h5py.File(path, "r") as file:
            return _read(file.get("model_weights", file), weights)
    with opened(path) as parts, parts.weights() as part, h5py.File(part, "r") as file:
        return _read(file, weights)


def _read(group: h5py.Group, weights: Sequence[WeightDataset]) -> list[Vector]:
    return [tuple(float(v) for v in np.ravel(group[weight.place or weight.path][()])) for weight in weights]
