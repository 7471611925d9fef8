"""Finds how training read images from the arrays its own code made of them.

In stages: readers and fits are compared on a few images by what is left after the best straight line from pixel values
to the array's numbers, image by image and channel by channel, so that no scale has to be known; then orders of channels
and scales are tried on all images with the readers that came nearest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.match.candidates import SAME_BUT_ROUNDED, framings, other_readers, pixel_size, read_way, scalings
from workbench.core.progress import Report, silent
from workbench.core.training.image_reading import together
from workbench.core.training.pixel_scaling import as_input, levels_per_unit
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_size import AS_SENT, Size
from workbench.spec.model import Progress
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import ArrayMatch, ArrayReading
from workbench.spec.scale import parse_scale

Array = npt.NDArray[Any]

FIRST: Final = 3
"""Images on which every reader and fit is compared."""

FRAMINGS: Final = 3
"""Fits and turns, with the library they came nearest with, that every reader is compared with."""

KEPT: Final = 4
"""Readers and fits whose scales are tried on all images."""

SHOWN: Final = 8
"""Ways in the answer."""

MOST: Final = 50
"""Images used at most: more tell nothing new."""


class Pair(msgspec.Struct, frozen=True):
    """An encoded image and what training's code made of it, float32 `(height, width, channels)`."""

    name: str
    data: bytes
    seen: Array


def pairs_of(paths: Sequence[Path], seen: Mapping[str, Array]) -> list[Pair]:
    """The images that have an array: by file name, with or without the ending.

    Raises `WorkbenchError` NO_PAIRS where none has one, BAD_SEEN for an array that is no image.
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
    """An array as `(height, width, channels)`: without its batch of one, with its one channel, channels last."""
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


def match_arrays(pairs: Sequence[Pair], base: Preprocess, report: Report = silent) -> ArrayMatch:
    """The ways to read the images that come nearest to their arrays, the nearest first.

    `base` gives the settings that are not searched (formats, alpha). Raises `WorkbenchError` BAD_SEEN for arrays of
    several sizes that are not the images' own, NOT_READ where no library reads the images.
    """
    size, channels = _size(pairs), pairs[0].seen.shape[-1]
    search, images = _Geometries(_telling(pairs), channels, report), [pair.data for pair in pairs]
    search.compare(framings(images, size, base, channels))
    search.compare(other_readers(search.best(FRAMINGS), images, channels))
    found: list[ArrayReading] = []
    for place, way in enumerate(search.best(KEPT)):
        report(Progress("Comparing scales", place, KEPT))
        found += _scaled(pairs, way, channels)
    if not found:
        raise WorkbenchError("NOT_READ", "No library reads these images.", hint=next(iter(search.unread.values()), ""))
    tried = len(search.left_over) + len(found)
    best = sorted(found, key=lambda one: (one.mean, one.differing, _oddity(one.preprocess)))
    return ArrayMatch(tuple(_few_a_geometry(best)[:SHOWN]), len(pairs), tried, search.unread)


class _Geometries:
    """Readers and fits compared on a few images."""

    def __init__(self, pairs: Sequence[Pair], channels: int, report: Report) -> None:
        self.unread: dict[str, str] = {}
        self.left_over: dict[Preprocess, float] = {}
        self._pairs = pairs
        self._channels = channels
        self._report = report

    def compare(self, ways: Sequence[Preprocess]) -> None:
        """What each way leaves over; one that fails is kept with its reason."""
        for place, way in enumerate(ways):
            self._report(Progress("Comparing readers", place, len(ways)))
            try:
                self.left_over[way] = _left_over(self._pairs, way, self._channels)
            except WorkbenchError as err:
                self.unread[way.reader] = err.message

    def best(self, count: int) -> list[Preprocess]:
        """The ways that leave least over."""
        return sorted(self.left_over, key=lambda way: self.left_over[way])[:count]


def _few_a_geometry(found: Sequence[ArrayReading]) -> list[ArrayReading]:
    """Of ways in order only the best two of each reader and fit: the others are its scales."""
    kept: list[ArrayReading] = []
    counts: Counter[tuple[str, str]] = Counter()
    for one in found:
        geometry = (one.preprocess.reader, one.preprocess.fit)
        counts[geometry] += 1
        if counts[geometry] <= 2:
            kept.append(one)
    return kept


def _oddity(settings: Preprocess) -> int:
    """How far settings are from the usual ones, to choose between ways that are equal."""
    usual = Preprocess(size=settings.size)
    odd = [bool(getattr(settings, name) != getattr(usual, name)) for name in ("fit", "exif", "colour")]
    return sum(odd) + int(settings.scale.startswith("mean/std"))


def _size(pairs: Sequence[Pair]) -> Size:
    """The size of all arrays, or the images' own."""
    sizes = {pair.seen.shape[:2] for pair in pairs}
    if all(pair.seen.shape[:2] == pixel_size(pair.data) for pair in pairs) and len(sizes) > 1:
        return AS_SENT
    if len(sizes) > 1 or len({pair.seen.shape[-1] for pair in pairs}) > 1:
        text = f"The arrays have several shapes: {', '.join(f'{h}x{w}' for h, w in sorted(sizes)[:4])}."
        raise WorkbenchError("BAD_SEEN", text, hint="All have the model's input size, or each its own image's.")
    height, width = next(iter(sizes))
    return int(height), int(width)


