"""The line from pixel values to the numbers of an array: its residual, and the scale it implies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.core.training.ways import SCALE

Array = npt.NDArray[Any]
Steps = tuple[str, ...]


def left_over(levels: Sequence[Array], seen: Sequence[Array]) -> float:
    """Residual in pixel values (0-255) after the best line, averaged over the images, for the better channel order."""
    channels = levels[0].shape[-1]
    orders = [[2, 1, 0, 3][:channels], list(range(channels))] if channels >= 3 else [[0]]
    return min(
        float(np.mean([off_line(one[..., order], array) for one, array in zip(levels, seen, strict=True)]))
        for order in orders
    )


def off_line(levels: Array, seen: Array) -> float:
    """The root mean square distance, in pixel values, of an image from the line that best fits it to its array."""
    found = []
    for channel in range(levels.shape[-1]):
        x, y = levels[..., channel].ravel().astype("float64"), seen[..., channel].ravel().astype("float64")
        factor, summand = line(x, y)
        if factor > 0:
            found.append(float(np.sqrt(np.mean(((y - summand) / factor - x) ** 2))))
        else:
            found.append(float(x.std()))
    return float(np.mean(found))


def line(x: Array, y: Array) -> tuple[float, float]:
    """Factor and offset of the least-squares line from x to y; factor 0 if x is constant."""
    spread = float(((x - x.mean()) ** 2).sum())
    factor = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 0 else 0.0
    return factor, float(y.mean()) - factor * float(x.mean())


def fitted(levels: Sequence[Array], seen: Sequence[Array], *, swap: bool) -> list[Steps]:
    """Value steps from the best line over all images: exact and rounded, in pixel values and in fractions of 255."""
    lines = []
    for channel in range(levels[0].shape[-1]):
        own = 2 - channel if swap and channel < 3 else channel
        x = np.concatenate([one[..., own].ravel() for one in levels]).astype("float64")
        y = np.concatenate([array[..., channel].ravel() for array in seen]).astype("float64")
        factor, summand = line(x, y)
        if factor <= 1e-9:
            return []
        lines.append((-summand / factor, 1 / factor))
    wide = lines if len(lines) == 3 else lines[:1]
    found = [_by_hand(wide, places, parts=False) for places in (0, 1, 2, 3, 6)]
    found += [_by_hand([(m / 255, s / 255) for m, s in wide], places, parts=True) for places in (2, 3, 4, 6)]
    return [steps for some in found for steps in some]


def _by_hand(lines: Sequence[tuple[float, float]], places: int, *, parts: bool) -> list[Steps]:
    """(mean, deviation) per channel as a scale and as `ImageDataGenerator`'s; fractions of 255 are rescaled first."""
    rounded = [(round(mean, places) + 0.0, round(deviation, places)) for mean, deviation in lines]
    same = len(set(rounded)) == 1
    means, deviations = zip(*(rounded[:1] if same else rounded), strict=True)
    if min(deviations) <= 0:
        return []
    mean, deviation = (",".join(f"{number:.10g}" for number in part) for part in (means, deviations))
    generator = (f"featurewise_center {mean}", f"featurewise_std {deviation}")
    if not parts:
        return [(f"{SCALE}mean/std:{mean}/{deviation}",), generator]
    by_hand = (f"subtract {mean}", f"divide {deviation}")
    return [(first, *steps) for first in (f"{SCALE}0..1", "divide 255") for steps in (by_hand, generator)]
