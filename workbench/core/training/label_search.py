"""Finds how training read images from labelled ones: the way with the most correct predictions and the lowest loss.

It works in stages on a few images: every channel order and value step in the project's geometry; every geometry with
the best of these; every reader with the best of all. The best are then compared on all images.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from workbench.core.progress import Report, silent
from workbench.core.training.image_headers import pixel_size
from workbench.core.training.label_trial import Judged, LabelledImage, LabelTrial, Scores
from workbench.core.training.way_space import (
    BY_HAND,
    PLAIN_BORDERS,
    STANDARDISED,
    geometries,
    read_by,
    scales,
    searched,
    slow,
    turnings,
    valued,
)
from workbench.core.training.ways import GREY, Way, way_of
from workbench.spec.errors import WorkbenchError
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_match import LabelMatch, LabelReading

FEW: Final = 24
"""Number of images, spread over the classes, on which every way is tried."""

VALUES_KEPT: Final = 2
"""Number of channel orders and value steps tried with every geometry."""

WAYS_KEPT: Final = 2
"""Number of ways whose geometry and values are tried with every reader."""

LARGE: Final = 2_000_000
"""Pixels of an image above which readers that take seconds for it are not tried."""

FINALISTS: Final = 5
"""Number of ways tried on all images."""

MOST: Final = 200
"""Maximum number of images; they take minutes."""

GAIN: Final = 3
"""A way must be right on this many more images, and on a tenth more: a smaller gain may be chance."""


def balanced(truths: Iterable[int], count: int) -> list[int]:
    """Indices of at most this many images, taken from every class in turn; `truths` is the class of each image."""
    by_class: dict[int, list[int]] = {}
    for place, truth in enumerate(truths):
        by_class.setdefault(truth, []).append(place)
    longest = max((len(of_one) for of_one in by_class.values()), default=0)
    turns = [of_one[n] for n in range(longest) for of_one in by_class.values() if n < len(of_one)]
    return turns[:count]


def clearly_more(right: int, other: int, count: int) -> bool:
    """Whether `right` of `count` images exceed `other` by more than chance explains."""
    return right - other >= max(GAIN, count / 10)


def match_labels(
    images: Sequence[LabelledImage],
    scores: Scores,
    chosen: Preprocess,
    channels: int,
    report: Report = silent,
) -> LabelMatch:
    """The ways to read the images with the best predictions, the best first; at most `MOST` images are used.

    `chosen` is the project's own way, whose size is kept. Raises `WorkbenchError` FEW_LABELS for images of fewer than
    two classes, NOT_READ if no way can read them.
    """
    if len({image.truth for image in images}) < 2:
        text = "The images are of fewer than two classes: constant predictions would also be right."
        raise WorkbenchError("FEW_LABELS", text, hint="Use a folder with one folder of images per class.")
    own = way_of(chosen)
    search = LabelTrial(images, scores, channels, report)
    used = balanced((image.truth for image in images), MOST)
    few = used[:FEW]
    first = search.tried(few, valued(own, channels, [own.values, *_values()]))
    first += search.tried(few, _repeated(own, channels))
    if not first:
        raise WorkbenchError("NOT_READ", "The images cannot be read.", hint=search.why)
    best = _ranked(first, own)[:VALUES_KEPT]
    more = search.tried(few, _framed(own, [one.way for one in best], [images[n].data for n in few]))
    nearest = _ranked([*first, *more], own)[:WAYS_KEPT]
    large = _large([images[n].data for n in few])
    more += search.tried(few, (way for one in nearest for way in _other_readers(one.way, channels, large=large)))
    finalists = [one.way for one in _ranked([*first, *more], own)[:FINALISTS]]
    found = search.tried(used, dict.fromkeys([*finalists, own])) if len(used) > len(few) else [*first, *more]
    return _match(_ranked(found, own), own, len(used), search, large=large)


def _values() -> list[tuple[str, ...]]:
    return [*scales(), *BY_HAND, *STANDARDISED]


def _repeated(own: Way, channels: int) -> Iterator[Way]:
    """Read in grey with the channel repeated, as color networks get grey pictures."""
    if channels == 3 and GREY not in own.geometry:
        grey = msgspec.structs.replace(own, geometry=(*own.geometry, GREY), order="rgb")
        for way in read_by(grey, own.library, channels, turns=own.turns):
            yield from valued(way, channels, [own.values, *scales()])


def _framed(own: Way, best: Sequence[Way], images: Sequence[bytes]) -> Iterator[Way]:
    """Every geometry, with and without EXIF orientation, with the best of the values."""
    for steps in geometries(own.library, own.base.size, images, PLAIN_BORDERS, fine=False):
        for turns in turnings(images):
            for way in best:
                kept = (GREY,) if GREY in way.geometry else ()
                turned = way.turns if turns is None else turns
                yield msgspec.structs.replace(way, geometry=(*steps, *kept), turns=turned)


def _large(images: Sequence[bytes]) -> bool:
    """Whether the images are so large that a slow reader would take minutes."""
    return any(height * width > LARGE for height, width in map(pixel_size, images))


def _other_readers(way: Way, channels: int, *, large: bool) -> Iterator[Way]:
    for reader in searched(channels):
        if not (reader.rare or way.base.as_sent or (large and slow(reader))):
            yield from read_by(way, reader, channels, turns=way.turns)


def _match(found: Sequence[Judged], own: Way, count: int, search: LabelTrial, *, large: bool) -> LabelMatch:
    mine = next((one for one in found if one.way == own), None)
    if mine is None:
        raise WorkbenchError("NOT_READ", "The project's own settings cannot read the images.", hint=search.why)
    shown = found[: FINALISTS + 1] if mine in found[: FINALISTS + 1] else [*found[:FINALISTS], mine]
    readings = tuple(LabelReading(one.way.settings, one.right, one.loss) for one in shown)
    clear = clearly_more(found[0].right, mine.right, count)
    chosen = readings[list(shown).index(mine)]
    return LabelMatch(
        readings, chosen, count, search.count, clear, dict(search.unread.reasons), tuple(_notes(found, large=large))
    )


def _notes(found: Sequence[Judged], *, large: bool) -> Iterator[str]:
    """Notes on the ways that the labels do not distinguish from the best, and on those not tried."""
    alike = sum(one.right == found[0].right and round(one.loss, 3) == round(found[0].loss, 3) for one in found[1:])
    if alike:
        yield f"The labels do not tell the first from {alike} more of the best: it is the one that changes least."
    if large:
        yield "The smoothing readers of scikit-image were not tried: they take seconds for each of these large images."


def _ranked(found: Iterable[Judged], own: Way) -> list[Judged]:
    """Sorted by correct images, then by loss; of equal ways the one that changes least. Each way once."""
    once = {one.way: one for one in found}
    return sorted(once.values(), key=lambda one: (-one.right, round(one.loss, 3), _changes(one.way, own)))


def _changes(way: Way, own: Way) -> int:
    names = ("reader", "geometry", "turns", "grey", "order", "values")
    return sum(getattr(way, name) != getattr(own, name) for name in names)
