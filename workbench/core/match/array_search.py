"""Finds how training read images from the arrays that its own code made of them.

In stages: geometries and readers are compared on a few images by the residual of the best line from pixel values to the
array's numbers, per image and channel, so that nothing about the values has to be known; then channel orders and value
steps on all images, with the nearest ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from workbench.core.match.array_lines import left_over
from workbench.core.match.array_measure import ranked, valued_ways
from workbench.core.match.array_pairs import Pair, common_size, telling
from workbench.core.progress import Report, silent
from workbench.core.training.shared_reading import Levels, Unread, read_ways
from workbench.core.training.way_space import (
    ALL_BORDERS,
    Steps,
    accurately_decoded,
    geometries,
    read_by,
    representatives,
    searched,
    slow,
    stretched,
    turnings,
)
from workbench.core.training.ways import GREY, Way
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import Progress
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import ArrayMatch

FRAMINGS: Final = 3
"""Number of geometries and orientations compared with every reader."""

READERS_KEPT: Final = 3
"""Number of readers compared with the other geometries."""

NEIGHBOURS: Final = 8
"""Number of geometries compared with these: those nearest with any reader."""

KEPT: Final = 4
"""Number of ways whose values are compared on all images."""

ALIKE: Final = 8
"""Maximum number of ways kept if the few images do not distinguish them."""

RUNNERS_UP: Final = 1
"""Number of ways shown beside an exact one, to show how far away the next are."""

SAME: Final = 2e-3
"""Residual in pixel values (0-255) that is only float32 rounding."""


def match_arrays(pairs: Sequence[Pair], base: Preprocess, report: Report = silent) -> ArrayMatch:
    """The ways to read the images with the smallest residual to their arrays, the nearest first.

    `base` gives the settings that are not searched (formats, alpha). Raises `WorkbenchError` BAD_SEEN for arrays of
    several sizes that are not the images' own, NOT_READ if no library reads the images.
    """
    size, channels = common_size(pairs), pairs[0].seen.shape[-1]
    start = Way(msgspec.structs.replace(base, size=size), base.reader, stretched(size))
    search = _Geometries(telling(pairs), channels, report)
    search.compare(_framings(start, search.images, channels, grey=search.looks_grey))
    search.compare(_other_readers(search, usual=True))
    search.compare([other for way in search.best(KEPT) for other in accurately_decoded(way)])
    if not search.done:
        search.compare(_other_readers(search, usual=False))
    search.compare(_neighbours(search))
    if not search.left_over:
        why = next(iter(search.unread.reasons.values()), "")
        raise WorkbenchError("NOT_READ", "No library reads these images.", hint=why)
    found, count = valued_ways(pairs, search.kept(), search.few, channels, report)
    tried = len(search.left_over) + count
    return ArrayMatch(tuple(ranked(found)), len(pairs), tried, dict(search.unread.reasons))


def _framings(start: Way, images: Sequence[bytes], channels: int, *, grey: bool) -> Iterator[Way]:
    """Every geometry, with and without EXIF orientation, with one reader per library.

    Geometries change whole edges, a kernel only some values: the nearest geometry here is nearest with every kernel.
    """
    for reader in representatives(channels):
        for steps in geometries(reader, start.base.size, images, ALL_BORDERS):
            for repeated in ((), (GREY,)) if grey else ((),):
                way = msgspec.structs.replace(start, geometry=(*steps, *repeated))
                for turns in turnings(images):
                    yield from read_by(way, reader, channels, turns=turns)


def _other_readers(search: _Geometries, *, usual: bool) -> Iterator[Way]:
    """Other readers in the nearest geometries: either the common ones, or the slow and rare ones.

    A slow one is tried in the nearest geometry only; none is tried if nothing is resized.
    """
    turned = len(turnings(search.images)) > 1
    for place, way in enumerate(search.best(FRAMINGS)):
        for reader in searched(search.channels):
            skipped = way.base.as_sent or (place and slow(reader)) or usual == (reader.rare or slow(reader))
            if not skipped:
                yield from read_by(way, reader, search.channels, turns=way.turns if turned else None)


def _neighbours(search: _Geometries) -> Iterator[Way]:
    """The nearest readers in the geometries nearest with any reader: two may differ by little."""
    readers = list({way.reader: way for way in reversed(search.best(len(search.left_over)))}.values())
    nearest = sorted(readers, key=lambda way: search.left_over[way])[:READERS_KEPT]
    near = list(dict.fromkeys(way.geometry for way in search.best(len(search.left_over))))[:NEIGHBOURS]
    for place, way in enumerate(nearest):
        for steps in dict.fromkeys(_near(search, way, near, first=not place)):
            framed = msgspec.structs.replace(way, geometry=steps)
            for found in read_by(framed, way.library, search.channels, turns=way.turns):
                yield msgspec.structs.replace(found, dct=way.dct)


def _near(search: _Geometries, way: Way, near: Sequence[Steps], *, first: bool) -> Sequence[Steps]:
    """The geometries to compare a reader in, with its library's own fits; for a slow one only those that may be
    equal."""
    if slow(way.library):
        return [] if not first else search.alike(way.geometry) if search.done else near
    repeated = (GREY,) if GREY in way.geometry else ()
    own = geometries(way.library, way.base.size, search.images, ())[:3]
    return [*near, *((*steps, *repeated) for steps in own)]


class _Geometries:
    """Compares geometries and readers on a few images."""

    def __init__(self, few: Sequence[Pair], channels: int, report: Report) -> None:
        self.few = few
        self.unread = Unread()
        self.left_over: dict[Way, float] = {}
        self.channels = channels
        self._report = report

    @property
    def images(self) -> list[bytes]:
        """The few images."""
        return [pair.data for pair in self.few]

    @property
    def looks_grey(self) -> bool:
        """Whether the three channels of every array are equal except for their scale."""
        if self.channels != 3:
            return False
        firsts = [pair.seen[..., :1] for pair in self.few]
        others = [pair.seen[..., place : place + 1] for pair in self.few for place in (1, 2)]
        spread = [first / (first.std() or 1.0) * 64 for first in firsts for _ in (1, 2)]
        return left_over(spread, others) < 0.01

    @property
    def done(self) -> bool:
        """Whether a way has no residual."""
        return min(self.left_over.values(), default=SAME + 1) <= SAME

    def alike(self, geometry: Steps) -> list[Steps]:
        """The geometries that no reader compared in both distinguishes from this one."""
        pairs = ((way, msgspec.structs.replace(way, geometry=geometry)) for way in self.left_over)
        return [a.geometry for a, b in pairs if self.left_over[a] == self.left_over.get(b)]

    def compare(self, ways: Iterable[Way]) -> None:
        """The residual of each way; failures are kept with their reason."""
        new = [way for way in dict.fromkeys(way.plain for way in ways) if way not in self.left_over]
        for place, levels in enumerate(read_ways(self.images, new, self.channels)):
            self._report(Progress("Comparing readers", place, len(new)))
            if self.unread.note(levels) and self._shaped(levels):
                self.left_over[levels.way] = left_over(levels.images, [pair.seen for pair in self.few])

    def _shaped(self, levels: Levels) -> bool:
        return all(one.shape == pair.seen.shape for one, pair in zip(levels.images, self.few, strict=True))

    def best(self, count: int) -> list[Way]:
        """The ways with the smallest residual."""
        return sorted(self.left_over, key=lambda way: round(self.left_over[way], 4))[:count]

    def kept(self) -> list[Way]:
        """The ways that may be training's: those without residual, else the nearest."""
        nearest = self.left_over[self.best(1)[0]]
        alike = [way for way in self.best(ALIKE) if self.left_over[way] <= nearest + SAME]
        others = [way for way in self.best(len(self.left_over)) if way not in alike and not slow(way.library)]
        return [*alike, *others[: RUNNERS_UP if self.done else max(KEPT - len(alike), 0)]]