def _telling(pairs: Sequence[Pair]) -> list[Pair]:
    """A few images of ratios as different as there are, so that stretching, cutting and padding show."""
    ratios = [height / max(width, 1) for height, width in (pixel_size(pair.data) for pair in pairs)]
    order = sorted(range(len(pairs)), key=lambda n: ratios[n])
    places = np.unique(np.linspace(0, len(order) - 1, FIRST).astype(int))
    return [pairs[order[n]] for n in places]


def _left_over(pairs: Sequence[Pair], way: Preprocess, channels: int) -> float:
    """Pixel values (0-255) left after the best straight line, in the mean over images, for the better channel order."""
    levels = _read(pairs, way, channels)
    orders = [[2, 1, 0, 3][:channels], list(range(channels))] if channels >= 3 else [[0]]
    return min(
        float(np.mean([_off_line(one[..., order], pair.seen) for one, pair in zip(levels, pairs, strict=True)]))
        for order in orders
    )


def _read(pairs: Sequence[Pair], way: Preprocess, channels: int) -> list[Array]:
    found: dict[int, Array] = {}
    for rows in together(len(pairs), way):
        read = read_way([pairs[n].data for n in rows], way, channels)
        found |= dict(zip(rows, read, strict=True))
    levels = [found[n] for n in range(len(pairs))]
    if any(one.shape != pair.seen.shape for one, pair in zip(levels, pairs, strict=True)):
        raise WorkbenchError("NOT_READ", f"{way.reader} gives images of another shape than the arrays.")
    return levels


def _off_line(levels: Array, seen: Array) -> float:
    """The root mean square distance, in pixel values, of an image from the line that fits it to its array best."""
    found = []
    for channel in range(levels.shape[-1]):
        x, y = levels[..., channel].ravel().astype("float64"), seen[..., channel].ravel().astype("float64")
        factor, summand = _line(x, y)
        if factor > 0:
            found.append(float(np.sqrt(np.mean(((y - summand) / factor - x) ** 2))))
        else:
            found.append(float(x.std()))
    return float(np.mean(found))


def _line(x: Array, y: Array) -> tuple[float, float]:
    """Factor and summand of the line from x to y with the least squares; factor 0 where x is all the same."""
    spread = float(((x - x.mean()) ** 2).sum())
    factor = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 0 else 0.0
    return factor, float(y.mean()) - factor * float(x.mean())


def _scaled(pairs: Sequence[Pair], way: Preprocess, channels: int) -> list[ArrayReading]:
    """Every order of channels and scale of one geometry, the scale of the best line among them, on all images."""
    levels = _read(pairs, way, channels)
    fitted = [scale for swap in (False, True) for scale in _fitted(levels, pairs, swap=swap and channels >= 3)]
    return [_measured(levels, pairs, settings) for settings in scalings(way, channels, (*SAME_BUT_ROUNDED, *fitted))]


def _fitted(levels: Sequence[Array], pairs: Sequence[Pair], *, swap: bool) -> list[str]:
    """`mean/std` scales of the best line over all images: as it is, and in round numbers."""
    lines = []
    for channel in range(levels[0].shape[-1]):
        own = 2 - channel if swap and channel < 3 else channel
        x = np.concatenate([one[..., own].ravel() for one in levels]).astype("float64")
        y = np.concatenate([pair.seen[..., channel].ravel() for pair in pairs]).astype("float64")
        factor, summand = _line(x, y)
        if factor <= 1e-9:
            return []
        lines.append((-summand / factor, 1 / factor))
    wide = lines if len(lines) == 3 else lines[:1]
    texts = [_by_hand([(round(m, places), round(s, places)) for m, s in wide]) for places in (0, 1, 2, 3, 6)]
    return [text for text in dict.fromkeys(texts) if text]


def _by_hand(lines: Sequence[tuple[float, float]]) -> str:
    """A scale's text of (mean, deviation) a channel; empty where a deviation rounds to nothing."""
    same = len(set(lines)) == 1
    means, deviations = zip(*(lines[:1] if same else lines), strict=True)
    if min(deviations) <= 0:
        return ""
    return f"mean/std:{','.join(f'{m + 0.0:.10g}' for m in means)}/{','.join(f'{s:.10g}' for s in deviations)}"


def _measured(levels: Sequence[Array], pairs: Sequence[Pair], settings: Preprocess) -> ArrayReading:
    """One way beside all arrays. Numbers are compared as float32, differences told in pixel values."""
    unit = levels_per_unit(parse_scale(settings.scale), levels[0].shape[-1])
    sums, largest, differing, count = 0.0, 0.0, 0, 0
    for one, pair in zip(levels, pairs, strict=True):
        made = np.asarray(as_input(one, settings), "float32")
        apart = np.abs(made.astype("float64") - pair.seen) * unit
        sums, largest = sums + float(apart.sum()), max(largest, float(apart.max()))
        differing, count = differing + int((made != pair.seen).sum()), count + apart.size
    return ArrayReading(settings, sums / count, largest, differing / count)
