"""Images with the arrays that training's own code made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.training.image_headers import pixel_size
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import AS_SENT, Size

Array = npt.NDArray[Any]

MOST: Final = 50
"""Maximum number of images: more add nothing."""

FEW: Final = 3
"""Number of images on which every way is compared."""


class Pair(msgspec.Struct, frozen=True):
    """An encoded image and what training's code made of it, float32 `(height, width, channels)`."""

    name: str
    data: bytes
    seen: Array


def pairs_of(paths: Sequence[Path], seen: Mapping[str, Array]) -> list[Pair]:
    """The images that have an array, matched by file name with or without the ending.

    Raises `WorkbenchError` NO_PAIRS if none has one, BAD_SEEN for an array that is not an image.
    """
    by_stem = {Path(name).stem: array for name, array in seen.items()}
    named = {Path(name).name: array for name, array in seen.items()}
    found: list[Pair] = []
    for path in paths:
        array = named.get(path.name, by_stem.get(path.stem))
        if array is not None and len(found) < MOST:
            found.append(Pair(path.name, path.read_bytes(), _image_array(path.name, array)))
    if not found:
        have = ", ".join(list(seen)[:3]) or "none"
        text = "No array is named after one of the images."
        hint = f"np.savez(path, **{{'a.jpg': pixels, ...}}) names them by file. Its names: {have}."
        raise WorkbenchError("NO_PAIRS", text, hint=hint)
    return found


def _image_array(name: str, array: Array) -> Array:
    """An array as `(height, width, channels)`: a batch of one removed, channels last."""
    found = array[0] if array.ndim == 4 and array.shape[0] == 1 else array
    found = found[..., None] if found.ndim == 2 else found
    if (
        found.ndim == 3
        and found.shape[-1] not in (1, 3, 4)
        and found.shape[0] in (1, 3, 4)
        and min(found.shape[1:]) > 4
    ):
        found = np.moveaxis(found, 0, -1)
    if found.ndim != 3 or found.shape[-1] not in (1, 3, 4) or not np.isfinite(found).all():
        text = f"The array '{name}' has the shape {list(array.shape)}: it is not an image of finite numbers."
        raise WorkbenchError("BAD_SEEN", text, hint="Save the model input of one image: (height, width, channels).")
    return np.asarray(found, "float32")


def common_size(pairs: Sequence[Pair]) -> Size:
    """The size of all arrays, or the images' own. Raises `WorkbenchError` BAD_SEEN for arrays of several sizes."""
    sizes = {pair.seen.shape[:2] for pair in pairs}
    if all(pair.seen.shape[:2] == pixel_size(pair.data) for pair in pairs) and len(sizes) > 1:
        return AS_SENT
    if len(sizes) > 1 or len({pair.seen.shape[-1] for pair in pairs}) > 1:
        text = f"The arrays have several shapes: {', '.join(f'{h}x{w}' for h, w in sorted(sizes)[:4])}."
        raise WorkbenchError("BAD_SEEN", text, hint="All have the model's input size, or each its own image's.")
    height, width = next(iter(sizes))
    return int(height), int(width)


def telling(pairs: Sequence[Pair]) -> list[Pair]:
    """A few images with the most different aspect ratios, so that stretching, cropping and padding show.

    Of images with the same ratio the smallest, which shows as much in less time.
    """
    sizes = [pixel_size(pair.data) for pair in pairs]
    smallest: dict[float, int] = {}
    for n in sorted(range(len(pairs)), key=lambda n: sizes[n][0] * sizes[n][1]):
        smallest.setdefault(round(sizes[n][0] / max(sizes[n][1], 1), 2), n)
    order = [smallest[ratio] for ratio in sorted(smallest)]
    places = np.unique(np.linspace(0, len(order) - 1, FEW).astype(int))
    chosen = [order[n] for n in places]
    others = [n for n in sorted(range(len(pairs)), key=lambda n: sizes[n]) if n not in chosen]
    return [pairs[n] for n in [*chosen, *others][:FEW]]
