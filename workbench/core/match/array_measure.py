"""Compares ways to read images with all arrays: every channel order and every value step."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from workbench.core.match.array_lines import fitted
from workbench.core.match.array_pairs import Pair
from workbench.core.progress import Report
from workbench.core.training.pixel_scaling import as_input, straight
from workbench.core.training.shared_reading import read_whole
from workbench.core.training.way_space import BY_HAND, SAME_BUT_ROUNDED, STANDARDISED, scales, valued
from workbench.core.training.ways import Way
from workbench.spec.model import Progress
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.reading_match import ArrayReading, reading_words
from workbench.spec.scale import BY_HAND as BY_HAND_SCALE

Array = npt.NDArray[Any]

VALUES_KEPT: Final = 6
"""Number of channel orders and value steps per geometry measured on all images, once a few have separated them."""

SHOWN: Final = 8
"""Number of ways returned."""


class Measured(msgspec.Struct, frozen=True):
    """A way compared with all arrays; ways with the same `digest` give the same numbers for these images."""

    way: Way
    reading: ArrayReading
    digest: str


def valued_ways(
    pairs: Sequence[Pair], ways: Sequence[Way], few: Sequence[Pair], channels: int, report: Report
) -> tuple[list[Measured], int]:
    """Every channel order and value step of these ways on all images, and how many were tried."""
    found: list[Measured] = []
    count = 0
    for place, way in enumerate(ways):
        report(Progress("Comparing scales", place, len(ways)))
        levels = read_whole([pair.data for pair in pairs], way, channels)
        if levels.failed or any(one.shape != pair.seen.shape for one, pair in zip(levels.images, pairs, strict=True)):
            continue
        by_name = {pair.name: one for pair, one in zip(pairs, levels.images, strict=True)}
        tried = list(valued(way, channels, _values(levels.images, pairs, channels)))
        count += len(tried)
        first = [_measured([by_name[pair.name] for pair in few], few, one) for one in tried]
        nearest = sorted(first, key=_distance)[:VALUES_KEPT]
        found += [_measured(levels.images, pairs, one.way) for one in nearest]
    return found, count


def _values(levels: Sequence[Array], pairs: Sequence[Pair], channels: int) -> list[tuple[str, ...]]:
    seen = [pair.seen for pair in pairs]
    lines = [steps for swap in (False, True)[: 1 + (channels >= 3)] for steps in fitted(levels, seen, swap=swap)]
    return [*scales(), *BY_HAND, *SAME_BUT_ROUNDED, *STANDARDISED, *lines]


def _measured(levels: Sequence[Array], pairs: Sequence[Pair], way: Way) -> Measured:
    """One way compared with all arrays. Numbers are compared as float32, differences are in pixel values."""
    settings, digest = way.settings, hashlib.sha256()
    unit = straight(settings, levels[0].shape[-1]).unit
    sums, largest, differing, count = 0.0, 0.0, 0, 0
    for one, pair in zip(levels, pairs, strict=True):
        made = np.asarray(as_input(one[None], settings)[0], "float32")
        apart = np.abs(made.astype("float64") - pair.seen) * unit
        sums, largest = sums + float(apart.sum()), max(largest, float(apart.max()))
        differing, count = differing + int((made != pair.seen).sum()), count + apart.size
        digest.update(made.tobytes())
    return Measured(way, ArrayReading(settings, sums / count, largest, differing / count), digest.hexdigest())


def _distance(one: Measured) -> tuple[float, float, int]:
    return one.reading.mean, one.reading.differing, _oddity(one.reading.preprocess)


def ranked(found: Iterable[Measured]) -> Iterator[ArrayReading]:
    """Sorted by residual; of ways with the same numbers the most common one, which names the others."""
    groups: dict[str, list[Measured]] = {}
    for one in sorted(found, key=_distance):
        groups.setdefault(one.digest, []).append(one)
    for first, *others in _few_a_geometry(groups.values()):
        elsewhere = {one.way.plain: one for one in reversed(others) if one.way.plain != first.way.plain}
        words = tuple(reading_words(one.reading.preprocess) for one in elsewhere.values())[::-1]
        yield msgspec.structs.replace(first.reading, alike=words)


def _few_a_geometry(groups: Iterable[list[Measured]]) -> list[list[Measured]]:
    """Only the best two of each reader and geometry: the others differ in scale."""
    kept: list[list[Measured]] = []
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for group in groups:
        geometry = (group[0].way.reader, group[0].way.geometry)
        counts[geometry] += 1
        if counts[geometry] <= 2:
            kept.append(group)
    return kept[:SHOWN]


def _oddity(settings: Preprocess) -> int:
    """How unusual settings are, to choose between equal ways."""
    usual = Preprocess(size=settings.size)
    odd = [bool(getattr(settings, name) != getattr(usual, name)) for name in ("fit", "exif", "colour", "dct")]
    rare = 2 if parse_reader(settings.reader).rare else 0
    return sum(odd) + rare + len(settings.steps) + int(settings.scale.startswith(BY_HAND_SCALE))
